"""What a provider says about a person, and the ways in which it may fail."""

from __future__ import annotations

from dataclasses import dataclass, field

from banyan.core.kernel.errors import DomainError


class ProviderFailed(DomainError):
    """The provider cannot be reached, is set up wrongly, or says what cannot be trusted."""

    status = 422


@dataclass(frozen=True)
class Vouched:
    """A person for whom a provider vouches.

    ``subject`` is the provider's own, lasting name of the person; ``groups`` are names of groups, or roles.
    """

    subject: str
    email: str
    name: str = ""
    groups: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class ServiceProvider:
    """Who we are to one SAML provider: our name, and where answers are to be posted."""

    entity_id: str
    answers_at: str


def texts_of(value: object) -> tuple[str, ...]:
    """Return a claim that is one text or a list of texts as texts."""
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(str(entry) for entry in value) if isinstance(value, list | tuple) else ()
