"""Merging records: choose with which, choose field by field, see the result."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action, FieldAccess
from banyan.core.kernel.errors import Refused
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.merging import MOST_RECORDS, merge
from banyan.core.web.answers import page, part, visit, wants_dialog
from banyan.core.web.menu import leave_message
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import Presenter, Row, presenter_for
from banyan.core.web.views.base import given_ids, object_page

CHOICE = "value."
KEEP = "keep"


@object_page("GET", "POST", action=Action.EDIT)
def choose(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Ask with which other record this one is to be merged."""
    require(request.actor, spec, Action.DELETE)
    sent = request.POST if request.method == "POST" else request.GET
    ids = given_ids([*sent.getlist("ids"), sent.get("other", "")])
    if request.method == "POST" and len(ids) > 1:
        url = f"/{spec.plural}/merge?{'&'.join(f'ids={record_id}' for record_id in ids)}"
        return visit(request, url)
    other = {
        "name": "other", "kind": "link", "label": str(spec.label), "pick_url": f"/pick/{spec.name}", "required": True,
        "autofocus": True, "wide": True, "error": _("Choose another record.") if request.method == "POST" else "",
    }  # fmt: skip
    form = {
        "title": _("Merge with another"),
        "text": _("On the next page you choose what is kept."),
        "action": f"/{spec.plural}/merge/choose",
        "hidden": [{"name": "ids", "value": str(record_id)} for record_id in ids[:1]],
        "sections": [{"title": "", "fields": [other]}],
        "errors": [],
        "submit_label": _("Compare"),
        "cancel_url": f"/{spec.plural}",
    }
    status = 422 if other["error"] else 200
    if wants_dialog(request):
        return part(request, "layout/form_dialog.html", {"form": form}, status=status)
    return page(request, "layout/form.html", {"form": form}, status=status)


@object_page("GET", "POST", action=Action.EDIT)
def merge_page(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Show the records side by side, and merge them as it was chosen."""
    require(request.actor, spec, Action.DELETE)
    sent = request.POST if request.method == "POST" else request.GET
    ids = given_ids(sent.getlist("ids"))
    if not 2 <= len(ids) <= MOST_RECORDS:
        raise Refused("bad_merge", _("Choose between two and twenty different records to merge."))
    if request.method == "POST":
        return _merge(request, spec, ids)
    rows = [fetch_row(request.actor, spec, record_id) for record_id in ids]
    presenter = presenter_for(request.actor, spec, rows)
    keep = _fullest(spec, rows)
    context = {
        "title": _("Merge %(name)s") % {"name": spec.noun_plural},
        "action": f"/{spec.plural}/merge",
        "cancel_url": f"/{spec.plural}",
        "crumbs": [{"label": str(spec.label_plural), "url": f"/{spec.plural}"}],
        "records": [
            {
                "id": row["id"],
                "title": presenter.title(row),
                "number": row.get("number"),
                "url": presenter.url(row["id"]),
                "is_kept": row["id"] == keep["id"],
                "created": presenter.cell(spec.all_fields["created_at"], row, in_list=False),
            }
            for row in rows
        ],
        "fields": _compared(presenter, rows, keep),
    }
    return page(request, "objects/merge.html", {"merge": context})


def _merge(request: SignedInRequest, spec: ObjectSpec, ids: Sequence[uuid.UUID]) -> HttpResponse:
    keep = parse_id(request.POST.get(KEEP))
    if keep not in ids or keep is None:
        raise Refused("bad_merge", _("Choose which of the records is kept."))
    choices = {
        name: found
        for name in spec.writable_fields
        if (found := parse_id(request.POST.get(f"{CHOICE}{name}"))) is not None
    }
    dropped = [record_id for record_id in ids if record_id != keep]
    done = merge(request.actor, spec, keep, dropped, choices=choices)
    text = ngettext(
        "%(count)d record was merged into this one.", "%(count)d records were merged into this one.", len(dropped)
    )
    text %= {"count": len(dropped)}
    leave_message(request, text, undo_url=f"/unmerge/{done.batch_id}")
    return HttpResponseRedirect(f"/{spec.plural}/{keep}", status=303)


def _fullest(spec: ObjectSpec, rows: Sequence[Row]) -> Row:
    """Return the record that knows most; of equals the oldest."""
    return max(rows, key=lambda row: (_filled(spec, row), -row["created_at"].timestamp()))


def _filled(spec: ObjectSpec, row: Row) -> int:
    return sum(1 for name, entry in spec.writable_fields.items() if not entry.kind.is_empty(row.get(name)))


def _compared(presenter: Presenter, rows: Sequence[Row], keep: Row) -> list[dict[str, Any]]:
    """Return the fields in which the records differ, with each record's value; lists are united instead."""
    fields = []
    for name, entry in presenter.spec.writable_fields.items():
        values = [row.get(name) for row in rows]
        filled = [value for value in values if not entry.kind.is_empty(value)]
        if not filled or presenter.access[name] is not FieldAccess.EDITABLE or all(v == filled[0] for v in values):
            continue
        kept = keep if not entry.kind.is_empty(keep.get(name)) else rows[values.index(filled[0])]
        fields.append(
            {
                "name": f"{CHOICE}{name}",
                "label": str(entry.label),
                "is_united": entry.kind.many,
                "sides": [
                    {
                        "id": row["id"],
                        "cell": presenter.cell(entry, row, in_list=False),
                        "is_chosen": row["id"] == kept["id"],
                        "is_empty": entry.kind.is_empty(row.get(name)),
                    }
                    for row in rows
                ],
            }
        )
    return fields
