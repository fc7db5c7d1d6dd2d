"""Settings > Assignment rules > People: who takes how much, when, and what they can."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.people import find_person
from banyan.core.business_rules.models import Availability
from banyan.core.business_rules.presence import forget_availability, people_at, save_availability
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError
from banyan.core.web.business_rules.assignment import PAGE, URL
from banyan.core.web.business_rules.takers import why_text
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in

LIST = f"{URL}/people"


class AvailabilityForm(forms.Form):
    """When and how much somebody takes, and what they can."""

    skills = forms.CharField(
        label=gettext_lazy("Skills"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One on each line, as the values of the field that says which skill is needed."),
    )  # fmt: skip
    most_open = forms.IntegerField(
        label=gettext_lazy("At most so many open records of one kind"), required=False, min_value=1, max_value=100_000
    )
    days = forms.MultipleChoiceField(
        label=gettext_lazy("Works on"), required=False, choices=list(WEEKDAYS.items()),
        help_text=gettext_lazy("Without a day, every day."),
    )  # fmt: skip
    starts_at = forms.TimeField(
        label=gettext_lazy("Work begins"),
        required=False,
        widget=forms.TimeInput(attrs={"kind": "time"}, format="%H:%M"),
    )
    ends_at = forms.TimeField(
        label=gettext_lazy("Work ends"), required=False, widget=forms.TimeInput(attrs={"kind": "time"}, format="%H:%M")
    )
    takes_nothing = forms.BooleanField(label=gettext_lazy("Takes nothing at present"), required=False)

    def values(self) -> dict[str, Any]:
        """Return what was entered, as the columns keep it."""
        sent = self.cleaned_data
        return {**sent, "skills": sent["skills"].splitlines(), "days": sorted(int(day) for day in sent["days"])}


@signed_in("GET")
def people(request: SignedInRequest) -> HttpResponse:
    """List who takes what, and who could take something now."""
    require_page(request.actor, PAGE)
    found = people_at(request.actor, now())
    rows = {row.user_id: row for row in Availability.objects.all()}
    context = {
        "people": [
            {
                "name": name,
                "url": f"{LIST}/{pk}",
                "text": _in_words(rows[pk]) if pk in rows else _("as usual"),
                "is_own": pk in rows,
                "why_not": why_text(found.why_not(pk)),
            }
            for pk, name in found.names.items()
        ],
        "usual": _in_words(rows[None]) if None in rows else _("any time, any number"),
        "usual_url": f"{LIST}/usual",
    }
    return settings_answer(request, PAGE, "business_rules/assignment_people.html", context)


@signed_in("GET", "POST")
def person(request: SignedInRequest, user_id: uuid.UUID) -> HttpResponse:
    """Set when and how much somebody takes."""
    require_page(request.actor, PAGE)
    user = find_person(user_id)
    return _edit(request, user, title=user.name)


@signed_in("GET", "POST")
def usual(request: SignedInRequest) -> HttpResponse:
    """Set what holds for everybody who has nothing of their own."""
    require_page(request.actor, PAGE)
    return _edit(request, None, title=_("Usual hours and numbers"))


@signed_in("POST")
def forget(request: SignedInRequest, user_id: uuid.UUID) -> HttpResponse:
    """Let somebody follow what is usual again."""
    require_page(request.actor, PAGE)
    user = find_person(user_id)
    forget_availability(request.actor, user)
    return saved(request, _("%(name)s follows what is usual.") % {"name": user.name}, LIST)


def _edit(request: SignedInRequest, user: User | None, *, title: str) -> HttpResponse:
    row = Availability.objects.filter(user=user).first()
    form = AvailabilityForm(request.POST or None, initial=_initial(row) if row else {})
    if request.method == "POST" and form.is_valid():
        try:
            save_availability(request.actor, user, form.values())
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("“%(name)s” is saved.") % {"name": title}, LIST)
    return settings_form(request, PAGE, form, title=title, cancel_url=LIST)


def _initial(row: Availability) -> dict[str, Any]:
    return {
        "skills": "\n".join(row.skills),
        "most_open": row.most_open,
        "days": [str(day) for day in row.days],
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "takes_nothing": row.takes_nothing,
    }


def _in_words(row: Availability) -> str:
    parts = []
    if row.takes_nothing:
        parts.append(_("takes nothing at present"))
    if row.skills:
        parts.append(_(", ").join(row.skills))
    if row.days:
        parts.append(_(", ").join(str(WEEKDAYS[day]) for day in row.days if day in WEEKDAYS))
    if row.starts_at or row.ends_at:
        starts = f"{row.starts_at:%H:%M}" if row.starts_at else "0:00"
        parts.append(f"{starts} – {f'{row.ends_at:%H:%M}' if row.ends_at else '24:00'}")
    if row.most_open is not None:
        parts.append(_("at most %(count)d open each") % {"count": row.most_open})
    return " · ".join(parts) or _("any time, any number")
