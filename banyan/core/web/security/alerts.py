"""Settings > Alerts: what was conspicuous, and who has looked at it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.audit.alerts import acknowledge, alerts_of
from banyan.core.audit.models import Alert
from banyan.core.audit.rules import Kind
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import signed_in

URL = "/settings/alerts"
NAME = "alerts"
SHOWN = 200
TEXTS = {
    Kind.MANY_VIEWS: gettext_lazy("Opened %(measured)s records within an hour; the limit is %(expected)s."),
    Kind.MANY_ROWS: gettext_lazy("Read %(measured)s rows of lists within an hour; the limit is %(expected)s."),
    Kind.MANY_EXPORTED: gettext_lazy("Exported %(measured)s rows within a day; the limit is %(expected)s."),
    Kind.MANY_REFUSALS: gettext_lazy("Was refused %(measured)s times within an hour; the limit is %(expected)s."),
    Kind.UNUSUAL_VIEWS: gettext_lazy("Opened %(measured)s records within an hour; %(expected)s would be much already."),
    Kind.UNUSUAL_ROWS: gettext_lazy(
        "Read %(measured)s rows of lists within an hour; %(expected)s would be much already."
    ),
    Kind.EVERYTHING: gettext_lazy("Took an export of everything (%(measured)s records)."),
    Kind.ODD_HOURS: gettext_lazy("Exported outside working hours (%(measured)s times)."),
}


@signed_in("GET")
def alerts(request: SignedInRequest) -> HttpResponse:
    """List the alerts, those that nobody has looked at first."""
    require_page(request.actor, NAME)
    found = sorted(alerts_of(request.actor)[:SHOWN], key=lambda alert: alert.acknowledged_at is not None)
    return settings_answer(
        request, NAME, "settings/alerts.html", {"alerts": [_shown(request.actor, row) for row in found]}
    )


@signed_in("POST")
def acknowledge_alert(request: SignedInRequest, alert_id: uuid.UUID) -> HttpResponse:
    """Write down that somebody has looked at an alert."""
    require_page(request.actor, NAME)
    acknowledge(request.actor, alert_id, remark=request.POST.get("remark", ""))
    return saved(request, _("The alert is acknowledged."), URL)


def _shown(actor: Actor, alert: Alert) -> dict[str, Any]:
    numbers = {"measured": f"{alert.measured:,}", "expected": f"{alert.expected:,}"}
    by = alert.acknowledged_by
    return {
        "id": alert.pk,
        "who": alert.person,
        "text": TEXTS[Kind(alert.kind)] % numbers,
        "when": told_instant(alert.at),
        "is_open": alert.acknowledged_at is None,
        "may_acknowledge": actor.has(Ability.MANAGE_SECURITY) and alert.user_id != actor.user_id,
        "seen": _("%(person)s, %(time)s") % {"person": by.name, "time": told_instant(alert.acknowledged_at)}
        if by and alert.acknowledged_at
        else "",
        "remark": alert.remark,
        "log_url": f"/settings/audit?person={alert.user_id}" if actor.has(Ability.SEE_AUDIT) else "",
    }
