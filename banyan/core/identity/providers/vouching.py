"""What a provider says about a person, and the ways in which it may fail."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from banyan.core.kernel.errors import DomainError


class ProviderFailed(DomainError):
    """The provider cannot be reached, is set up wrongly, or says what cannot be trusted."""

    status = 422


@dataclass(frozen=True)
class BegunSession:
    """How a provider calls the session that it began; to be ended there, each part has to be said as it was.

    ``sealed_token`` is the ID token of OpenID Connect, kept where the provider is to end its session by it.
    """

    name: str = ""
    index: str = ""
    name_format: str = ""
    qualifier: str = ""
    our_qualifier: str = ""
    sealed_token: str = ""

    def to_json(self) -> dict[str, str]:
        """Return what is kept in the visit and in the session."""
        return {key: value for key, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, kept: Any) -> BegunSession:
        """Return the session from what was kept; an empty one from anything else."""
        return cls(**kept) if isinstance(kept, dict) else cls()


@dataclass(frozen=True)
class Vouched:
    """A person for whom a provider vouches.

    ``subject`` is the provider's own, lasting name of the person; ``groups`` are names of groups, or roles.
    ``levels`` are what it says about how the person was checked (acr and amr, or the class of the context in SAML),
    ``proven_at`` when.
    """

    subject: str
    email: str
    name: str = ""
    groups: tuple[str, ...] = field(default=())
    began: BegunSession = field(default=BegunSession())
    levels: tuple[str, ...] = ()
    proven_at: datetime | None = None


@dataclass(frozen=True)
class KeyPair:
    """A private key in PEM form and the certificate of its public key."""

    private_key: str
    certificate: str


@dataclass(frozen=True)
class ServiceProvider:
    """Who we are to one SAML provider: our name, where answers and sign-outs are to be sent, and our key pairs.

    The first key pair is the one that signs; all of them may have been used to encrypt for us.
    """

    entity_id: str
    answers_at: str
    signs_out_at: str = ""
    keys: tuple[KeyPair, ...] = ()


def texts_of(value: object) -> tuple[str, ...]:
    """Return a claim that is one text or a list of texts as texts."""
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(str(entry) for entry in value) if isinstance(value, list | tuple) else ()
