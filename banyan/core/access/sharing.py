"""Sharing records beyond what roles allow: one by one, in teams, and by rules."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import Guarded, restrict
from banyan.core.access.events import RecordShared, difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.models import GranteeKind, Level, Post, Share, SharedAccess, SharingRule
from banyan.core.access.scopes import Ability, Action
from banyan.core.access.trees import clean_name
from banyan.core.identity.models import Department, Role, User
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import FieldError, Invalid, Missing, NotAllowed
from banyan.core.kernel.events import publish

SHARE, RULE = "share", "sharing_rule"
GRANTEES: dict[str, type[Model]] = {
    GranteeKind.PERSON: User,
    GranteeKind.DEPARTMENT: Department,
    GranteeKind.ROLE: Role,
    GranteeKind.POST: Post,
    GranteeKind.LEVEL: Level,
}


@dataclass(frozen=True)
class Grantee:
    """With whom something is shared."""

    kind: str
    id: uuid.UUID


@dataclass(frozen=True)
class Terms:
    """What sharing allows, until which day, and in which role of a record's team."""

    access: str = SharedAccess.VIEW
    ends_on: date | None = None
    team_role: str = ""


def shares_of(actor: Actor, spec: Guarded, record_id: uuid.UUID) -> list[tuple[Share, str]]:
    """Return a record's shares with the names of the grantees, team members first; raise ``Missing`` when unseen."""
    _visible_row(actor, spec, record_id, Action.VIEW)
    shares = list(Share.objects.filter(record_id=record_id, object_name=spec.name).select_related("shared_by"))
    names = names_of(Grantee(share.grantee_kind, share.grantee_id) for share in shares)
    return sorted(
        ((share, names.get(share.grantee_id, "")) for share in shares),
        key=lambda pair: (not pair[0].team_role, pair[1]),
    )


def names_of(grantees: Iterable[Grantee]) -> dict[uuid.UUID, str]:
    """Return what grantees are called; those that are gone are left out. One query for each kind."""
    by_kind: dict[str, set[uuid.UUID]] = {}
    for grantee in grantees:
        by_kind.setdefault(grantee.kind, set()).add(grantee.id)
    names: dict[uuid.UUID, str] = {}
    for kind, ids in by_kind.items():
        names |= dict(GRANTEES[kind]._default_manager.filter(pk__in=ids).values_list("pk", "name"))  # noqa: SLF001
    return names


@transaction.atomic
def share(actor: Actor, spec: Guarded, record_id: uuid.UUID, grantees: Sequence[Grantee], terms: Terms) -> list[Share]:
    """Share a record; who has it already gets the new terms.

    Raises ``Missing`` for a record that is not seen, ``NotAllowed`` without the right to share it, ``Invalid``
    for grantees that do not exist or a day that has passed. Nobody can give more than they have: only who may
    change the record lets others change it.
    """
    _visible_row(actor, spec, record_id, Action.VIEW)
    _visible_row(actor, spec, record_id, Action.SHARE)
    if terms.access == SharedAccess.EDIT:
        _visible_row(actor, spec, record_id, Action.EDIT)
    _check(actor, grantees, terms)
    made = []
    for grantee in dict.fromkeys(grantees):
        entry, _is_new = Share.objects.update_or_create(
            organization_id=actor.organization_id,
            record_id=record_id,
            grantee_id=grantee.id,
            defaults={
                "object_name": spec.name,
                "grantee_kind": grantee.kind,
                "access": terms.access,
                "team_role": clean_name(terms.team_role, longest=60) if terms.team_role.strip() else "",
                "ends_on": terms.ends_on,
                "shared_by": actor.user,
            },
        )
        made.append(entry)
    names = names_of(grantees)
    tell_setup_changed(actor, SHARE, record_id, "create", values={
        "object": (None, spec.name), "with": (None, sorted(names.values())), "access": (None, str(terms.access)),
        "until": (None, terms.ends_on.isoformat() if terms.ends_on else None),
    })  # fmt: skip
    publish(
        RecordShared(
            organization_id=actor.organization_id,
            object_name=spec.name,
            record_id=record_id,
            people=tuple(grantee.id for grantee in grantees if grantee.kind == GranteeKind.PERSON),
            access=str(terms.access),
            team_role=terms.team_role,
            actor_id=actor.user_id,
        )
    )
    return made


