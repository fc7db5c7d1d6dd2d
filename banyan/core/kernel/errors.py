"""The errors that business rules raise; pages and API translate them in one place each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """One complaint about one field.

    ``field`` is the field's name, or an empty string for the whole record; ``code`` is stable
    for programs; ``message`` is for people and may be a lazy translation.
    """

    field: str
    code: str
    message: Any


class DomainError(Exception):
    """A refusal with a stable code and a message for the user.

    ``status`` is the HTTP status that pages and API answer with.
    """

    status = 400

    def __init__(self, code: str, message: Any, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.details = details

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class NotAllowed(DomainError):
    """The actor sees the thing but may not do this to it."""

    status = 403


class Missing(DomainError):
    """The thing does not exist, or the actor may not know that it does."""

    status = 404


class Conflict(DomainError):
    """Somebody else changed the thing, or it is in a state that excludes the request."""

    status = 409


class Stale(Conflict):
    """The version that the actor saw is no longer the current one."""

    status = 412


class Refused(DomainError):
    """The request is understood and breaks a business rule."""

    status = 422


class Invalid(Refused):
    """Values that cannot be accepted, with one entry per field."""

    def __init__(self, errors: list[FieldError], message: Any = "") -> None:
        super().__init__("invalid", message or "; ".join(str(error.message) for error in errors))
        self.errors = errors


#: What the codes of warnings begin with: complaints that the person may override.
WARNING = "warning."
#: Confirms every warning.
ALL_WARNINGS = "*"


class Unconfirmed(Refused):
    """Nothing but warnings speaks against a write: it goes through once the person has confirmed them.

    ``errors`` are the warnings; their codes are what is confirmed.
    """

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("unconfirmed", " ".join(str(error.message) for error in errors))
        self.errors = errors


def refusal(errors: list[FieldError]) -> DomainError:
    """Return what to raise for complaints: ``Unconfirmed`` when all of them are warnings, else ``Invalid``."""
    is_asked = bool(errors) and all(error.code.startswith(WARNING) for error in errors)
    return Unconfirmed(errors) if is_asked else Invalid(errors)
