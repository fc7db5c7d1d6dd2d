"""What the privacy app shows on the records of persons: their consents."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability, Action
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import macro
from banyan.core.web.duties import Duty
from banyan.core.web.menu import may
from banyan.core.web.presenting import told_day, told_instant
from banyan.privacy.choices import OPEN_STATES, ConsentState
from banyan.privacy.models import Consent, PersonRequest
from banyan.privacy.queries import consents_of, is_person, restricted_since
from banyan.privacy.references import MODULE, person_kinds

TEMPLATE = "privacy/consents.html"
SHOWN = 20


def consents(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return the consents of a person; None for a customer that is no person, and without the right to see them."""
    if spec.name not in person_kinds or not is_person(spec.name, dict(row)):
        return None
    return consents_part(actor, spec, row["id"])


def restriction_notice(_actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return the warning above a person whose data may only be kept; None above all others."""
    if spec.name not in person_kinds or not is_person(spec.name, dict(row)):
        return None
    request = restricted_since(spec.name, row["id"])
    if request is None:
        return None
    day = told_day(request.received_on) if request.received_on else ""
    text = _(
        "Asked for on %(day)s: the person may not be contacted, exports leave this record out, and it stays in its pool."
    )
    return macro("components/feedback.html", "notice", text % {"day": day}, "warning", _("Processing is restricted."))


def consents_part(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID) -> Markup | None:
    """Return the same for the record of a person, given by its id."""
    consent_spec = specs_on(actor.organization).get("consent")
    if consent_spec is None or not may(actor, consent_spec, Action.VIEW):
        return None
    may_edit = may(actor, consent_spec, Action.EDIT)
    rows = consents_of(actor, person_kinds[spec.name], record_id)[:SHOWN]
    shown = {
        "title": str(consent_spec.label_plural),
        "entries": [_entry(consent_spec, consent, may_edit=may_edit) for consent in rows],
        "create_url": f"/privacy/{spec.plural}/{record_id}/consent" if may(actor, consent_spec, Action.CREATE) else "",
        "live_url": f"/privacy/{spec.plural}/{record_id}/consents",
    }
    return macro(TEMPLATE, "consents", shown)


def _entry(spec: ObjectSpec, consent: Consent, *, may_edit: bool) -> dict[str, Any]:
    is_given = consent.state == ConsentState.GIVEN
    at = consent.given_at if is_given else consent.withdrawn_at
    parts = [
        str(consent.get_channel_display()),
        _("separate consent") if consent.is_separate else "",
        told_instant(at) if at else "",
        consent.notice_version,
    ]
    url = f"/{spec.plural}/{consent.pk}"
    return {
        "url": url,
        "title": consent.purpose.name,
        "subtitle": " · ".join(filter(None, parts)),
        "state": str(consent.get_state_display()),
        "color": "green" if is_given else "grey",
        "withdraw_url": f"/privacy/consents/{consent.pk}/withdraw" if is_given and may_edit else "",
    }


#: What persons asked for about their own data, for those who answer.
OPEN_REQUESTS = Duty(
    "person_requests",
    (Ability.MANAGE_PRIVACY,),
    lambda _actor: PersonRequest.objects.filter(state__in=OPEN_STATES, deleted_at__isnull=True),
    lambda count: (
        ngettext("%(count)d request of a person is open", "%(count)d requests of persons are open", count)
        % {"count": count}
    ),
    gettext_lazy("About their own data; the law sets the day for the answer."),
    "/settings/privacy",
    "shield-lock",
    position=25,
    module=MODULE,
)
