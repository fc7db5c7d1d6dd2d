"""Pages of segments: rule and preview, members, and segments made of a list."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import DomainError, Missing, Refused
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import tree_to_json
from banyan.core.objects.spec import ObjectSpec
from banyan.core.transfer import approving
from banyan.core.web.answers import done, is_partial, page, part, visit
from banyan.core.web.business_rules.parts import condition_part
from banyan.core.web.condition_forms import condition_in_words, sent_tree
from banyan.core.web.menu import may
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of, form_answer, undone_if_wrong
from banyan.core.web.selections import MATCHING, selected_records, state_of_query
from banyan.core.web.transfer.selecting import selected_by
from banyan.core.web.views.base import signed_in
from banyan.marketing.choices import MEMBER_OBJECTS, SEGMENT, SegmentKind
from banyan.marketing.forms import NEW, SegmentForm, ToSegmentForm
from banyan.marketing.models import Segment
from banyan.marketing.queries import find_segment, offered_objects, rows_of, spec_on
from banyan.marketing.services import segments as services

AT_A_TIME = 50
#: What one form can carry record by record.
MOST_EXPORTED = 800
CONDITION = "condition"


@signed_in("GET", "POST")
def new(request: SignedInRequest) -> HttpResponse:
    """Make a segment."""
    require(request.actor, spec_on(request.actor, SEGMENT), Action.CREATE)
    if is_partial(request) and request.method == "GET":
        return visit(request, request.get_full_path())
    offered = offered_objects(request.actor)
    names = [spec.name for spec in offered]
    given = request.GET.get("object", "")
    preferred = "contact" if "contact" in names else (names[0] if names else "")
    name = given if given in names else preferred
    if not name:
        raise Refused(
            "nothing_to_see", _("A segment is of customers, contacts or leads, and you may see none of them.")
        )
    return _edit(request, None, spec_on(request.actor, name), offered)


@signed_in("GET", "POST")
def edit(request: SignedInRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Change a segment and its rule."""
    segment = find_segment(request.actor, segment_id, Action.EDIT)
    if is_partial(request) and request.method == "GET":
        return visit(request, request.get_full_path())
    return _edit(request, segment, spec_on(request.actor, segment.object_name), [])


def _edit(
    request: SignedInRequest, segment: Segment | None, spec: ObjectSpec, offered: list[ObjectSpec]
) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    initial: dict[str, Any] = {"kind": SegmentKind.DYNAMIC.value}
    if segment is not None:
        initial = {
            "name": segment.name, "kind": segment.kind, "notes": segment.notes,
            "excluded": [str(pk) for pk in segment.excluded],
        }  # fmt: skip
    form = SegmentForm(sent, actor=request.actor, object_name=spec.name, own=segment, initial=initial)
    tree = sent_tree(request.POST, CONDITION) if sent is not None else (segment.filter if segment else {})
    preview: dict[str, Any] | None = None
    if sent is not None and form.is_valid():
        values = _values(form, spec, tree)
        try:
            if "preview" in request.POST:
                preview = _preview(request, services.checked_segment(request.actor, segment, values))
            else:
                row = services.save_segment(request.actor, segment, values)
                return done(request, _("The segment is saved."), next_url=f"/segments/{row.pk}")
        except DomainError as problem:
            add_problem(form, problem)
    title = segment.name if segment else _("New segment")
    context = {
        "title": title,
        "crumbs": [{"label": _("Segments"), "url": "/segments"}],
        "action": request.get_full_path(),
        "form": {"fields": fields_of(form), "errors": errors_of(form)},
        "objects": [
            {"label": str(one.label_plural), "url": f"/segments/new?object={one.name}", "active": one.name == spec.name}
            for one in offered
        ],
        "what": str(spec.label_plural),
        "condition": condition_part(request.actor, spec, tree or None, name=CONDITION),
        "preview": preview,
        "back_url": f"/segments/{segment.pk}" if segment else "/segments",
    }
    status = 422 if form.is_bound and form.errors else 200
    return undone_if_wrong(page(request, "marketing/segment_form.html", context, status=status))


