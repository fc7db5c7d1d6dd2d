"""What administrators do with duplicate rules: save them, and look through the records that are found."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.decisions import restrict
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.business_rules.choices import DuplicateAction, MatchKind, Reach
from banyan.core.business_rules.conditions import DraftValues
from banyan.core.business_rules.definitions import checked_condition, described, store_rule
from banyan.core.business_rules.duplicate_keys import MOST_AT_ONCE, make_all_keys
from banyan.core.business_rules.duplicates import ready_rule
from banyan.core.business_rules.likeness import are_same, can_match, kinds_for
from banyan.core.business_rules.models import DeclaredDistinct, DuplicateKey, DuplicateRule
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.filters import live_rows
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft

MOST_FIELDS = 5
MOST_GROUPS, MOST_IN_GROUP = 50, 20


@dataclass(frozen=True)
class RuleValues:
    """What an administrator says of a duplicate rule; ``matches`` are pairs of a field and a kind of match."""

    name: str
    is_active: bool = True
    matches: tuple[tuple[str, str], ...] = ()
    condition: Mapping[str, Any] = field(default_factory=dict)
    action: str = DuplicateAction.WARN
    reach: str = Reach.ORGANIZATION


@transaction.atomic
def save_rule(
    actor: Actor, rule: DuplicateRule | None, spec: ObjectSpec, values: RuleValues, *, key: str = ""
) -> tuple[DuplicateRule, bool]:
    """Create a rule, or change one; say whether keys of many records have yet to be made, which the caller queues.

    Raises ``NotAllowed``, ``Invalid`` with what is wrong.
    """
    require_ability(actor, Ability.CUSTOMISE)
    row = rule or DuplicateRule(organization=actor.organization, object_name=spec.name, key=key)
    before = described(row) if rule else {}
    errors: list[FieldError] = []
    try:
        row.condition = checked_condition(actor, spec, values.condition, "condition")
    except Invalid as invalid:
        errors += invalid.errors
    row.name, row.is_active, row.action, row.reach = values.name, values.is_active, values.action, values.reach
    row.matches = [{"field": name, "kind": kind} for name, kind in dict(values.matches).items()]
    errors += _problems(row, spec)
    if errors:
        raise Invalid(errors)
    has_other_keys = rule is None or before["matches"] != row.matches or (row.is_active and not before["is_active"])
    if has_other_keys:
        row.keys_made_at = None
    store_rule(actor, row, is_new=rule is None, before=before)
    if not has_other_keys:
        return row, False
    if live_rows(system_actor(actor.organization), spec)[: MOST_AT_ONCE + 1].count() > MOST_AT_ONCE:
        return row, True
    make_all_keys(actor, row, spec)
    row.refresh_from_db()
    return row, False


def _problems(row: DuplicateRule, spec: ObjectSpec) -> Iterator[FieldError]:
    if not row.matches:
        yield FieldError("matches", "required", _("Choose at least one field by which records are the same."))
    if len(row.matches) > MOST_FIELDS:
        message = _("At most %(maximum)d fields.") % {"maximum": MOST_FIELDS}
        yield FieldError("matches", "too_many", message)
    for match in row.matches:
        entry = spec.all_fields.get(match["field"])
        if entry is None or not can_match(entry):
            message = _("Records cannot be told apart by “%(name)s”.") % {"name": match["field"][:60]}
            yield FieldError("matches", "unknown_field", message)
        elif match["kind"] not in kinds_for(entry):
            message = _("“%(field)s” cannot be compared like this; possible: %(kinds)s.") % {
                "field": entry.label, "kinds": ", ".join(str(MatchKind(kind).label) for kind in kinds_for(entry)),
            }  # fmt: skip
            yield FieldError("matches", "unknown_choice", message)
    if row.matches and all(match["kind"] == MatchKind.FUZZY for match in row.matches) and len(row.matches) > 2:
        yield FieldError("matches", "too_vague", _("At least one field must be the same, not only similar."))
    if row.action not in DuplicateAction.values or row.reach not in Reach.values:
        yield FieldError("action", "unknown_choice", _("Choose one of the values in the list."))


@dataclass(frozen=True)
class Group:
    """Records that are the same by a rule, of those that somebody may see, oldest first."""

    ids: tuple[uuid.UUID, ...]


def groups_of(actor: Actor, rule: DuplicateRule, spec: ObjectSpec) -> list[Group]:
    """Return records that are the same by a rule, without pairs that somebody declared to be different."""
    ready = ready_rule(actor, rule, spec)
    if ready is None:
        return []
    keys = DuplicateKey.objects.filter(rule=rule).values("key").annotate(count=Count("pk")).filter(count__gt=1)
    shared = [row["key"] for row in keys.order_by("-count", "key")[: MOST_GROUPS * 4]]
    by_key: dict[str, list[uuid.UUID]] = {}
    for key, pk in DuplicateKey.objects.filter(rule=rule, key__in=shared).order_by("key", "record_id").values_list("key", "record_id"):  # fmt: skip
        by_key.setdefault(key, []).append(pk)
    ids = {pk for pks in by_key.values() for pk in pks[: MOST_IN_GROUP * 2]}
    rows = restrict(live_rows(actor, spec).filter(pk__in=ids), actor, spec)
    drafts = {row.pk: Draft(spec, existing=row) for row in rows}  # type: ignore[arg-type]  # the rows of a specification are records
    values_of = DraftValues(system_actor(actor.organization), spec, list(drafts.values()))
    fitting = {pk: draft for pk, draft in drafts.items() if ready.fits(values_of.of(draft))}
    distinct = {
        frozenset(pair)
        for pair in DeclaredDistinct.objects.filter(object_name=spec.name, one__in=ids).values_list("one", "other")
    }
    values = {pk: {name: draft.get(name) for name in ready.names} for pk, draft in fitting.items()}
    found: dict[tuple[uuid.UUID, ...], Group] = {}
    for pks in by_key.values():
        for members in _alike([pk for pk in pks if pk in values], ready.matches, spec, values, distinct):
            found.setdefault(members, Group(members))
    return list(found.values())[:MOST_GROUPS]


def _alike(
    pks: Sequence[uuid.UUID],
    matches: Sequence[Mapping[str, str]],
    spec: ObjectSpec,
    values: Mapping[uuid.UUID, Mapping[str, Any]],
    distinct: set[frozenset[uuid.UUID]],
) -> list[tuple[uuid.UUID, ...]]:
    """Return the groups among records that share a key: each member is like the first and declared no other."""
    left, groups = list(pks), []
    while len(left) > 1:
        first, rest = left[0], left[1:]
        same = [
            pk
            for pk in rest
            if frozenset({first, pk}) not in distinct and are_same(matches, spec.all_fields, values[first], values[pk])
        ]
        if same:
            groups.append((first, *same[: MOST_IN_GROUP - 1]))
        left = [pk for pk in rest if pk not in same]
    return groups


@transaction.atomic
def declare_distinct(actor: Actor, spec: ObjectSpec, ids: Sequence[uuid.UUID]) -> None:
    """Remember that records are different ones, each from each other. Raises ``NotAllowed``."""
    require_ability(actor, Ability.CUSTOMISE)
    known = sorted(set(restrict(live_rows(actor, spec).filter(pk__in=ids), actor, spec).values_list("pk", flat=True)))
    for position, one in enumerate(known):
        for other in known[position + 1 :]:
            DeclaredDistinct.objects.get_or_create(
                organization_id=actor.organization_id, one=one, other=other,
                defaults={"object_name": spec.name, "declared_by": actor.user},
            )  # fmt: skip
