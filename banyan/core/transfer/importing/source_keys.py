"""Records that another system had before: found by their keys there, linked by them, and remembered."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from django.db import connection
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.kernel.errors import FieldError
from banyan.core.kernel.ids import new_id
from banyan.core.objects.kinds import Reference, reference_to
from banyan.core.objects.registry import spec_for, specs_here
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Origin
from banyan.core.records.storage import to_json
from banyan.core.transfer.importing.plan import CREATED_AT, CREATED_BY, UPDATED_AT, ImportPlan
from banyan.core.transfer.importing.values import SourceRow
from banyan.core.transfer.models import SourceKey

Target = tuple[str, uuid.UUID]


def origin_of(row: SourceRow) -> Origin:
    """Return what a row says of the record in the other system."""
    origin = row.origin
    return Origin(origin.get(CREATED_AT), origin.get(CREATED_BY), origin.get(UPDATED_AT))


class SourceKeys:
    """The keys of one system, as an import of rows of one kind meets them; set-based, a piece of rows at a time."""

    def __init__(self, actor: Actor, spec: ObjectSpec, plan: ImportPlan) -> None:
        self.actor = actor
        self.spec = spec
        self.system = plan.system
        self.kind = plan.kind
        self.links = {
            column.field_name: tuple(column.kinds)
            for column in plan.columns
            if column.kinds and column.field_name in spec.writable_fields
        }
        references = (name for name, entry in spec.writable_fields.items() if isinstance(entry.kind, Reference))
        self.reference = next(references, "")

    def find(self, rows: Sequence[SourceRow]) -> dict[str, uuid.UUID]:
        """Return the live record that each key of the rows means already; records of another object do not count."""
        keys = {row.key for row in rows if row.key}
        found = self._targets((self.kind,), keys)
        return {key: pk for key, (name, pk) in found.items() if name == self.spec.name}

    def remember(self, pairs: Iterable[tuple[SourceRow, uuid.UUID]]) -> None:
        """Keep which record each row became; a key that meant another record before means this one now."""
        known = {row.key: pk for row, pk in pairs if row.key}
        if not known:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO transfer_sourcekey (id, organization_id, system, kind, key, object_name, record_id)
                SELECT given.id, %(organization)s, %(system)s, %(kind)s, given.key, %(object)s, given.record_id
                  FROM json_to_recordset(%(keys)s) AS given(id uuid, key text, record_id uuid)
                    ON CONFLICT (organization_id, system, kind, key)
                    DO UPDATE SET object_name = EXCLUDED.object_name, record_id = EXCLUDED.record_id
                """,
                {
                    "organization": self.actor.organization_id,
                    "system": self.system,
                    "kind": self.kind,
                    "object": self.spec.name,
                    "keys": to_json([{"id": new_id(), "key": key, "record_id": pk} for key, pk in known.items()]),
                },
            )

    def resolve_links(self, rows: Sequence[SourceRow]) -> None:
        """Turn keys in link columns into records; what leads nowhere is taken out of the row and noted."""
        for name, kinds in self.links.items():
            entry = self.spec.all_fields[name]
            given = [row for row in rows if name in row.values and not isinstance(row.values[name], uuid.UUID)]
            found = self._targets(kinds, {str(row.values[name]).strip() for row in given})
            for row in given:
                key = str(row.values.pop(name)).strip()
                target = found.get(key)
                if target is None:
                    message = _("“%(value)s” was not found.") % {"value": key[:60]}
                    row.lost.append(FieldError(name, "unknown_record", message))
                elif target[0] == getattr(entry.kind, "target", ""):
                    row.values[name] = target[1]
                elif isinstance(entry.kind, Reference):
                    self._point(row, name, target)
                elif self.reference and self.reference not in row.values:
                    self._point(row, self.reference, target)

    def _point(self, row: SourceRow, name: str, target: Target) -> None:
        """Let a row be about a record of whatever object; what it has a link of its own for is that link."""
        link = self.spec.links.get(target[0])
        if link is None or link.read_only or getattr(link.kind, "target", "") != target[0]:
            row.values[name] = reference_to(*target)
        elif not isinstance(row.values.get(target[0]), uuid.UUID):
            row.values[target[0]] = target[1]

    def _targets(self, kinds: Sequence[str], keys: set[str]) -> dict[str, Target]:
        return records_behind(self.actor, self.system, kinds, keys)


def records_behind(actor: Actor, system: str, kinds: Sequence[str], keys: set[str]) -> dict[str, Target]:
    """Return the live, visible record behind each key of a system; of several kinds the first one that knows it.

    A key may name its kind, as in ``deal:7001``, where several columns with ids have become one. Without kinds a key
    counts that means one record only, of whatever kind.
    """
    if not keys:
        return {}
    asked = {key: _with_kinds(key, kinds) for key in keys}
    rows = SourceKey.objects.filter(system=system, key__in={bare for _of, bare in asked.values()})
    if kinds:
        rows = rows.filter(kind__in=kinds)
    stored: dict[str, dict[str, Target]] = {}
    for kind, key, name, pk in rows.values_list("kind", "key", "object_name", "record_id"):
        stored.setdefault(key, {})[kind] = (name, pk)
    live = _live(actor, {target for of_key in stored.values() for target in of_key.values()})
    found: dict[str, Target] = {}
    for key, (of, bare) in asked.items():
        of_key = stored.get(bare, {})
        targets = [of_key[kind] for kind in of or sorted(of_key) if of_key.get(kind) in live]
        if targets and (of or len(set(targets)) == 1):
            found[key] = targets[0]
    return found


def _live(actor: Actor, targets: set[Target]) -> set[Target]:
    found: set[Target] = set()
    for name in {name for name, _pk in targets} & set(specs_here()):
        spec = spec_for(actor.organization, name)
        ids = [pk for of, pk in targets if of == name]
        rows = spec.model._default_manager.filter(pk__in=ids, deleted_at__isnull=True)  # noqa: SLF001
        found |= {(name, pk) for pk in restrict(rows, actor, spec).values_list("pk", flat=True)}
    return found


def _with_kinds(key: str, kinds: Sequence[str]) -> tuple[Sequence[str], str]:
    kind, separator, bare = key.partition(":")
    return ((kind,), bare) if separator and kind in kinds else (kinds, key)
