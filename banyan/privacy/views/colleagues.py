"""Settings > Personal data: colleagues who have left, and making them anonymous."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import errors_of, fields_of
from banyan.core.web.presenting import told_day
from banyan.core.web.settings.pages import require_page, saved
from banyan.core.web.views.base import signed_in
from banyan.privacy.services.colleagues import ColleaguePlan, erase_colleague, former_colleagues, plan_for_colleague
from banyan.privacy.views.frame import COLLEAGUES, PAGE, URL, answer


class ColleagueForm(forms.Form):
    """That somebody has checked what will be erased."""

    confirmed = forms.BooleanField(
        label=gettext_lazy("I have checked this. What is erased cannot be brought back."),
        error_messages={"required": gettext_lazy("Please confirm that you have checked what will be erased.")},
    )


@signed_in("GET")
def colleagues(request: SignedInRequest) -> HttpResponse:
    """List the colleagues who have left and still stand here by name."""
    require_page(request.actor, PAGE)
    people = [
        {"name": user.name, "email": user.email, "url": f"{URL}/colleagues/{user.pk}"}
        for user in former_colleagues(request.actor)
    ]
    return answer(request, COLLEAGUES, "privacy/colleagues.html", {"people": people})


@signed_in("GET", "POST")
def colleague(request: SignedInRequest, user_id: uuid.UUID) -> HttpResponse:
    """Show what erasing a colleague would touch and what stays; do it when that was confirmed."""
    require_page(request.actor, PAGE)
    plan = plan_for_colleague(request.actor, user_id)
    form = ColleagueForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        erasure = erase_colleague(request.actor, user_id)
        return saved(
            request, _("The person is anonymous now; this is the certificate."), f"{URL}/erasures/{erasure.pk}"
        )
    context = {
        "person": plan.user,
        "lines": _lines(plan),
        "kept": [_kept_line(entry) for entry in plan.kept],
        "owned": plan.owned,
        "hand_over_url": f"/settings/people/{user_id}/hand-over",
        "find_url": f"{URL}/find",
        "fields": fields_of(form),
        "errors": errors_of(form),
        "action": request.path,
        "back_url": f"{URL}/colleagues",
    }
    return answer(request, COLLEAGUES, "privacy/colleague.html", context, status=422 if form.errors else 200)


def _lines(plan: ColleaguePlan) -> list[dict[str, str]]:
    account = (
        _("stays, because it belongs to other organizations as well; it leads here no more")
        if plan.is_account_shared
        else _("deleted with password, second factors, devices and tokens")
    )
    lines = [
        {"label": _("Name, e-mail, phone and post"), "what": _("replaced by “Former colleague” and a code, wherever the person is shown")},
        {"label": _("Account"), "what": account if plan.user.account_id else _("There is none any more.")},
    ]  # fmt: skip
    if plan.changes:
        what = _("old names and addresses erased in %(count)s entries") % {"count": plan.changes}
        lines.append({"label": _("Change log"), "what": what})
    return lines


def _kept_line(entry: dict[str, Any]) -> dict[str, Any]:
    until = told_day(date.fromisoformat(entry["until"]))
    return {**entry, "label": _("Entries of the audit log"), "until": until}
