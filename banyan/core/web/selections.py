"""Which records a piece of bulk work is about: those that were ticked, or all that a list shows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from banyan.core.access.decisions import require, restrict
from banyan.core.access.scopes import Action
from banyan.core.bulk.services import MOST_AT_ONCE
from banyan.core.kernel.errors import Refused
from banyan.core.listing.filters import live_rows
from banyan.core.listing.query import ListRequest, matching_rows
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.list_state import ListState, read_state
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import given_ids

MOST_RECORDS = MOST_AT_ONCE
MATCHING, IDS = "matching", "ids"


@dataclass(frozen=True)
class SelectedRecords:
    """The records that may be worked on, how many others were chosen, and how the choice travels in a form.

    ``everything`` is set instead of ``ids`` when they are too many to be worked on while somebody waits.
    """

    ids: Sequence[uuid.UUID]
    left_out: int
    hidden: Sequence[Mapping[str, str]]
    everything: ListRequest | None = None
    total: int = 0

    @property
    def count(self) -> int:
        """Return how many records may be worked on."""
        return self.total or len(self.ids)


def selected_records(request: SignedInRequest, spec: ObjectSpec, action: Action) -> SelectedRecords:
    """Read a selection; records that the person may see, but not work on, are left out.

    Raises ``NotAllowed`` without the right, ``Refused`` when nothing is chosen.
    """
    require(request.actor, spec, action)
    sent = request.POST if request.method == "POST" else request.GET
    if MATCHING in sent:
        found = _matching(request, spec, action, sent[MATCHING])
    else:
        found = _ticked(request, spec, action, given_ids(sent.getlist(IDS)))
    if not found.count and not found.left_out:
        raise Refused("nothing_chosen", _("Choose at least one record."))
    if not found.count:
        raise Refused("not_allowed", _("You may see these records, but not change them."))
    return found


def _ticked(request: SignedInRequest, spec: ObjectSpec, action: Action, ids: list[uuid.UUID]) -> SelectedRecords:
    rows = restrict(live_rows(request.actor, spec).filter(pk__in=ids), request.actor, spec, action)
    allowed = set(rows.values_list("pk", flat=True))
    chosen = [record_id for record_id in ids if record_id in allowed]
    hidden = [{"name": IDS, "value": str(record_id)} for record_id in ids]
    return SelectedRecords(chosen, len(ids) - len(chosen), hidden)


def _matching(request: SignedInRequest, spec: ObjectSpec, action: Action, query: str) -> SelectedRecords:
    state = state_of_query(request, spec, query)
    rows = matching_rows(request.actor, spec, state.request(), action=action)
    ids = list(rows.values_list("pk", flat=True)[: MOST_RECORDS + 1])
    hidden = [{"name": MATCHING, "value": query}]
    if len(ids) > MOST_RECORDS:
        return SelectedRecords((), 0, hidden, state.request(), rows.count())
    return SelectedRecords(ids, 0, hidden)


def state_of_query(request: SignedInRequest, spec: ObjectSpec, query: str) -> ListState:
    """Return the list that an address's parameters describe."""
    return read_state(request.actor, spec, QueryDict(query))


def state_behind(request: SignedInRequest, spec: ObjectSpec) -> ListState:
    """Return the list that the person is looking at while a part of it asks for something."""
    address = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    path, _separator, query = address.partition("?")
    is_own_list = path.rstrip("/").endswith(f"/{spec.plural}")
    return state_of_query(request, spec, query.partition("#")[0] if is_own_list else "")


def outcome_text(text: str, rejected: Mapping[Any, Any], left_out: int) -> str:
    """Return what bulk work did, with how many records it could not change and why."""
    if rejected:
        reasons = next(iter(rejected.values()))
        reason = str(reasons[0].message) if reasons else ""
        text += " " + _("%(count)d could not be changed: %(reason)s") % {"count": len(rejected), "reason": reason}
    if left_out:
        text += " " + _("%(count)d you may not change.") % {"count": left_out}
    return text
