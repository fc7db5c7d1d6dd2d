"""Raising alerts about what is conspicuous, and acknowledging them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.guards import require_ability
from banyan.core.access.models import PostHolding
from banyan.core.access.scopes import Ability
from banyan.core.audit.counting import COUNTED, hour_of, write_counts
from banyan.core.audit.models import Activity, Alert
from banyan.core.audit.notes import note
from banyan.core.audit.policy import Policy
from banyan.core.audit.rules import Conspicuous, Counts, Limits, Watched, conspicuous
from banyan.core.identity.events import PeopleToTell
from banyan.core.identity.models import Role, User, UserRole
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Missing, NotAllowed
from banyan.core.kernel.events import publish
from banyan.core.tenancy.models import Organization

HISTORY = timedelta(days=28)
ACTIVITY_KEPT = timedelta(days=90)
#: The hour before is looked at once more: its last minutes were counted after the last look.
LOOKED_AT = timedelta(hours=1)
URL = "/settings/alerts"
RAISED = gettext_noop("Conspicuous: %(person)s. Look at the alert.")


def raise_alerts(organization: Organization, *, at: datetime | None = None) -> list[Alert]:
    """Look at what everybody did lately and raise an alert for what is conspicuous, each once an hour."""
    write_counts(organization.pk)
    policy = Policy.of(organization)
    zone = ZoneInfo(organization.time_zone)
    raised = []
    for row in Activity.objects.filter(hour__gte=hour_of(at or now()) - LOOKED_AT).order_by("hour"):
        for reason in conspicuous(_watched(row, zone), limits_of(policy)):
            alert = _raise(organization, row.user_id, row.hour, reason)
            raised += [alert] if alert else []
    return raised


def raise_about(actor: Actor, reason: Conspicuous) -> None:
    """Raise an alert about what the actor does at this moment, once an hour."""
    if actor.user_id is not None:
        _raise(actor.organization, actor.user_id, hour_of(now()), reason)


def limits_of(policy: Policy) -> Limits:
    """Return what of an organization's choices the rules look at."""
    return Limits(**{entry.name: getattr(policy, entry.name) for entry in fields(Limits)})


def require_watching(actor: Actor) -> None:
    """Raise ``NotAllowed`` unless the actor keeps watch over security or over the log."""
    if not actor.has(Ability.MANAGE_SECURITY) and not actor.has(Ability.SEE_AUDIT):
        raise NotAllowed("not_allowed", _("You do not have the right to do this. An administrator can give it to you."))


def alerts_of(actor: Actor, *, open_only: bool = False) -> QuerySet[Alert]:
    """Return the alerts of the organization, newest first."""
    require_watching(actor)
    rows = Alert.objects.select_related("acknowledged_by")
    return rows.filter(acknowledged_at=None) if open_only else rows


def acknowledge(actor: Actor, alert_id: uuid.UUID, *, remark: str = "") -> Alert:
    """Write down that somebody has looked at an alert; nobody does so for an alert about themselves."""
    require_ability(actor, Ability.MANAGE_SECURITY)
    alert = Alert.objects.select_for_update().filter(pk=alert_id).first()
    if alert is None:
        raise Missing("not_found", _("There is no such alert."))
    if alert.user_id == actor.user_id:
        raise NotAllowed("own_alert", _("Somebody else has to look at an alert about you."))
    if alert.acknowledged_at is None:
        alert.acknowledged_by_id, alert.acknowledged_at = actor.user_id, now()
        alert.remark = remark.strip()[:400]
        alert.save(update_fields=["acknowledged_by", "acknowledged_at", "remark"])
        note(
            actor,
            "alert.acknowledged",
            details={"alert": str(alert.pk), "person": alert.person, "remark": alert.remark},
        )
    return alert


def people_with(ability: Ability) -> list[uuid.UUID]:
    """Return the active people of the organization who have a right that belongs to no object, by a post included."""
    able = Role.objects.filter(abilities__contains=[ability.value])
    direct = UserRole.objects.filter(role__in=able).values("user_id")
    brought = PostHolding.objects.filter(Q(post__roles__in=able) | Q(post__level__roles__in=able)).values("user_id")
    people = User.objects.filter(Q(pk__in=direct) | Q(pk__in=brought), is_active=True)
    return list(people.values_list("pk", flat=True))


def forget_activity() -> int:
    """Delete counts that no rule looks at any more."""
    return Activity.objects.filter(hour__lt=now() - ACTIVITY_KEPT).delete()[0]


def _watched(row: Activity, zone: ZoneInfo) -> Watched:
    local = row.hour.astimezone(zone)
    midnight = local.replace(hour=0)
    own = Activity.objects.filter(user_id=row.user_id)
    day = own.filter(hour__gte=midnight, hour__lte=row.hour).aggregate(**{name: Sum(name) for name in COUNTED})
    earlier = own.filter(hour__gte=row.hour - HISTORY, hour__lt=row.hour)
    return Watched(
        hour=_counts(row), day=Counts(**day), local=local, history=[_counts(each) for each in earlier.order_by()]
    )


def _counts(row: Activity) -> Counts:
    return Counts(**{name: getattr(row, name) for name in COUNTED})


def _raise(organization: Organization, user_id: uuid.UUID, hour: datetime, reason: Conspicuous) -> Alert | None:
    user = User.objects.filter(pk=user_id).first()
    alert, is_new = Alert.objects.get_or_create(
        organization_id=organization.pk,
        user_id=user_id,
        kind=reason.kind.value,
        hour=hour,
        defaults={
            "person": user.name if user else "", "measured": reason.measured, "expected": reason.expected,
        },
    )  # fmt: skip
    if not is_new:
        return None
    details = {"alert": str(alert.pk), "kind": alert.kind, "person": alert.person, "measured": alert.measured,
               "expected": alert.expected}  # fmt: skip
    note(system_actor(organization), "alert.raised", details=details)
    _tell(organization, {each for each in people_with(Ability.MANAGE_SECURITY) if each != user_id}, alert)
    return alert


def _tell(organization: Organization, user_ids: Iterable[uuid.UUID], alert: Alert) -> None:
    publish(PeopleToTell(organization.pk, tuple(sorted(user_ids)), RAISED, URL, {"person": alert.person}))
