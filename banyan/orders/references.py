"""What apps above orders hook in: checks at confirming, floors of lines, obstacles to cancelling, who notes deliveries."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import WARNING, FieldError
from banyan.core.kernel.registry import Registry
from banyan.core.objects.modules import module_is_on
from banyan.core.records.drafts import WriteContext
from banyan.core.tenancy.models import Organization

MODULE, DEPTH = "orders", "fulfilment"
ORDER, LINE, CHANGE, RETURN = "order", "order_line", "order_change", "order_return"


@dataclass
class StepContext(WriteContext):
    """A write that takes an order, change or return a step further: ``derived`` are values that people cannot set."""

    derived: Mapping[str, Any] = field(default_factory=dict)


def step(actor: Actor, **derived: Any) -> StepContext:
    """Return the context of a step that sets these values."""
    context = StepContext.for_actor(actor)
    if not isinstance(context, StepContext):
        raise TypeError
    context.derived = derived
    return context


@dataclass
class Confirming:
    """An order that is being confirmed, or whose lines grow afterwards; a check may speak against it.

    ``amount`` is what it will be worth. The order is locked; while it is being created it has no row yet.
    """

    order_id: uuid.UUID
    customer_id: uuid.UUID | None
    contract_id: uuid.UUID | None
    amount: Decimal
    currency: str
    actor: Actor
    errors: list[FieldError] = field(default_factory=list)

    def block(self, code: str, message: Any) -> None:
        """Refuse the order."""
        self.errors.append(FieldError("status", code, message))

    def warn(self, code: str, message: Any) -> None:
        """Refuse the order unless the person overrides the warning; ``code`` goes without the prefix of warnings."""
        if not self.actor.has_confirmed(WARNING + code):
            self.errors.append(FieldError("status", WARNING + code, message))


@dataclass(frozen=True)
class ConfirmCheck:
    """Looks at orders that are being confirmed, all of one write together, within its transaction.

    Checks run in order of ``position``: those that only judge before 50, those that write, such as reservations, after.
    One that writes does so only for orders without errors.
    """

    name: str
    run: Callable[[Sequence[Confirming]], None]
    position: int = 10
    module: str = ""


@dataclass(frozen=True)
class Floor:
    """What the quantity of a line may not go below, and why, in words amid a sentence such as "5 are invoiced"."""

    quantity: Decimal
    reason: Any


confirm_checks: Registry[ConfirmCheck] = Registry("checks of orders")
#: Returns the floors of some lines, given their ids.
line_floors: Registry[Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, Floor]]] = Registry("floors of order lines")
#: Returns for some orders why they cannot be cancelled or go back to draft, given their ids.
cancel_checks: Registry[Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, Any]]] = Registry(
    "obstacles to cancelling"
)


@dataclass(frozen=True)
class DeliveryKeeper:
    """A module that notes deliveries itself while it ``keeps`` them; nobody notes them by hand then."""

    module: str
    label: Any
    keeps: Callable[[Organization], bool] = lambda _organization: True

    def is_at_work(self, organization: Organization) -> bool:
        """Say whether the module is on and keeps the deliveries of an organization."""
        return module_is_on(organization, self.module) and self.keeps(organization)


delivery_modules: Registry[DeliveryKeeper] = Registry("modules that note deliveries")
#: Modules that credit returns themselves; where one is on, nobody marks returns as credited by hand.
crediting_modules: Registry[str] = Registry("modules that credit returns")


#: Who takes in what comes back though they may not change returns, by module: those who work in the warehouse.
return_receivers: Registry[Callable[[Actor], bool]] = Registry("return receivers")


def receives_returns(actor: Actor) -> bool:
    """Say whether somebody takes in goods that come back as part of their work."""
    return any(receives(actor) for receives in return_receivers)
