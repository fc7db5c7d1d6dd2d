"""Retention: what a rule would do, and every night doing it, so many at a time; and looking again at what was only kept for a while."""

from __future__ import annotations

import calendar
import logging
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.audit.notes import note_records
from banyan.core.kernel.errors import Conflict, DomainError, Missing
from banyan.core.listing.compiling import compile_condition
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import recycle
from banyan.core.tenancy.scope import organization_scope
from banyan.privacy.choices import ErasureState, IdleSince, Reach, RetentionAction
from banyan.privacy.models import Erasure, RetentionRule, RetentionRun
from banyan.privacy.references import person_kinds
from banyan.privacy.services.erasing import begin_erasure, erase

RETAINED = "privacy.retained"
SUBJECT = "retention_rule"
logger = logging.getLogger(__name__)


def retainable(actor: Actor) -> dict[str, ObjectSpec]:
    """Return the objects that rules can be made for: those with pages of their own."""
    return {name: spec for name, spec in specs_on(actor.organization).items() if spec.has_page and not spec.is_setting}


def idle_choices(spec: ObjectSpec) -> list[tuple[str, str]]:
    """Return from when on the time of a rule for an object may count."""
    return [(str(value), str(label)) for value, label in IdleSince.choices if value in spec.all_fields]


@transaction.atomic
def save_rule(actor: Actor, rule: RetentionRule | None, values: Mapping[str, Any]) -> RetentionRule:
    """Make or change a rule and return it. Raises ``NotAllowed``, or ``Conflict`` when another one has its name."""
    require_ability(actor, Ability.MANAGE_PRIVACY)
    before = {name: getattr(rule, name) for name in values} if rule else {}
    row = rule or RetentionRule(organization_id=actor.organization_id, created_by_id=actor.user_id)
    for name, value in values.items():
        setattr(row, name, value)
    if RetentionRule.objects.filter(name=row.name).exclude(pk=row.pk).exists():
        raise Conflict("name_taken", _("There is a rule of this name already."))
    row.save()
    changed = {name: (before.get(name), value) for name, value in values.items() if before.get(name) != value}
    tell_setup_changed(actor, SUBJECT, row.pk, "update" if rule else "create", values=changed)
    return row


@transaction.atomic
def delete_rule(actor: Actor, rule_id: uuid.UUID) -> None:
    """Delete a rule with its log; what it did stays done. Raises ``NotAllowed`` or ``Missing``."""
    require_ability(actor, Ability.MANAGE_PRIVACY)
    row = find_rule(rule_id)
    tell_setup_changed(actor, SUBJECT, row.pk, "delete", values={"name": (row.name, None)})
    row.delete()


def find_rule(rule_id: uuid.UUID) -> RetentionRule:
    """Return a rule; raise ``Missing``."""
    row = RetentionRule.objects.filter(pk=rule_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such rule."))
    return row


def due_records(actor: Actor, rule: RetentionRule, at: datetime) -> QuerySet[Any]:
    """Return the live records that a rule, saved or not, reaches at a moment, the longest idle first.

    Whoever was made anonymous already is left alone, and so is what is no person where people are made anonymous.
    A record without follow-up counts from its creation.
    """
    spec = specs_on(actor.organization).get(rule.object_name)
    if spec is None:
        return RetentionRule.objects.none()
    rows = spec.model._default_manager.filter(deleted_at__isnull=True)  # noqa: SLF001 Django's own name for it
    if rule.condition:
        rows = rows.filter(compile_condition(system_actor(actor.organization), spec, rule.condition))
    since = Coalesce(F(rule.idle_since), F("created_at"))
    rows = rows.alias(idle_since_moment=since).filter(idle_since_moment__lt=months_before(at, rule.months))
    if rule.action == RetentionAction.ANONYMISE:
        kind = person_kinds.get(rule.object_name)
        rows = rows.filter(**kind.condition) if kind else rows.none()
        rows = rows.exclude(pk__in=Erasure.objects.filter(object_name=rule.object_name).values("record_id"))
    return rows.order_by("idle_since_moment", "pk")


def months_before(at: datetime, months: int) -> datetime:
    """Return the same moment so many months earlier, on the last day of a shorter month."""
    index = at.year * 12 + at.month - 1 - months
    year, month = index // 12, index % 12 + 1
    return at.replace(year=year, month=month, day=min(at.day, calendar.monthrange(year, month)[1]))


def run_rules(actor: Actor, at: datetime) -> Iterator[RetentionRun]:
    """Do what the rules in force say, as much as each may in a night, and yield what came of each.

    Opens the organization's scope itself. A record that resists, such as one that may not be deleted, is counted
    and keeps no other waiting.
    """
    with organization_scope(actor.organization_id):
        rules = list(RetentionRule.objects.filter(is_active=True))
    for rule in rules:
        with organization_scope(actor.organization_id):
            due = due_records(actor, rule, at)
            count, ids = due.count(), list(due.values_list("pk", flat=True)[: rule.most_a_night])
        done = [pk for pk in ids if _carry_out(actor, rule, pk)]
        with organization_scope(actor.organization_id):
            if done:
                details = {"rule": rule.name, "action": rule.action}
                note_records(actor, RETAINED, object_name=rule.object_name, ids=done, details=details)
            yield RetentionRun.objects.create(
                organization_id=actor.organization_id,
                rule=rule,
                at=at,
                due=count,
                done=len(done),
                failed=len(ids) - len(done),
            )


def _carry_out(actor: Actor, rule: RetentionRule, record_id: uuid.UUID) -> bool:
    try:
        if rule.action == RetentionAction.ANONYMISE:
            with organization_scope(actor.organization_id):
                begun = begin_erasure(actor, rule.object_name, record_id, reach=Reach.LINKED, clears_texts=False)
            erase(actor, begun.pk)
        else:
            with organization_scope(actor.organization_id):
                recycle.delete(actor, specs_on(actor.organization)[rule.object_name], [record_id])
    except DomainError as error:
        logger.warning("The retention rule %s cannot be carried out on %s: %s", rule.pk, record_id, error.code)
        return False
    return True


def look_again(actor: Actor) -> int:
    """Erase what had to stay of people until a day that has passed, and return of how many.

    Opens the organization's scope itself.
    """
    with organization_scope(actor.organization_id):
        over = list(Erasure.objects.filter(state=ErasureState.DONE, review_on__lt=localdate()))
    for erasure in over:
        with organization_scope(actor.organization_id):
            Erasure.objects.filter(pk=erasure.pk).update(review_on=None)
            begun = begin_erasure(
                actor,
                erasure.object_name,
                erasure.record_id,
                reach=erasure.reach,
                clears_texts=erasure.clears_texts,
                request_id=erasure.request_id,
            )
        erase(actor, begun.pk)
    return len(over)