def _values(form: SegmentForm, spec: ObjectSpec, tree: Any) -> services.SegmentValues:
    excluded = [pk for text in form.cleaned_data.get("excluded", ()) if (pk := parse_id(text)) is not None]
    return services.SegmentValues(
        form.cleaned_data["name"],
        spec.name,
        form.cleaned_data["kind"],
        form.cleaned_data["notes"],
        tree or {},
        excluded,
    )


def _preview(request: SignedInRequest, segment: Segment) -> dict[str, Any]:
    count, first = services.first_members(request.actor, segment)
    text = ngettext("%(count)s member now", "%(count)s members now", count) % {"count": f"{count:,}"}
    names = [str(row.name or getattr(row, "company", "") or row.number) for row in first]
    return {"text": text, "names": names, "more": count - len(names), "is_empty": not count}


@signed_in("GET")
def members(request: SignedInRequest, segment_id: uuid.UUID) -> HttpResponse:
    """List the members of a segment that the reader may see."""
    segment = find_segment(request.actor, segment_id)
    spec = spec_on(request.actor, segment.object_name)
    rows = rows_of(request.actor, segment)
    order = "sort_name" if services.has_sort_name(rows) else "pk"
    found = Paginator(rows.order_by(order, "pk"), AT_A_TIME).get_page(request.GET.get("page"))
    may_edit = segment.kind == SegmentKind.STATIC and _may_edit(request, segment_id)
    context = {
        "title": segment.name,
        "crumbs": [
            {"label": _("Segments"), "url": "/segments"}, {"label": segment.name, "url": f"/segments/{segment.pk}"},
        ],
        "subtitle": _explained(request, segment, spec),
        "entries": [_entry(spec, segment, row, may_edit=may_edit) for row in found],
        "count": found.paginator.count,
        "previous_url": f"?page={found.previous_page_number()}" if found.has_previous() else "",
        "next_url": f"?page={found.next_page_number()}" if found.has_next() else "",
        "actions": _actions(request, segment, spec, found.paginator.count),
    }  # fmt: skip
    return page(request, "marketing/segment_members.html", context)


def _entry(spec: ObjectSpec, segment: Segment, row: Any, *, may_edit: bool) -> dict[str, Any]:
    return {
        "title": str(row.name or getattr(row, "company", "") or row.number),
        "url": f"/{spec.plural}/{row.pk}",
        "number": row.number,
        "remove_url": f"/segments/{segment.pk}/members/{row.pk}/remove" if may_edit else "",
    }


def _explained(request: SignedInRequest, segment: Segment, spec: ObjectSpec) -> str:
    if segment.kind == SegmentKind.STATIC:
        return _("Fixed list; you see the records that you may see.")
    words = condition_in_words(request.actor, spec, segment.filter) if segment.filter else _("all")
    return f"{spec.label_plural}: {words}"


def _actions(request: SignedInRequest, segment: Segment, spec: ObjectSpec, count: int) -> list[dict[str, Any]]:
    found = []
    if count and may(request.actor, spec, Action.EXPORT):
        found.append(
            {"label": _("Export"), "url": f"/segments/{segment.pk}/export", "icon": "download", "opens": "dialog"}
        )
    if _may_edit(request, segment.pk):
        found.append({"label": _("Change the rule"), "url": f"/segments/{segment.pk}/rule", "icon": "edit"})
    return found


def _may_edit(request: SignedInRequest, segment_id: uuid.UUID) -> bool:
    try:
        find_segment(request.actor, segment_id, Action.EDIT)
    except DomainError:
        return False
    return True


