"""Deleting, taking back, and the recycle bin."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.bulk.services import begin_undo, large_task_of
from banyan.core.identity.models import User
from banyan.core.listing.labels import title_of
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import recycle
from banyan.core.records.merging import unmerge
from banyan.core.records.undo import undo
from banyan.core.web.answers import done, page, visit
from banyan.core.web.menu import may
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import short_instant
from banyan.core.web.views.base import given_ids, object_page, signed_in

ROWS_SHOWN = 200


@object_page("POST", action=Action.DELETE)
def delete(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Put a record into the recycle bin; the message that says so can take it back."""
    outcome = recycle.delete(request.actor, spec, [record_id])
    return done(
        request,
        _("Moved to the recycle bin."),
        next_url=f"/{spec.plural}",
        changed=(spec.plural,),
        undo_url=f"/undo/{outcome.batch_id}",
        **_after_delete(request, spec, record_id),
    )


def _after_delete(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> dict[str, Any]:
    """Return where to go: away from the page of a record that is no longer there, else stay."""
    current = request.headers.get("HX-Current-URL", "")
    on_own_page = current.partition("?")[0].endswith(f"/{spec.plural}/{record_id}")
    return {"visit": {"url": f"/{spec.plural}"}} if on_own_page else {"close_panel": True}


@signed_in("POST")
def take_back(request: SignedInRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Undo a piece of work of one's own; a large one in the background."""
    large = large_task_of(request.actor, batch_id)
    if large is not None:
        return visit(request, f"/bulk/{begin_undo(request.actor, large).pk}")
    result = undo(request.actor, batch_id)
    text = ngettext("%(count)d record is as it was.", "%(count)d records are as they were.", result.undone)
    text %= {"count": result.undone}
    if result.conflicts:
        left = ngettext(
            "%(count)d was changed since and stays as it is.",
            "%(count)d were changed since and stay as they are.",
            len(result.conflicts),
        )
        text = f"{text} {left % {'count': len(result.conflicts)}}"
    return done(request, text, next_url=request.headers.get("HX-Current-URL", "/"))


@signed_in("POST")
def take_back_merge(request: SignedInRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Take a merge back: the records that were merged away return with what belonged to them."""
    merge = unmerge(request.actor, batch_id)
    spec = specs_on(request.actor.organization)[merge.object_name]
    url = f"/{spec.plural}/{merge.kept_id}"
    text = _("The merge was taken back.")
    return done(request, text, next_url=url, changed=(spec.plural,), visit={"url": url})


@signed_in("GET")
def recycle_bin(request: SignedInRequest) -> HttpResponse:
    """Show the objects that have something in the bin, and the records of the first one."""
    return _bin_page(request, None)


@object_page("GET")
def recycle_bin_of(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Show what lies in the bin of one object."""
    return _bin_page(request, spec)


def _bin_page(request: SignedInRequest, chosen: ObjectSpec | None) -> HttpResponse:
    actor = request.actor
    counts = [
        (spec, number)
        for spec in specs_on(actor.organization).values()
        if spec.has_page and may(actor, spec, Action.VIEW) and (number := _deleted_rows(request, spec).count())
    ]
    spec = chosen or (counts[0][0] if counts else None)
    tabs = [
        {
            "label": str(other.label_plural),
            "url": f"/recycle-bin/{other.plural}",
            "active": spec is not None and other.name == spec.name,
            "count": number,
        }
        for other, number in counts
    ]
    rows = _entries(request, spec) if spec is not None else []
    context = {
        "tabs": tabs,
        "rows": rows,
        "restore_url": f"/recycle-bin/{spec.plural}/restore" if spec is not None else "",
        "days": recycle.KEEP.days,
    }
    return page(request, "objects/recycle_bin.html", {"bin": context})


def _deleted_rows(request: SignedInRequest, spec: ObjectSpec) -> Any:
    manager = spec.model._default_manager  # noqa: SLF001 Django's own name for it
    rows = manager.filter(organization_id=request.actor.organization_id, deleted_at__isnull=False)
    return restrict(rows, request.actor, spec)


def _entries(request: SignedInRequest, spec: ObjectSpec) -> list[dict[str, Any]]:
    attribute = spec.all_fields[spec.title].attribute
    rows = _deleted_rows(request, spec).order_by("-deleted_at", "-pk")
    found = list(rows.values("pk", "number", "deleted_at", "deleted_by_id", title=F(attribute))[:ROWS_SHOWN])
    people = dict(User.objects.filter(pk__in={row["deleted_by_id"] for row in found}).values_list("pk", "name"))
    return [
        {
            "id": row["pk"],
            "title": title_of(spec, row["title"], row["number"]),
            "number": row["number"],
            "who": people.get(row["deleted_by_id"], _("The system")),
            "when": short_instant(row["deleted_at"], request.actor),
        }
        for row in found
    ]


@object_page("POST")
def restore(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Bring records back from the bin."""
    ids = given_ids(request.POST.getlist("ids"))
    outcome = recycle.restore(request.actor, spec, ids)
    number = len(outcome.updated)
    text = ngettext("%(count)d record was restored.", "%(count)d records were restored.", number) % {"count": number}
    url = f"/recycle-bin/{spec.plural}"
    undo_url = f"/undo/{outcome.batch_id}"
    return done(request, text, next_url=url, changed=(spec.plural,), undo_url=undo_url, visit={"url": url})
