"""Settings > Personal data: erasing a person, with everything that would be touched first, and the certificates."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.files.models import File
from banyan.core.jobs.runs import latest_run
from banyan.core.jobs.status import is_worker_alive
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.registry import specs_here
from banyan.core.web.answers import part
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import errors_of, fields_of
from banyan.core.web.presenting import told_day, told_instant
from banyan.core.web.settings.pages import require_page, saved
from banyan.core.web.views.base import signed_in
from banyan.privacy.choices import ErasureState, Reach
from banyan.privacy.jobs import ERASE, start_erasure
from banyan.privacy.models import LIVE, Erasure, PersonRequest
from banyan.privacy.services.finding import titles_of
from banyan.privacy.services.planning import Plan, plan_of, told, told_kept
from banyan.privacy.views.frame import ERASURES, FIND, PAGE, URL, answer
from banyan.privacy.views.persons import subject_at, survey_or_progress

SHOWN = 200
#: What is no object, by the name that certificates have for it.
_OTHERS = {
    "files": gettext_lazy("Files"),
    "imports": gettext_lazy("Source files of imports"),
    "user": gettext_lazy("Colleague"),
    "audit_log": gettext_lazy("Entries of the audit log"),
    "identity_user": gettext_lazy("Colleague"),
    "identity_account": gettext_lazy("Account and ways to sign in"),
    "audit_alert": gettext_lazy("Alerts"),
}


class ErasureForm(forms.Form):
    """How far an erasure goes."""

    clears_texts = forms.BooleanField(
        label=gettext_lazy("Empty long texts of what belongs to the person"), required=False,
        help_text=gettext_lazy("Follow-ups, tasks and comments about the person lose what was written in them."),
    )  # fmt: skip
    confirmed = forms.BooleanField(
        label=gettext_lazy("I have checked this. What is erased cannot be brought back."),
        error_messages={"required": gettext_lazy("Please confirm that you have checked what will be erased.")},
    )


@signed_in("GET", "POST")
def erase(request: SignedInRequest, plural: str, record_id: uuid.UUID) -> HttpResponse:
    """Show what erasing a person would touch and what stays; begin when that was confirmed."""
    require_page(request.actor, PAGE)
    subject = subject_at(request.actor, plural, record_id)
    asked = parse_id(request.GET.get("request"))
    form = ErasureForm(request.POST if request.method == "POST" else None)
    reach = str(request.GET.get("reach") or Reach.LINKED)
    if reach not in Reach.values:
        raise Missing("not_found", _("There is no such page."))
    if request.method == "POST" and form.is_valid():
        erasure, _run = start_erasure(
            request.actor,
            subject.object_name,
            record_id,
            reach=reach,
            clears_texts=form.cleaned_data["clears_texts"],
            request_id=asked if asked and PersonRequest.objects.filter(LIVE, pk=asked).exists() else None,
        )
        return saved(
            request, _("The person is being erased; the certificate appears here."), f"{URL}/erasures/{erasure.pk}"
        )
    survey, look = survey_or_progress(request.actor, subject, record_id, request.get_full_path())
    plan = plan_of(request.actor, survey, reach) if survey else None
    url = f"{URL}/persons/{plural}/{record_id}"
    here = f"{url}/erase?" + (f"request={asked}&" if asked else "")
    context = {
        "subject": subject.title,
        "look": look,
        "lines": told(plan) if plan else [],
        "kept": [_kept_line(entry) for entry in told_kept(plan)] if plan else [],
        "to_check": _to_check(request, plan) if plan else [],
        "fields": fields_of(form),
        "errors": errors_of(form),
        "action": request.get_full_path(),
        "reaches": [
            {"label": str(label), "url": f"{here}reach={value}", "active": value == reach}
            for value, label in Reach.choices
        ],
        "back_url": url,
    }
    return answer(request, FIND, "privacy/erase.html", context, status=422 if form.errors else 200)


@signed_in("GET")
def erasures(request: SignedInRequest) -> HttpResponse:
    """List the certificates, the newest first."""
    require_page(request.actor, PAGE)
    rows = [_row(erasure) for erasure in Erasure.objects.select_related("actor")[:SHOWN]]
    return answer(request, ERASURES, "privacy/erasures.html", {"rows": rows})


@signed_in("GET")
def certificate(request: SignedInRequest, erasure_id: uuid.UUID) -> HttpResponse:
    """Show a certificate: who erased what and when, what stays and why."""
    require_page(request.actor, PAGE)
    return answer(request, ERASURES, "privacy/certificate.html", _certificate(erasure_id))


@signed_in("GET")
def certificate_part(request: SignedInRequest, erasure_id: uuid.UUID) -> HttpResponse:
    """Answer with the certificate as it is now; the page asks while the erasure is under way."""
    require_page(request.actor, PAGE)
    return part(request, "privacy/_certificate.html", _certificate(erasure_id))


def _certificate(erasure_id: uuid.UUID) -> dict[str, Any]:
    erasure = Erasure.objects.select_related("actor", "request").filter(pk=erasure_id).first()
    if erasure is None:
        raise Missing("not_found", _("There is no such erasure."))
    run = latest_run(ERASE, subject=str(erasure.pk))
    is_under_way = erasure.state == ErasureState.RUNNING and (run is None or run.is_under_way)
    return {
        "row": _row(erasure),
        "request_row": {"title": erasure.request.number, "url": f"{URL}/requests/{erasure.request_id}"}
        if erasure.request
        else None,
        "counts": [_counted(table, counts) for table, counts in erasure.counts.items()],
        "kept": [_kept_line(entry) for entry in erasure.kept],
        "review_on": told_day(erasure.review_on) if erasure.review_on else "",
        "is_under_way": is_under_way,
        "is_waiting_for_worker": is_under_way and not (run and run.started_at) and not is_worker_alive(),
        "problem": run.problem if run and not run.is_under_way and erasure.state == ErasureState.RUNNING else "",
        "done": run.done if run else 0,
        "total": run.total if run else 0,
        "part_url": f"{URL}/erasures/{erasure.pk}/part",
    }


def _counted(table: str, counts: dict[str, int]) -> dict[str, Any]:
    names = {
        "anonymised": _("made anonymous: %(count)s"),
        "deleted": _("deleted: %(count)s"),
        "log_entries": _("entries of the change log: %(count)s"),
        "merges": _("merges: %(count)s"),
    }
    label = str(specs_here()[table].label_plural) if table in specs_here() else str(_OTHERS.get(table, table))
    return {
        "table": label,
        "text": ", ".join(names[name] % {"count": count} for name, count in counts.items() if count),
    }


def _kept_line(entry: dict[str, Any]) -> dict[str, Any]:
    spec = specs_here().get(entry["object"])
    return {
        **entry,
        "label": str(spec.label_plural) if spec else _OTHERS.get(entry["object"], entry["object"]),
        "until": told_day(date.fromisoformat(entry["until"])),
    }


def _row(erasure: Erasure) -> dict[str, Any]:
    spec = specs_here().get(erasure.object_name)
    return {
        "url": f"{URL}/erasures/{erasure.pk}",
        "pseudonym": erasure.pseudonym,
        "object": str(spec.label if spec else _OTHERS.get(erasure.object_name, erasure.object_name)),
        "record_url": f"/{spec.plural}/{erasure.record_id}" if spec else f"/settings/people/{erasure.record_id}",
        "who": erasure.actor.name if erasure.actor else _("The system"),
        "when": told_instant(erasure.done_at or erasure.at),
        "is_done": erasure.state == ErasureState.DONE,
        "state": str(erasure.get_state_display()),
        "reach": str(erasure.get_reach_display()) if spec else "",
    }


def _to_check(request: SignedInRequest, plan: Plan) -> list[dict[str, Any]]:
    """Return what an erasure leaves for people to look at: namesakes, and files that mention the person."""
    found = [
        {"label": f"{specs_here()[name].label_plural}: {row['title']}", "url": row["url"]}
        for name, ids in plan.namesakes.items()
        for row in titles_of(request.actor, name, ids)
    ]
    files = File.objects.filter(pk__in=plan.mentioning_files).order_by("name").values_list("pk", "name")
    return found + [
        {"label": _("File: %(name)s") % {"name": name}, "url": f"/files/{pk}/preview"} for pk, name in files
    ]
