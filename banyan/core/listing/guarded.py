"""Fields that not everybody may see in full, and telling when somebody did."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import FieldAccess
from banyan.core.identity.models import Role
from banyan.core.kernel.events import publish
from banyan.core.listing.events import GuardedRead
from banyan.core.listing.masking import Masked
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.models import Organization

GUARDING = frozenset({FieldAccess.HIDDEN.key, FieldAccess.MASKED.key})
MOST_REMEMBERED = 1_000
#: By organization, each with the version of its catalogue, which grows when a role changes.
_remembered: OrderedDict[uuid.UUID, tuple[int, frozenset[str]]] = OrderedDict()


def guarded_fields(organization: Organization, spec: ObjectSpec) -> frozenset[str]:
    """Return the fields of an object that some role may not see in full, or that are marked sensitive."""
    prefix = f"{spec.name}."
    by_role = {path.removeprefix(prefix) for path in _paths(organization) if path.startswith(prefix)}
    return frozenset(by_role | {entry.name for entry in spec.all_fields.values() if getattr(entry, "sensitive", False)})


def tell_read(actor: Actor, spec: ObjectSpec, names: Iterable[str], rows: Sequence[dict[str, Any]]) -> None:
    """Publish which guarded fields a person was shown in full; what is empty or masked was not shown."""
    if actor.user_id is None or not rows:
        return
    guarded = guarded_fields(actor.organization, spec).intersection(names)
    if not guarded:
        return
    shown = {name for name in guarded for row in rows if _is_shown(row[name])}
    seen = tuple(row["id"] for row in rows if any(_is_shown(row[name]) for name in shown))
    if seen:
        publish(GuardedRead(actor, spec.name, tuple(sorted(shown)), seen))


def _is_shown(value: Any) -> bool:
    return value not in (None, "", [], {}) and not isinstance(value, Masked)


def _paths(organization: Organization) -> frozenset[str]:
    known = _remembered.get(organization.pk)
    if known is None or known[0] != organization.catalogue_version:
        known = _remembered[organization.pk] = (organization.catalogue_version, _guarded_paths())
        while len(_remembered) > MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return known[1]


def _guarded_paths() -> frozenset[str]:
    return frozenset(
        path
        for grants in Role.objects.values_list("field_grants", flat=True)
        for path, written in grants.items()
        if (written.get("level") if isinstance(written, dict) else written) in GUARDING
    )
