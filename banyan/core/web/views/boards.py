"""Boards and calendars: their parts that load again, and moving what is on them."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import Invalid, Missing, Unconfirmed
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.web.answers import done, macro, markup, refused
from banyan.core.web.boards import (
    BOARD_ID,
    board_of,
    card_of,
    column_of,
    columns_to_read,
    mark_locked,
    more_cards,
    read_board,
)
from banyan.core.web.calendars import events_between
from banyan.core.web.confirming import ask_script
from banyan.core.web.errors import PROBLEM_TYPE
from banyan.core.web.list_state import read_state
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import presenter_for
from banyan.core.web.processes.guide import mark_late
from banyan.core.web.processes.moving import is_governed
from banyan.core.web.selections import state_behind
from banyan.core.web.views.base import object_page
from banyan.core.web.views.inline import card_id, version_of

BOARD_MACROS = "components/board.html"


@object_page("GET")
def board_part(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Answer with the whole board, after something on it has changed."""
    _require_board(spec)
    return markup(macro(BOARD_MACROS, "board", board_of(read_state(request.actor, spec, request.GET))))


@object_page("GET")
def cards_part(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Answer with the next cards of a column."""
    _require_board(spec)
    state = read_state(request.actor, spec, request.GET)
    column = more_cards(state, request.GET.get("column", ""), request.GET.get("cursor", ""))
    return markup(macro(BOARD_MACROS, "cards", {"id": BOARD_ID, "move_url": f"/{spec.plural}/move"}, column))


@object_page("POST", action=Action.EDIT)
def move(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Move a card to another column; answer with the card and the figures of all columns as they are now.

    When the column asks for more than the move, such as a reason, the answer names the dialog to open.
    """
    _require_board(spec)
    board, record_id = spec.board, card_id(request)
    if board is None:
        raise Missing("not_found", _("There is no such page."))
    to, version = request.POST.get("to", ""), version_of(request)
    try:
        door.update(request.actor, spec, record_id, {board.field: to}, expected_version=version)
    except Invalid as error:
        wanted = [entry.field for entry in error.errors if entry.field in spec.writable_fields]
        if not is_governed(request, spec, record_id) and (not wanted or wanted == [board.field]):
            raise
        query = urlencode({"to": to, "version": version or "", "fields": ",".join(wanted)})
        url = f"/{spec.plural}/{record_id}/stage?{query}"
        document = {"status": 422, "detail": str(error.message), "dialog": url}
        return refused(JsonResponse(document, status=422, content_type=PROBLEM_TYPE))
    except Unconfirmed as error:
        fields = {"to": to, "version": version or ""}
        return ask_script(request, error, action=f"/{spec.plural}/{record_id}/stage", fields=fields)
    state = state_behind(request, spec)
    try:
        row = fetch_row(request.actor, spec, record_id, columns=columns_to_read(state))
    except Missing:
        row = None  # The stage has given it to somebody whose records one does not see.
    presenter = presenter_for(request.actor, spec, [row] if row is not None else [])
    found = read_board(state, cards=1)
    shown = {"id": BOARD_ID, "move_url": f"/{spec.plural}/move"}
    heads = [
        macro(BOARD_MACROS, "lane_head", shown, {**column_of(state, presenter, column, found), "cards": []}, oob=True)
        for column in found.columns
    ]
    if row is None:
        return markup(macro(BOARD_MACROS, "gone_card", record_id), *heads)
    card = card_of(state, presenter, row)
    mark_late(spec, [card])
    mark_locked(state, [card], [row])
    return markup(macro(BOARD_MACROS, "card", shown, card, oob=True), *heads)


@object_page("GET")
def events(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Answer with the records between two days, as the calendar asks for them."""
    if spec.calendar is None:
        raise Missing("not_found", _("There is no such page."))
    first, last = _day(request.GET.get("start", "")), _day(request.GET.get("end", ""))
    state = read_state(request.actor, spec, request.GET)
    return JsonResponse({"items": events_between(state, first, last)})


@object_page("POST", action=Action.EDIT)
def reschedule(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Give a record that was dragged in the calendar its new day."""
    if spec.calendar is None:
        raise Missing("not_found", _("There is no such page."))
    record_id = card_id(request)
    entry = spec.all_fields[spec.calendar.start]
    start = request.POST.get("start", "")
    values = {entry.name: start[:10] if entry.kind.widget == "date" else start}
    context = WriteContext.for_actor(request.actor)
    try:
        door.update(request.actor, spec, record_id, values, expected_version=version_of(request), context=context)
    except Unconfirmed as error:
        fields = {"id": record_id, "start": start, "version": request.POST.get("version", "")}
        return ask_script(request, error, action=request.path, fields=fields)
    text = _("Moved to %(day)s.") % {"day": start[:10]}
    return done(request, text, next_url=f"/{spec.plural}", undo_url=f"/undo/{context.batch_id}")


def _require_board(spec: ObjectSpec) -> None:
    if spec.board is None:
        raise Missing("not_found", _("There is no such page."))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Missing("not_found", _("There is no such day.")) from None
