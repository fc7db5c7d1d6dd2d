"""Settings > Watching: how long the log is kept, which exports need approval, and what raises an alert."""

from __future__ import annotations

from dataclasses import asdict

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.audit.policy import BOUNDS, Policy, change_policy
from banyan.core.kernel.errors import DomainError
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.pages import require_page, saved, settings_form
from banyan.core.web.views.base import signed_in

URL = "/settings/watching"
NAME = "watching"
NO_LIMIT = gettext_lazy("0 is no limit.")


def _number(name: str, label: object, help_text: object = "") -> forms.IntegerField:
    least, most = BOUNDS[name]
    return forms.IntegerField(label=label, help_text=help_text, min_value=least, max_value=most)  # type: ignore[arg-type]  # lazy texts


class PolicyForm(forms.Form):
    """An organization's choices."""

    audit_months = _number(
        "audit_months", gettext_lazy("Months to keep the audit log"), gettext_lazy("Six at the least.")
    )
    approval_rows = _number("approval_rows", gettext_lazy("Rows to export without approval"), NO_LIMIT)
    most_rows = _number("most_rows", gettext_lazy("Most rows of one export"), NO_LIMIT)
    approval_days = _number("approval_days", gettext_lazy("Days to take an approved file"))
    superiors_approve = forms.BooleanField(
        label=gettext_lazy("Superiors approve exports of their people"), required=False,
        help_text=gettext_lazy("And whoever stands in for them. Those who manage security always may; nobody approves their own."),
    )  # fmt: skip
    views_per_hour = _number("views_per_hour", gettext_lazy("Records opened in an hour"), NO_LIMIT)
    rows_per_hour = _number("rows_per_hour", gettext_lazy("Rows read in lists in an hour"), NO_LIMIT)
    exported_rows_per_day = _number("exported_rows_per_day", gettext_lazy("Rows exported in a day"), NO_LIMIT)
    refusals_per_hour = _number("refusals_per_hour", gettext_lazy("Refusals in an hour"), NO_LIMIT)
    day_begins = _number("day_begins", gettext_lazy("Work begins at (hour)"))
    day_ends = _number("day_ends", gettext_lazy("Work ends at (hour)"))
    weekends_off = forms.BooleanField(label=gettext_lazy("Nobody works at the weekend"), required=False)


@signed_in("GET", "POST")
def watching(request: SignedInRequest) -> HttpResponse:
    """Show and change what is watched."""
    require_page(request.actor, NAME)
    form = PolicyForm(request.POST or None, initial=asdict(Policy.of(request.actor.organization)))
    if request.method == "POST" and form.is_valid():
        try:
            change_policy(request.actor, **form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The rules are saved."), URL)
    sections = (
        (_("Audit log"), ("audit_months",)),
        (_("Exports"), ("approval_rows", "most_rows", "approval_days", "superiors_approve")),
        (
            _("An alert is raised by more than"),
            ("views_per_hour", "rows_per_hour", "exported_rows_per_day", "refusals_per_hour"),
        ),
        (_("Exports outside working hours raise an alert"), ("day_begins", "day_ends", "weekends_off")),
    )
    return settings_form(request, NAME, form, title=_("Exports and alerts"), sections=sections)
