"""Conditions on fields, as roles and sharing rules have them: filters that the room above compiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Q

from banyan.core.access.actor import Actor

#: A condition that no row fits.
NOTHING = Q(pk__in=[])

Compiler = Callable[[Actor, Any, Mapping[str, Any]], Q]
_compilers: list[Compiler] = []


def register_compiler(compiler: Compiler) -> None:
    """Tell how filters become conditions of the database; listing, which knows filters, does so once."""
    _compilers[:] = [compiler]


def compiled(actor: Actor, spec: Any, condition: Mapping[str, Any] | None) -> Q:
    """Return the condition for an object's rows.

    ``me`` in it is the actor. A filter that is no longer possible, because a field is gone, lets nothing through.
    """
    return _compilers[0](actor, spec, condition) if condition else Q()
