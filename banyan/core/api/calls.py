"""A call of the interface: who calls, with which parameters and which body."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.api.problems import BadParameters
from banyan.core.api.strict_json import read_object
from banyan.core.kernel.errors import DomainError, FieldError, Missing
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec

#: The parameter that overrides warnings: their codes separated by commas, or ``true`` for all.
CONFIRMED = "confirmed"


@dataclass
class Call:
    """What a view gets: the actor, the parameters, and the body that was read before the transaction began.

    ``path`` is the path below the interface's root.
    """

    request: HttpRequest
    actor: Actor
    path: str = ""
    body: bytes = b""

    @cached_property
    def parameters(self) -> dict[str, list[str]]:
        """The query's parameters, each with all the values given."""
        found = {name: [str(value) for value in values] for name, values in self.request.GET.lists()}
        if any("\x00" in text for name, values in found.items() for text in (name, *values)):
            raise DomainError("bad_text", _("Texts may not contain the character NUL."))
        return found

    def json(self) -> dict[str, Any]:
        """Return the body's JSON object; raise ``DomainError`` (400) when it is none."""
        return read_object(self.body)

    def parameter(self, name: str) -> str:
        """Return the last value of a parameter, or an empty text."""
        values = self.parameters.get(name)
        return values[-1] if values else ""

    def allow_only(self, names: Iterable[str]) -> None:
        """Raise ``BadParameters`` for a parameter that is not among the names."""
        allowed = sorted(names)
        unknown = [name for name in self.parameters if name not in allowed]
        if unknown:
            raise BadParameters([unknown_parameter(name, allowed) for name in unknown])

    def whole_number(self, name: str, *, default: int, maximum: int) -> int:
        """Return a parameter between 1 and ``maximum``; raise ``BadParameters`` for anything else."""
        text = self.parameter(name)
        if not text:
            return default
        if text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= maximum:
            return int(text)
        message = _("“%(name)s” must be a whole number from 1 to %(maximum)d.")
        raise BadParameters([FieldError(name, "out_of_range", message % {"name": name, "maximum": maximum})])

    def switch(self, name: str) -> bool:
        """Return a parameter that is true or false; raise ``BadParameters`` for anything else."""
        text = self.parameter(name).lower()
        if text in {"true", "1"}:
            return True
        if text in {"", "false", "0"}:
            return False
        message = _("“%(name)s” must be true or false.") % {"name": name}
        raise BadParameters([FieldError(name, "not_boolean", message)])

    def spec(self, plural: str) -> ObjectSpec:
        """Return the object of a path as the organization uses it; raise ``Missing`` if it does not."""
        found = next((spec for spec in specs_on(self.actor.organization).values() if spec.plural == plural), None)
        if found is None:
            raise Missing("unknown_path", _("There is nothing under this address."))
        return found


def unknown_parameter(name: str, allowed: Iterable[str]) -> FieldError:
    """Return the complaint about a parameter that does not exist, naming those that do."""
    message = _("There is no parameter “%(name)s”. There are: %(allowed)s.")
    return FieldError(name[:100], "unknown_parameter", message % {"name": name[:100], "allowed": ", ".join(allowed)})
