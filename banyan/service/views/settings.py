"""Settings > Service: hours and promised times, and texts to answer with."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.kernel.errors import DomainError
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import PickField, add_problem, form_answer, names_of_people
from banyan.core.web.settings.choices import countries
from banyan.core.web.settings.pages import frame_of, require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in
from banyan.customers.choices import CustomerLevel
from banyan.service.choices import Priority
from banyan.service.queries import canned_answers
from banyan.service.services import settings as services
from banyan.service.setting import ServiceSetting, service_setting
from banyan.service.views import mailboxes

PAGE, URL = "service", "/settings/service"
ANSWERS_URL = f"{URL}/answers"
MOST_HOURS, MOST_DAYS, MOST_PERCENT = Decimal(2_000), 3_650, 1_000
HOUR_MINUTES = 60
PRIORITIES = [Priority.URGENT, Priority.HIGH, Priority.NORMAL, Priority.LOW]
DAYS = {
    "1": gettext_lazy("Monday"), "2": gettext_lazy("Tuesday"), "3": gettext_lazy("Wednesday"), "4": gettext_lazy("Thursday"),
    "5": gettext_lazy("Friday"), "6": gettext_lazy("Saturday"), "7": gettext_lazy("Sunday"),
}  # fmt: skip


def tabs_of(active: str) -> list[dict[str, Any]]:
    """Return the tabs of the page."""
    tabs = {URL: _("Hours and promised times"), ANSWERS_URL: _("Ready answers"), mailboxes.URL: _("Incoming mail")}
    return [{"url": url, "label": label, "active": url == active} for url, label in tabs.items()]


class ServiceForm(forms.Form):
    """Service hours, days off, promised times and what follows when they pass."""

    country = forms.ChoiceField(
        label=gettext_lazy("Public holidays of"), required=False,
        help_text=gettext_lazy("On holidays the clock stands still; on weekend days that are made up it runs."),
    )  # fmt: skip
    exceptions = forms.CharField(
        label=gettext_lazy("Other days"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One a line, with other hours or none: 2026-05-04 9:00-12:00 Stocktaking"),
    )  # fmt: skip
    warn_percent = forms.IntegerField(
        label=gettext_lazy("Warn the owner after percent of the time"), min_value=0, max_value=99,
        help_text=gettext_lazy("0: nobody is warned."),
    )  # fmt: skip
    supervisor = PickField(
        label=gettext_lazy("Service supervisor"), required=False, pick_url="/pick/user", names=names_of_people,
        help_text=gettext_lazy("Is told, besides owner and superior, when a promised time has passed."),
    )  # fmt: skip
    reassigns = forms.BooleanField(label=gettext_lazy("The supervisor takes over such tickets"), required=False)
    close_days = forms.IntegerField(
        label=gettext_lazy("Close solved tickets after days"), min_value=0, max_value=MOST_DAYS,
        help_text=gettext_lazy("0: they stay as they are."),
    )  # fmt: skip

    def __init__(self, data: Any, *, setting: ServiceSetting, language: str) -> None:
        super().__init__(data, initial=_initial(setting))
        fields: Any = self.fields
        fields["country"].choices = [("", _("No public holidays")), *countries(language)]
        for day, label in DAYS.items():
            fields[f"day_{day}"] = forms.CharField(label=label, required=False, max_length=120)
        for priority in PRIORITIES:
            for kind, text in (
                ("reply", _("%(priority)s: first reply in hours")),
                ("solve", _("%(priority)s: solution in hours")),
            ):
                fields[f"{kind}_{priority.value}"] = forms.DecimalField(
                    label=text % {"priority": priority.label},
                    min_value=0,
                    max_value=MOST_HOURS,
                    max_digits=7,
                    decimal_places=2,
                )
        for level in CustomerLevel:
            fields[f"level_{level.value}"] = forms.IntegerField(label=level.label, min_value=1, max_value=MOST_PERCENT)

    @staticmethod
    def sections() -> list[tuple[str, list[str]]]:
        """Return the fields under their headings."""
        targets = [f"{kind}_{priority.value}" for priority in PRIORITIES for kind in ("reply", "solve")]
        return [
            (_("Service hours, such as 9:00-12:00, 13:30-18:00"), [*(f"day_{day}" for day in DAYS), "country", "exceptions"]),
            (_("Promised times in hours of service; 0 is no promise"), targets),
            (_("How much of these times customers of a level wait, in percent"), [f"level_{level.value}" for level in CustomerLevel]),
            (_("When time runs out"), ["warn_percent", "supervisor", "reassigns", "close_days"]),
        ]  # fmt: skip

    def values(self) -> dict[str, Any]:
        """Return what was chosen, as the service takes it."""
        sent = self.cleaned_data
        return {
            "week": {day: sent[f"day_{day}"] for day in DAYS},
            "country": sent["country"],
            "exceptions": services.read_days(sent["exceptions"]),
            "targets": {
                name.value: (_minutes(sent[f"reply_{name.value}"]), _minutes(sent[f"solve_{name.value}"]))
                for name in PRIORITIES
            },
            "levels": {level.value: sent[f"level_{level.value}"] for level in CustomerLevel},
            **{name: sent[name] for name in ("warn_percent", "supervisor", "reassigns", "close_days")},
        }


def _minutes(hours: Decimal) -> int:
    return int(hours * HOUR_MINUTES)


def _hours(minutes: int) -> Decimal:
    return (Decimal(minutes) / HOUR_MINUTES).quantize(Decimal("0.01")).normalize() + 0


def _initial(setting: ServiceSetting) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: getattr(setting, name) for name in ("country", "warn_percent", "supervisor", "reassigns", "close_days")
    }
    found["exceptions"] = services.write_days(setting.exceptions)
    found |= {f"day_{day}": setting.week.get(day, "") for day in DAYS}
    for priority in PRIORITIES:
        reply, solve = setting.targets.get(priority.value, (0, 0))
        found[f"reply_{priority.value}"], found[f"solve_{priority.value}"] = f"{_hours(reply):f}", f"{_hours(solve):f}"
    found |= {f"level_{level.value}": setting.levels.get(level.value, 100) for level in CustomerLevel}
    return found


@signed_in("GET", "POST")
def general(request: SignedInRequest) -> HttpResponse:
    """Set when the service works, what is promised, and what happens when time runs out."""
    require_page(request.actor, PAGE)
    setting = service_setting(request.actor.organization)
    form = ServiceForm(
        request.POST if request.method == "POST" else None, setting=setting, language=request.actor.language
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.save_setting(request.actor, **form.values())
        except DomainError as problem:
            add_problem(form, problem)
        else:
            text = _("The settings of service are saved. They count for tickets that come in or change from now on.")
            return saved(request, text, URL)
    frame = {**frame_of(request, PAGE), "tabs": tabs_of(URL)}
    return form_answer(
        request,
        form,
        title=_("Service"),
        sections=form.sections(),
        frame=("service/settings_form.html", frame),
        cancel_url=URL,
    )


class AnswerForm(forms.Form):
    """A text to answer with."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    text = forms.CharField(
        label=pgettext_lazy("ticket", "Text"), max_length=5_000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("Filled in: {contact}, {customer}, {number}, {subject}, {agent}, {company}"),
    )  # fmt: skip


