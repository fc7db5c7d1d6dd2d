"""What a draft looks like: a form or the page of a real record, as somebody with a role would have it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.standing import rights_of_role
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.layouts.content import MAIN, SIDE, Plan
from banyan.core.layouts.resolution import TYPE_FIELD
from banyan.core.layouts.services import working_plan
from banyan.core.listing.query import ListRequest, fetch_row, list_rows
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.forms import Form
from banyan.core.web.layouts.laid import LaidForm
from banyan.core.web.layouts.overview import layout_named
from banyan.core.web.middleware import CONTENT_SECURITY_POLICY, SignedInRequest
from banyan.core.web.presenting import Presenter, Row, presenter_for
from banyan.core.web.record_pages import RecordPage
from banyan.core.web.views.base import signed_in

FORM, RECORD = "form", "record"
RECORDS_OFFERED = 12


@signed_in("GET")
def preview(request: SignedInRequest, object_name: str, layout_id: uuid.UUID) -> HttpResponse:
    """Show the draft on a record; nothing in it can be sent."""
    spec, row = layout_named(request, object_name, layout_id)
    plan = working_plan(row, spec)
    record = _record(request.actor, spec, parse_id(request.GET.get("record")))
    looker = _with_role(request.actor, parse_id(request.GET.get("role")))
    context: dict[str, Any] = {"title": spec.noun, "show": request.GET.get("show") or FORM}
    if context["show"] == RECORD and record is not None:
        context["record"] = _page(request.actor, looker, spec, plan, record)
    else:
        values: dict[str, Any] = dict(record or {})
        if record is None and row.record_type:
            values[TYPE_FIELD] = row.record_type
        # Names of other records are those that the person may see: the role decides on fields alone.
        own = Form(request.actor, spec, values, plan=plan)
        own.load_labels(plan.names())
        form = Form(looker, spec, values, plan=plan, labels=own.labels)
        labels = presenter_for(request.actor, spec, [record] if record else []).labels
        context["laid"] = LaidForm(form, plan, record or {}, labels).context(folds=True, has_cursor=False)
        context["show"] = FORM
    response = render(request, "settings/layouts/preview.html", context)
    # The editor holds this page in a frame; no other site may.
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    )
    return response


def records_to_show(actor: Actor, spec: ObjectSpec) -> list[dict[str, str]]:
    """Return some of the latest records that the person sees, for trying a layout on."""
    columns = tuple(name for name in (spec.title, "number") if name in spec.all_fields)
    page = list_rows(actor, spec, ListRequest(columns=columns, limit=RECORDS_OFFERED))
    presenter = presenter_for(actor, spec, page.rows, page.labels)
    return [{"value": str(row["id"]), "label": presenter.title(row)} for row in page.rows]


def _record(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID | None) -> Row | None:
    if record_id is None:
        return None
    try:
        return fetch_row(actor, spec, record_id)
    except Missing:
        return None


def _with_role(actor: Actor, role_id: uuid.UUID | None) -> Actor:
    """Return the person with the rights to fields that a role has; what is read of the record stays their own."""
    role = Role.objects.filter(pk=role_id).first() if role_id else None
    if role is None:
        return actor
    place = replace(actor.standings[0], roles=(rights_of_role(role),))
    return replace(actor.standing_as(place), grantee_ids=(role.pk,), sharing_rules=())


def _page(actor: Actor, looker: Actor, spec: ObjectSpec, plan: Plan, record: Row) -> dict[str, Any]:
    """Return the keys of the record's body: fields as the role sees them, what stands beside as the person does."""
    as_oneself = RecordPage(actor, spec, record, presenter_for(actor, spec, [record]), plan)
    as_role = RecordPage(looker, spec, record, Presenter(looker, spec, as_oneself.presenter.labels), plan)
    return {
        "id": as_role.id,
        "header": {**as_role.header(), "actions": [], "more": ""},
        "facts": [{**group, "list": [{**fact, "edit_url": ""} for fact in group["list"]]} for group in as_role.facts()],
        "top": as_oneself.top()["before"],
        "middle": as_oneself.blocks(MAIN),
        "side": as_oneself.blocks(SIDE),
        "timeline": _("The timeline stands here."),
    }
