"""Which rows an export is about, from a form or from what was kept of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import QueryDict

from banyan.core.access.actor import Actor
from banyan.core.listing.filters import Condition, join
from banyan.core.listing.selection import ListRequest
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.list_state import read_state
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import given_ids


def sent_selection(request: SignedInRequest) -> dict[str, Any]:
    """Return what a form or a dialog's address says is to be exported, in JSON's terms."""
    sent = request.GET if request.method == "GET" else request.POST
    ids = given_ids(sent.getlist("ids"))
    return {"ids": [str(pk) for pk in ids]} if ids else {"matching": sent.get("matching", "")}


def selected_by(actor: Actor, spec: ObjectSpec, selection: Mapping[str, Any]) -> ListRequest:
    """Return the rows meant: those ticked, or all that match the list they were ticked in."""
    ids: Sequence[str] = selection.get("ids", ())
    if ids:
        return ListRequest(filter=join(Condition("id", "in", tuple(ids))))
    state = read_state(actor, spec, QueryDict(selection.get("matching", "")))
    return replace(state.request(), columns=(), cursor="")