@signed_in("GET")
def answers(request: SignedInRequest) -> HttpResponse:
    """List the texts to answer with."""
    require_page(request.actor, PAGE)
    rows = [{"url": f"{ANSWERS_URL}/{row.pk}", "name": row.name, "text": row.text[:140]} for row in canned_answers()]
    actions = [{"label": _("New answer"), "url": f"{ANSWERS_URL}/new", "icon": "plus", "primary": True}]
    context = {"answers": rows, "actions": actions, "tabs": tabs_of(ANSWERS_URL)}
    return settings_answer(request, PAGE, "service/answers.html", context)


@signed_in("GET", "POST")
def answer(request: SignedInRequest, answer_id: uuid.UUID | None = None) -> HttpResponse:
    """Ask for a text to answer with."""
    require_page(request.actor, PAGE)
    found = services.find_answer(answer_id) if answer_id else None
    initial = {"name": found.name, "text": found.text} if found else None
    form = AnswerForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_answer(request.actor, found, **form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The answer is saved."), ANSWERS_URL)
    title = found.name if found else _("New answer")
    return settings_form(request, PAGE, form, title=title, cancel_url=ANSWERS_URL)


@signed_in("POST")
def remove_answer(request: SignedInRequest, answer_id: uuid.UUID) -> HttpResponse:
    """Delete a text to answer with."""
    require_page(request.actor, PAGE)
    services.delete_answer(request.actor, answer_id)
    return saved(request, _("The answer is deleted."), ANSWERS_URL)


ROUTES = (
    *mailboxes.ROUTES,
    path("service", general, name="settings-service"),
    path("service/answers", answers, name="settings-service-answers"),
    path("service/answers/new", answer, name="settings-service-answer-new"),
    path("service/answers/<uuid:answer_id>", answer, name="settings-service-answer"),
    path("service/answers/<uuid:answer_id>/delete", remove_answer, name="settings-service-answer-delete"),
)