@signed_in("GET")
def export(request: SignedInRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Lead to the ordinary export of records with the members chosen: its rules, approval and log hold."""
    segment = find_segment(request.actor, segment_id)
    spec = spec_on(request.actor, segment.object_name)
    require(request.actor, spec, Action.EXPORT)
    return export_answer(request, spec, segment)


def export_answer(request: SignedInRequest, spec: ObjectSpec, segment: Segment) -> HttpResponse:
    """Return the dialog of the export for the members of a segment: by its filter, or record by record."""
    if segment.kind == SegmentKind.DYNAMIC and not segment.excluded:
        tree = json.dumps(segment.filter, separators=(",", ":"))
        selection: dict[str, Any] = {
            "matching": urlencode({"filter": tree, "view": "all"}) if segment.filter else "view=all"
        }
    else:
        ids = list(rows_of(request.actor, segment).values_list("pk", flat=True)[: MOST_EXPORTED + 1])
        if len(ids) > MOST_EXPORTED:
            message = _("At most %(most)s records of a list are exported at once. Narrow the segment down.")
            raise Refused("too_many", message % {"most": f"{MOST_EXPORTED:,}"})
        selection = {"ids": [str(pk) for pk in ids]}
    rows = approving.rows_beyond(request.actor, spec, selected_by(request.actor, spec, selection))
    context = {
        "spec": spec, "ids": selection.get("ids", []), "matching": selection.get("matching"),
        "rows_to_approve": f"{rows:,}" if rows else "", "left_out": "", "reasons": [],
    }  # fmt: skip
    return part(request, "transfer/_export_dialog.html", context)


@signed_in("POST")
def remove(request: SignedInRequest, segment_id: uuid.UUID, record_id: uuid.UUID) -> HttpResponse:
    """Take a record out of a fixed list."""
    segment = find_segment(request.actor, segment_id, Action.EDIT)
    services.remove_from_list(request.actor, segment, record_id)
    url = f"/segments/{segment_id}/members"
    return done(request, _("The record is off the list."), next_url=url, visit={"url": url})


@signed_in("GET", "POST")
def from_list(request: SignedInRequest, plural: str) -> HttpResponse:
    """Make a segment of what is chosen in a list, by its filter or record by record, or add it to a fixed list."""
    require(request.actor, spec_on(request.actor, SEGMENT), Action.CREATE)
    spec = next((one for one in offered_objects(request.actor) if one.plural == plural), None)
    if spec is None or spec.name not in MEMBER_OBJECTS:
        raise Missing("not_found", _("There is no such page."))
    chosen = selected_records(request, spec, Action.VIEW)
    sent = request.POST if request.method == "POST" else request.GET
    by_rule = MATCHING in sent
    bound = request.POST if request.method == "POST" and "segment" in request.POST else None
    form = ToSegmentForm(bound, actor=request.actor, object_name=spec.name, by_rule=by_rule)
    if form.is_bound and form.is_valid():
        try:
            segment, text = _made_of(request, spec, chosen, form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            url = f"/segments/{segment.pk}"
            return done(request, text, next_url=url, close_dialog=True, clear_selection=True, visit={"url": url})
    title = ngettext("%(count)s record into a segment", "%(count)s records into a segment", chosen.count)
    return form_answer(
        request, form, title=title % {"count": f"{chosen.count:,}"}, hidden=chosen.hidden, submit_label=_("Save"),
        cancel_url=f"/{plural}", action=request.path,
    )  # fmt: skip


def _made_of(request: SignedInRequest, spec: ObjectSpec, chosen: Any, sent: dict[str, Any]) -> tuple[Segment, str]:
    actor = request.actor
    if sent["segment"] == "rule":
        state = state_of_query(request, spec, request.POST[MATCHING]).request()
        if state.search.strip():
            message = _("A search cannot become a rule. Use the filter instead, or make a fixed list.")
            raise Refused("search", message)
        tree = tree_to_json(state.filter) if state.filter is not None else {}
        values = services.SegmentValues(sent["name"], spec.name, SegmentKind.DYNAMIC, filter=tree)
        return services.save_segment(actor, None, values), _("The segment is saved.")
    if chosen.everything is not None:
        raise Refused("too_many", _("These are too many for a fixed list. Make a segment by the filter instead."))
    if sent["segment"] == NEW:
        values = services.SegmentValues(sent["name"], spec.name, SegmentKind.STATIC)
        segment = services.save_segment(actor, None, values)
    else:
        segment = find_segment(actor, uuid.UUID(sent["segment"]), Action.EDIT)
    count = services.add_to_list(actor, segment, list(chosen.ids))
    text = ngettext("%(count)s record was added.", "%(count)s records were added.", count)
    return segment, text % {"count": f"{count:,}"}