@transaction.atomic
def unshare(actor: Actor, spec: Guarded, record_id: uuid.UUID, grantee_id: uuid.UUID) -> None:
    """End a share; grantees may also step back themselves. Raises ``Missing`` and ``NotAllowed`` as ``share``."""
    _visible_row(actor, spec, record_id, Action.VIEW)
    found = Share.objects.filter(record_id=record_id, object_name=spec.name, grantee_id=grantee_id).first()
    if found is None:
        raise Missing("not_found", _("This is not shared any more."))
    if grantee_id != actor.user_id:
        _visible_row(actor, spec, record_id, Action.SHARE)
    names = names_of([Grantee(found.grantee_kind, found.grantee_id)])
    values = {"object": (spec.name, None), "with": (sorted(names.values()), None)}
    tell_setup_changed(actor, SHARE, record_id, "delete", values=values)
    found.delete()


@transaction.atomic
def save_rule(
    actor: Actor, rule: SharingRule | None, *, grantees: Sequence[Grantee], terms: Terms, **values: Any
) -> SharingRule:
    """Create a sharing rule, or change one.

    ``values`` are ``name``, ``object_name``, ``condition`` (a filter, already judged) and ``is_active``. Raises
    ``NotAllowed`` for those who do not manage people, ``Invalid`` for a taken name or unknown grantees.
    """
    require_ability(actor, Ability.MANAGE_PEOPLE)
    _check(actor, grantees, terms)
    before = _described_rule(rule) if rule else {}
    row = rule or SharingRule(organization=actor.organization, created_by=actor.user)
    for key, value in values.items():
        setattr(row, key, clean_name(value) if key == "name" else value)
    row.grantees = [{"kind": str(grantee.kind), "id": str(grantee.id)} for grantee in dict.fromkeys(grantees)]
    row.access, row.ends_on = terms.access, terms.ends_on
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Invalid([FieldError("name", "taken", _("There is a rule of this name already."))]) from None
    action = "update" if rule else "create"
    tell_setup_changed(actor, RULE, row.pk, action, values=difference(before, _described_rule(row)))
    return row


@transaction.atomic
def delete_rule(actor: Actor, rule_id: uuid.UUID) -> None:
    """Delete a sharing rule: what only it has shown is not seen any more."""
    require_ability(actor, Ability.MANAGE_PEOPLE)
    rule = find_rule(rule_id)
    tell_setup_changed(actor, RULE, rule.pk, "delete", values={"name": (rule.name, None)})
    rule.delete()


def find_rule(rule_id: uuid.UUID) -> SharingRule:
    """Return a sharing rule of the organization; raise ``Missing``."""
    rule = SharingRule.objects.filter(pk=rule_id).first()
    if rule is None:
        raise Missing("not_found", _("There is no such rule."))
    return rule


def grantees_of(rule: SharingRule) -> list[Grantee]:
    """Return with whom a rule shares."""
    return [Grantee(entry["kind"], uuid.UUID(entry["id"])) for entry in rule.grantees]


def _visible_row(actor: Actor, spec: Guarded, record_id: uuid.UUID, action: Action) -> None:
    model: type[Model] = spec.model  # type: ignore[attr-defined]  # every specification has a model
    rows = model._default_manager.filter(pk=record_id, deleted_at__isnull=True)  # noqa: SLF001
    if restrict(rows, actor, spec, action).exists():
        return
    if action == Action.VIEW:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    raise NotAllowed("not_allowed", _("You may see this record, but not share it like this."))


def _check(actor: Actor, grantees: Collection[Grantee], terms: Terms) -> None:
    errors = []
    if not grantees:
        errors.append(FieldError("grantees", "required", _("Choose with whom to share.")))
    elif {grantee.id for grantee in grantees} - names_of(grantees).keys():
        errors.append(FieldError("grantees", "unknown_record", _("Somebody chosen here does not exist any more.")))
    if terms.ends_on is not None and terms.ends_on < today(actor.time_zone):
        errors.append(FieldError("ends_on", "in_the_past", _("The last day has passed already.")))
    if errors:
        raise Invalid(errors)


def _described_rule(rule: SharingRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "object": rule.object_name,
        "condition": rule.condition,
        "grantees": rule.grantees,
        "access": str(rule.access),
        "ends_on": rule.ends_on.isoformat() if rule.ends_on else None,
        "is_active": rule.is_active,
    }
