"""The page of one record, and the parts of it that load, change and move by themselves."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from banyan.core.audit.counting import count
from banyan.core.kernel.errors import Missing
from banyan.core.layouts.content import MAIN, SIDE
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import is_partial, macro, markup, page, part, wants_panel
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.panels import TimelineQuestion
from banyan.core.web.record_pages import RecordPage
from banyan.core.web.timelines import CHANGES, FIRST_ENTRIES, FURTHER_ENTRIES, kinds_of, read_instant, timeline_of
from banyan.core.web.views.base import object_page

HISTORY_ENTRIES = 100


@object_page("GET")
def record_page(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Show a record: as a page, or in the side panel."""
    shown = RecordPage.load(request.actor, spec, record_id)
    count(request.actor, views=1)
    context = {"record": shown.context(kind=request.GET.get("entries", ""))}
    if wants_panel(request):
        return part(request, "objects/panel.html", context)
    return page(request, "objects/record.html", context)


@object_page("GET")
def top_part(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Answer with the name, stages and state of a record, after it has changed."""
    shown = RecordPage.load(request.actor, spec, record_id)
    return part(request, "objects/record_top.html", {"record": shown.top()})


@object_page("GET")
def facts_part(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Answer with the fields of a record, after it has changed."""
    shown = RecordPage.load(request.actor, spec, record_id)
    context = {"id": record_id, "live_url": shown.url, "object": spec.plural, "facts": shown.facts()}
    return part(request, "objects/record_facts.html", {"record": context})


@object_page("GET")
def timeline_part(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Answer with a record's timeline: the first page, one kind of it, or older entries."""
    fetch_row(request.actor, spec, record_id, columns=("version",))
    before, kind = request.GET.get("before", ""), request.GET.get("kind", "")
    if not is_partial(request):
        # Opened in a tab of its own: the part alone would be a page without a frame.
        return redirect(f"/{spec.plural}/{record_id}" + (f"?{urlencode({'entries': kind})}" if kind else ""))
    limit = FURTHER_ENTRIES if before else FIRST_ENTRIES
    question = TimelineQuestion(request.actor, spec, record_id, read_instant(before), limit)
    shown = timeline_of(question, kind=kind)
    if before:
        return markup(macro("components/timeline.html", "timeline_groups", shown))
    tabs = kinds_of(request.actor, spec, record_id, kind)
    return part(
        request, "objects/timeline.html", {"record": {"id": record_id, "timeline": shown, "timeline_kinds": tabs}}
    )


@object_page("GET")
def all_children_part(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Answer with panels and all lists of children, which the page of their record does not wait for."""
    shown = RecordPage.load(request.actor, spec, record_id)
    place = MAIN if request.GET.get("place") == MAIN else SIDE
    return markup(shown.children_part(place))


@object_page("GET")
def children_part(
    request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID, name: str, link: str
) -> HttpResponse:
    """Answer with one list of children, after one of them has changed."""
    shown = RecordPage.load(request.actor, spec, record_id)
    child = shown.arranged_child(name, link)
    if child is None:
        raise Missing("not_found", _("There is no such list."))
    return markup(macro("components/record.html", "child_list", shown.child(child)))


@object_page("GET")
def history_page(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Show every change of a record, with the merges that can still be taken back."""
    shown = RecordPage.load(request.actor, spec, record_id)
    question = TimelineQuestion(
        request.actor, spec, record_id, read_instant(request.GET.get("before", "")), HISTORY_ENTRIES
    )
    timeline = timeline_of(question, kind=CHANGES)
    if request.GET.get("before"):
        return markup(macro("components/timeline.html", "timeline_groups", timeline))
    context = {
        "title": shown.presenter.title(shown.row),
        "url": shown.url,
        "timeline": timeline,
        "merges": shown.merges(),
    }
    return page(request, "objects/history.html", {"history": context})
