"""Telling owners in time that a subscription renews itself or ends, while it can still be cancelled."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from banyan.billing.choices import SubscriptionState
from banyan.billing.models import Subscription
from banyan.billing.queries import subscription_notice
from banyan.core.access.actor import Actor
from banyan.core.identity.events import PeopleToTell
from banyan.core.kernel.events import publish
from banyan.core.objects.registry import spec_for

RENEWS = gettext_noop("%(subscription)s of %(customer)s renews itself on %(day)s. It can be cancelled until %(last)s.")
ENDS = gettext_noop("%(subscription)s of %(customer)s ends on %(day)s. Talk with them about going on.")


@transaction.atomic
def tell_of_notices(actor: Actor, day: date) -> int:
    """Tell each owner once of a subscription that is to be thought of; return of how many. Right to be done twice."""
    rows = (
        Subscription.objects.filter(state=SubscriptionState.ACTIVE, deleted_at__isnull=True)
        .filter(Q(next_on__gt=day) | Q(ends_on__gt=day))
        .select_related("customer")
        .order_by("pk")
    )
    plural, told = spec_for(actor.organization, "subscription").plural, 0
    for row in rows.select_for_update(no_key=True, of=("self",)):
        notice = subscription_notice(row)
        if notice is None or not notice.is_due(day) or row.reminded_of == notice.on or row.owner_id is None:
            continue
        values = {
            "subscription": str(row), "customer": row.customer.name, "day": f"{notice.on:%Y-%m-%d}",
            "last": f"{notice.last_day:%Y-%m-%d}",
        }  # fmt: skip
        text = ENDS if notice.is_end else RENEWS
        publish(PeopleToTell(actor.organization_id, (row.owner_id,), text, f"/{plural}/{row.pk}", values))
        Subscription.objects.filter(pk=row.pk).update(reminded_of=notice.on)
        told += 1
    return told
