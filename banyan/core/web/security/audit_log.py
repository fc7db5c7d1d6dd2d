"""Settings > Audit log: searching, exporting, and comparing it with its seals."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.audit.models import Result
from banyan.core.audit.notes import note
from banyan.core.audit.searching import GROUPS, LogRow, Question, search, search_all
from banyan.core.audit.wording import name_of_kind
from banyan.core.identity.models import User
from banyan.core.jobs.jobs import VERIFY_AUDIT_LOG, verify_audit_log
from banyan.core.jobs.models import RunState
from banyan.core.jobs.registration import defer
from banyan.core.jobs.runs import begin_run, latest_run
from banyan.core.jobs.status import is_worker_alive
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.registry import spec_for, specs_for, specs_here
from banyan.core.transfer.formulas import escaped
from banyan.core.web.answers import part
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import fields_of
from banyan.core.web.presenting import told_instant
from banyan.core.web.security.details import people_in, told_details
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.settings.setup_words import name_of_subject, name_of_value, named_subjects
from banyan.core.web.settings.system import shown_value
from banyan.core.web.views.base import signed_in

URL = "/settings/audit"
NAME = "audit"
SHOWN = 50
#: What one file holds; whoever wants more chooses shorter periods.
MOST_EXPORTED = 200_000
GROUP_NAMES = {
    "security": gettext_lazy("Sign-in and access"),
    "reads": gettext_lazy("Reading of protected fields"),
    "exports": gettext_lazy("Exports"),
    "setup": gettext_lazy("Rights and settings"),
    "record": gettext_lazy("Changes of records"),
    "log": gettext_lazy("Alerts and the log itself"),
}
COLORS = {Result.DONE: "", Result.REFUSED: "yellow", Result.FAILED: "red"}


def _choice(empty_label: Any) -> forms.Select:
    return forms.Select(attrs={"empty_label": empty_label})


class SearchForm(forms.Form):
    """What is looked for."""

    group = forms.ChoiceField(label=gettext_lazy("What"), required=False, widget=_choice(gettext_lazy("Anything")))
    person = forms.ChoiceField(
        label=pgettext_lazy("change", "Who"), required=False, widget=_choice(gettext_lazy("Anybody"))
    )
    object = forms.ChoiceField(label=gettext_lazy("Object"), required=False, widget=_choice(gettext_lazy("Anything")))
    since = forms.DateField(label=gettext_lazy("From day"), required=False)
    until = forms.DateField(label=gettext_lazy("To day"), required=False)
    record = forms.UUIDField(label=gettext_lazy("Record id"), required=False)
    text = forms.CharField(label=gettext_lazy("Contains the words"), max_length=100, required=False)

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        anything = ("", gettext_lazy("Anything"))
        people = User.objects.order_by("name").values_list("pk", "name")
        named = [(spec.name, spec.label) for spec in specs_for(actor.organization).values()]
        self.fields["group"].choices = [anything, *((name, GROUP_NAMES[name]) for name in GROUPS)]  # type: ignore[attr-defined]  # a choice field
        self.fields["person"].choices = [("", gettext_lazy("Anybody")), *((str(pk), name) for pk, name in people)]  # type: ignore[attr-defined]  # as above
        self.fields["object"].choices = [anything, *named, *named_subjects()]  # type: ignore[attr-defined]  # as above

    def question(self, *, before: uuid.UUID | None = None) -> Question:
        """Return what the log is asked; what could not be read is not asked for."""
        self.is_valid()
        given = self.cleaned_data
        until = given.get("until")
        return Question(
            group=given.get("group") or "",
            user_id=parse_id(given.get("person")),
            object_name=given.get("object") or "",
            record_id=given.get("record"),
            since=_midnight(given.get("since")),
            until=_midnight(until + timedelta(days=1) if until else None),
            text=given.get("text") or "",
            before=before,
        )


@signed_in("GET")
def audit_log(request: SignedInRequest) -> HttpResponse:
    """Show the newest rows that fit, or those after a cursor."""
    require_page(request.actor, NAME)
    form = SearchForm(request.GET, actor=request.actor)
    rows, following = search(request.actor, form.question(before=parse_id(request.GET.get("before"))), limit=SHOWN)
    asked = {name: value for name, value in request.GET.items() if value and name in form.fields}
    people = people_in(row.details for row in rows)
    context = {
        "fields": fields_of(form),
        "rows": [_shown(request.actor, row, people) for row in rows],
        "next_url": f"{URL}?{urlencode({**asked, 'before': str(following)})}" if following else "",
        "first_url": f"{URL}?{urlencode(asked)}" if request.GET.get("before") else "",
        "export_url": f"{URL}/export?{urlencode(asked)}",
        "is_narrowed": bool(asked),
        **_verification(),
    }
    return settings_answer(request, NAME, "settings/audit.html", context)


@signed_in("GET")
def state(request: SignedInRequest) -> HttpResponse:
    """Answer with how the comparison with the seals goes; the page asks while it runs."""
    require_page(request.actor, NAME)
    return part(request, "settings/_audit_state.html", _verification())


@signed_in("POST")
def check_now(request: SignedInRequest) -> HttpResponse:
    """Compare the log with its seals in the background."""
    require_page(request.actor, NAME)
    latest = latest_run(VERIFY_AUDIT_LOG)
    if latest is not None and latest.is_under_way:
        raise Conflict("check_under_way", _("The audit log is being checked already."))
    run = begin_run(request.actor, VERIFY_AUDIT_LOG)
    defer(verify_audit_log, request.actor, lock=VERIFY_AUDIT_LOG, run_id=str(run.pk))
    return saved(request, _("The audit log is being checked; the result appears here."), URL)


@signed_in("GET")
def export(request: SignedInRequest) -> StreamingHttpResponse:
    """Send what fits as CSV; the log keeps that somebody took it."""
    require_page(request.actor, NAME)
    form = SearchForm(request.GET, actor=request.actor)
    asked = {name: value for name, value in request.GET.items() if value and name in form.fields}
    rows = list(_limited(search_all(request.actor, form.question())))
    note(request.actor, "audit.exported", details={"rows": len(rows), "asked": asked})
    # The lines are made at once: later, while they are sent, nobody knows the reader's language and time zone any more.
    name = _("Audit log %(day)s.csv") % {"day": today(request.actor.time_zone)}
    response = StreamingHttpResponse(list(_lines(rows)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=name))
    return response


def _limited(rows: Iterator[LogRow]) -> Iterator[LogRow]:
    for number, row in enumerate(rows):
        if number == MOST_EXPORTED:
            message = _("More than %(most)s rows fit. Choose a shorter period.") % {"most": f"{MOST_EXPORTED:,}"}
            raise Conflict("too_many_rows", message)
        yield row


def _lines(rows: list[LogRow]) -> Iterator[str]:
    headings = (
        "time",
        "person",
        "user",
        "channel",
        "address",
        "kind",
        "what",
        "object",
        "record",
        "result",
        "fields",
        "details",
    )
    yield "\ufeff" + _line(headings)
    for row in rows:
        details = row.values or row.details
        yield _line((
            localtime(row.at).isoformat(timespec="seconds"), escaped(row.person), row.user_id or "", row.channel,
            row.address, row.kind, name_of_kind(row.kind), row.object_name, row.record_id or "", row.result,
            " ".join(row.fields), escaped(str(details)) if details else "",
        ))  # fmt: skip


def _line(cells: tuple[Any, ...]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()


def _shown(actor: Actor, row: LogRow, people: Mapping[str, str]) -> dict[str, Any]:
    specs = specs_here()
    is_object = row.object_name in specs
    label = spec_for(actor.organization, row.object_name).label if is_object else name_of_subject(row.object_name)
    plural = specs[row.object_name].plural if is_object else ""
    return {
        "when": told_instant(row.at),
        "who": row.person or (_("The system") if row.user_id is None else _("Unknown")),
        "kind": name_of_kind(row.kind),
        "object": str(label),
        "url": f"/{plural}/{row.record_id}" if plural and row.record_id else "",
        "record": str(row.record_id or ""),
        "result": str(Result(row.result).label) if row.result != Result.DONE else "",
        "color": COLORS[Result(row.result)],
        "from": row.address,
        "channel": row.channel,
        "lines": [*_values(row), *told_details(row.details, labels=_known_labels(row), people=people)],
    }


def _values(row: LogRow) -> list[dict[str, str]]:
    if row.values:
        return [
            {"name": name_of_value(name), "text": f"{shown_value(old)} → {shown_value(new)}"}
            for name, (old, new) in row.values.items()
        ]
    if row.fields:
        return [{"name": _("Fields"), "text": ", ".join(_labels(row))}]
    return []


def _labels(row: LogRow) -> list[str]:
    known = _known_labels(row)
    return [known.get(name, name) for name in row.fields]


def _known_labels(row: LogRow) -> dict[str, str]:
    spec = specs_here().get(row.object_name)
    return {name: str(entry.label) for name, entry in spec.all_fields.items()} if spec is not None else {}


def _verification() -> dict[str, Any]:
    run = latest_run(VERIFY_AUDIT_LOG)
    if run is None:
        return {"check": None}
    outcome = run.outcome
    rows = f"{outcome.get('rows', 0):,}"
    return {
        "check": {
            "is_running": run.is_under_way,
            "is_waiting_for_worker": run.is_under_way and not run.started_at and not is_worker_alive(),
            "when": told_instant(run.ended_at) if run.ended_at else "",
            "problem": run.problem if run.state == RunState.FAILED else outcome.get("finding", ""),
            "text": _("%(rows)s rows are as they were sealed.") % {"rows": rows},
            "foreign_key": outcome.get("foreign_key", False),
        }
    }


def _midnight(day: Any) -> datetime | None:
    return make_aware(datetime.combine(day, time.min)) if day else None
