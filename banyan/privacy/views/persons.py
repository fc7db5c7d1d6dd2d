"""Settings > Personal data: finding everything about a person, and the copy that a person may have.

Where there is much to read it is read in the background, and the page shows how far it is.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.jobs.models import RunState
from banyan.core.jobs.runs import latest_run
from banyan.core.jobs.status import is_worker_alive
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.registry import spec_for, specs_here
from banyan.core.web.answers import part, visit
from banyan.core.web.menu import leave_message
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.pages import require_page
from banyan.core.web.views.base import signed_in
from banyan.privacy.jobs import LOOK, start_inquiry
from banyan.privacy.models import Inquiry
from banyan.privacy.references import person_kinds
from banyan.privacy.services.copying import write_copy
from banyan.privacy.services.finding import LINKED, MENTIONED, NAMESAKE, OWN, Findings, Subject, subject_of, titles_of
from banyan.privacy.services.inquiries import find_inquiry, latest_inquiry, survey_found, takes_long
from banyan.privacy.services.planning import Survey
from banyan.privacy.views.frame import FIND, PAGE, URL, answer

MOST_TYPED = 200
HOW = {
    OWN: gettext_lazy("Records of the person"),
    LINKED: gettext_lazy("Belongs to the person"),
    MENTIONED: gettext_lazy("Mentions a phone, e-mail or account of the person"),
    NAMESAKE: gettext_lazy("Has the same name in it; perhaps somebody else"),
}


@signed_in("GET", "POST")
def find_person(request: SignedInRequest) -> HttpResponse:
    """Ask for a phone, an e-mail address or a name, and look for it; what was typed stands in no address."""
    require_page(request.actor, PAGE)
    asked = request.POST.get("request") or request.GET.get("request", "")
    text = request.POST.get("q", "").strip()[:MOST_TYPED]
    if text:
        inquiry = start_inquiry(request.actor, typed=text)
        return visit(request, f"{URL}/find/{inquiry.pk}{_with(asked)}")
    return answer(request, FIND, "privacy/find.html", {"q": "", "request_id": asked, "groups": None, "look": None})


@signed_in("GET")
def found(request: SignedInRequest, inquiry_id: uuid.UUID) -> HttpResponse:
    """Show what was found of a phone, an address or a name, or how far the search is."""
    require_page(request.actor, PAGE)
    inquiry = find_inquiry(request.actor, inquiry_id)
    asked = request.GET.get("request", "")
    if inquiry.record_id is not None:
        raise Missing("not_found", _("There is no such page."))
    context: dict[str, Any] = {"q": inquiry.typed, "request_id": asked, "groups": None}
    context["look"] = None if inquiry.done_at else progress_of(inquiry, request.get_full_path())
    if inquiry.done_at:
        context["groups"] = _groups(request.actor, survey_found(request.actor, inquiry).findings, asked)
    return answer(request, FIND, "privacy/find.html", context)


@signed_in("GET")
def look_part(request: SignedInRequest, inquiry_id: uuid.UUID) -> HttpResponse:
    """Answer with how far a search is; when it is done, lead to the page that waits for it."""
    require_page(request.actor, PAGE)
    inquiry = find_inquiry(request.actor, inquiry_id)
    back = request.GET.get("back", "")
    back = back if back.startswith(f"{URL}/") else URL
    if inquiry.done_at:
        return visit(request, back)
    return part(request, "privacy/_look.html", {"look": progress_of(inquiry, back)})


@signed_in("GET")
def person(request: SignedInRequest, plural: str, record_id: uuid.UUID) -> HttpResponse:
    """Show everything about a person."""
    require_page(request.actor, PAGE)
    subject = subject_at(request.actor, plural, record_id)
    asked = request.GET.get("request", "")
    url = f"{URL}/persons/{plural}/{record_id}"
    inquiry = inquiry_about(request.actor, subject, record_id)
    survey = survey_found(request.actor, inquiry) if inquiry.done_at else None
    context = {
        "subject": subject.title,
        "groups": _groups(request.actor, survey.findings, asked) if survey else None,
        "look": None if survey else progress_of(inquiry, request.get_full_path()),
        "looked_at": told_instant(inquiry.done_at) if inquiry.done_at else "",
        "again_url": f"{url}/again{_with(asked)}",
        "copy_url": f"{url}/copy",
        "erase_url": f"{url}/erase{_with(asked)}",
    }
    return answer(request, FIND, "privacy/person.html", context)


@signed_in("POST")
def look_again(request: SignedInRequest, plural: str, record_id: uuid.UUID) -> HttpResponse:
    """Look through everything anew, because something has changed since."""
    require_page(request.actor, PAGE)
    subject = subject_at(request.actor, plural, record_id)
    start_inquiry(request.actor, object_name=subject.object_name, record_id=record_id)
    return visit(request, f"{URL}/persons/{plural}/{record_id}{_with(request.GET.get('request', ''))}")


@signed_in("POST")
def take_copy(request: SignedInRequest, plural: str, record_id: uuid.UUID) -> FileResponse | HttpResponse:
    """Send the copy for the person as a ZIP."""
    require_page(request.actor, PAGE)
    subject = subject_at(request.actor, plural, record_id)
    inquiry = inquiry_about(request.actor, subject, record_id)
    if not inquiry.done_at:
        leave_message(
            request, _("Everything about the person is being looked for; the copy can be taken as soon as it is found.")
        )
        return visit(request, f"{URL}/persons/{plural}/{record_id}")
    name = _("Personal data %(day)s.zip") % {"day": today(request.actor.time_zone)}
    copied = write_copy(request.actor, survey_found(request.actor, inquiry))
    return FileResponse(copied, as_attachment=True, filename=name)


def inquiry_about(actor: Actor, subject: Subject, record_id: uuid.UUID) -> Inquiry:
    """Return the inquiry about a person that counts now, begun anew where there is none or it takes but a moment."""
    latest = latest_inquiry(actor, subject.object_name, record_id)
    if latest is not None and _counts_still(latest) and (latest.done_at is None or takes_long(actor)):
        return latest
    return start_inquiry(actor, object_name=subject.object_name, record_id=record_id)


def _counts_still(inquiry: Inquiry) -> bool:
    run = None if inquiry.done_at else latest_run(LOOK, subject=str(inquiry.pk))
    return inquiry.done_at is not None or (run is not None and run.state != RunState.FAILED)


def progress_of(inquiry: Inquiry, back: str) -> dict[str, Any]:
    """Return what ``privacy/_look.html`` needs; ``back`` is the page that waits for the search."""
    run = latest_run(LOOK, subject=str(inquiry.pk))
    return {
        "part_url": f"{URL}/find/{inquiry.pk}/part",
        "back": back,
        "done": run.done if run else 0,
        "total": run.total if run else 0,
        "step": run.step if run else "",
        "problem": run.problem if run and not run.is_under_way else "",
        "is_waiting_for_worker": not (run and run.started_at) and not is_worker_alive(),
    }


def survey_or_progress(actor: Actor, subject: Subject, record_id: uuid.UUID, back: str) -> tuple[Survey | None, Any]:
    """Return everything about a person, or, while it is being looked for, how far that is."""
    inquiry = inquiry_about(actor, subject, record_id)
    if inquiry.done_at:
        return survey_found(actor, inquiry), None
    return None, progress_of(inquiry, back)


def subject_at(actor: Actor, plural: str, record_id: uuid.UUID) -> Subject:
    """Return the person of an address; raise ``Missing``."""
    spec = next((found for found in specs_here().values() if found.plural == plural), None)
    if spec is None:
        raise Missing("not_found", _("There is no such person."))
    return subject_of(actor, spec.name, record_id)


def _groups(actor: Actor, findings: Findings, asked: str) -> list[dict[str, Any]]:
    """Return what was found, by how sure it is and by object."""
    groups: list[dict[str, Any]] = []
    for how, name, ids in findings.parts():
        spec = spec_for(actor.organization, name)
        is_kind = name in person_kinds and how != OWN
        rows = [
            {
                **row,
                "person_url": f"{URL}/persons/{spec.plural}/{row['id']}{_with(asked)}" if is_kind else "",
                "choose_url": f"{URL}/requests/{asked}/person/{spec.plural}/{row['id']}" if is_kind and asked else "",
            }
            for row in titles_of(actor, name, ids)
        ]
        more = len(ids) - len(rows)
        groups.append(
            {"how": str(HOW[how]), "object": str(spec.label_plural), "count": len(ids), "rows": rows, "more": more}
        )
    return groups


def _with(asked: str) -> str:
    """Return the request of the person, as the end of an address."""
    request_id = parse_id(asked)
    return f"?request={request_id}" if request_id else ""
