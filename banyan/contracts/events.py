"""What contracts tell the rest of the product."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class ContractSigned(Event):
    """Contracts came into force; their instalments are fixed from now on."""

    organization_id: uuid.UUID
    contract_ids: tuple[uuid.UUID, ...]
    actor_id: uuid.UUID | None = None


@dataclass(frozen=True)
class ContractAmended(Event):
    """An amendment came into force: amount, period, terms or instalments of the contract are other ones now."""

    organization_id: uuid.UUID
    contract_id: uuid.UUID
    amendment_id: uuid.UUID
    actor_id: uuid.UUID | None = None


@dataclass(frozen=True)
class ContractEnded(Event):
    """Contracts are no longer in force; ``status`` is expired, terminated or renewed."""

    organization_id: uuid.UUID
    contract_ids: tuple[uuid.UUID, ...]
    status: str
