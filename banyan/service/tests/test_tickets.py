"""Tickets from coming in to being rated: times, states, conversation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from banyan.core.kernel.errors import Conflict, Invalid, Refused
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.web.tests.pages import HX, page_text, toast
from banyan.customers.models import Contact
from banyan.service.choices import TicketState
from banyan.service.models import Ticket, TicketMessage
from banyan.service.references import step
from banyan.service.services.talking import Said, hear, say, set_state, take
from banyan.service.tests.conftest import Write
from tests.cast import Cast, sign_in

#: A Wednesday at half past eleven in Shanghai.
BEFORE_LUNCH = datetime(2026, 9, 16, 3, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_an_agent_takes_answers_and_solves_a_ticket_on_its_page(scope: Cast, write: Write, contact: Contact) -> None:
    ticket = write(contact=contact.pk, description="Since this morning.")
    browser, url = sign_in(scope, "owner"), f"/tickets/{ticket.pk}"
    shown = page_text(browser.get(url))
    assert "First reply due in" in shown
    assert "No mail server is set up" in shown
    assert toast(browser.post(f"{url}/take", headers=HX)) == "The ticket is yours."
    empty = browser.post(f"{url}/say", {"kind": "reply", "text": " ", "then": "solve"}, headers=HX)
    assert empty.status_code == 422
    assert "Write something first." in page_text(empty)
    assert (
        browser.post(
            f"{url}/say", {"kind": "reply", "text": "Tighten the nut.", "then": "wait"}, headers=HX
        ).status_code
        == 204
    )
    ticket.refresh_from_db()
    assert (ticket.state, ticket.owner_id) == ("waiting", scope.users["owner"].pk)
    assert ticket.first_replied_at is not None
    assert not ticket.reply_breached
    assert "The clock stands still" in page_text(browser.get(url))
    assert browser.post(f"{url}/state/solved", headers=HX).status_code == 204
    assert browser.post(f"{url}/state/closed", headers=HX).status_code == 204
    closed = browser.post(f"{url}/say", {"kind": "reply", "text": "Still there?"}, headers=HX)
    assert "This ticket is closed. Reopen it to answer" in page_text(closed)
    assert browser.post(f"{url}/say", {"kind": "note", "text": "They called."}, headers=HX).status_code == 204
    page = page_text(browser.get(f"/customers/{ticket.customer_id}"))
    assert "Tickets" in page


def written_at(scope: Cast, at: datetime, **values: Any) -> Ticket:
    actor = scope.actor("owner")
    made = door.create(
        actor, spec_for(scope.organization, "ticket"), {"name": "Leak", **values}, context=step(actor, at=at)
    )
    assert isinstance(made, Ticket)
    return made


def test_the_clock_ignores_lunch_and_stands_still_while_the_customer_is_asked(scope: Cast) -> None:
    actor = scope.actor("owner")
    ticket = written_at(scope, BEFORE_LUNCH, priority="high")
    # One hour for the first reply: half of it after lunch; eight for the solution, the rest tomorrow.
    assert ticket.reply_by == BEFORE_LUNCH + 2.5 * HOUR
    assert ticket.solve_by == datetime(2026, 9, 17, 4, 0, tzinfo=UTC)
    assert ticket.due_at == ticket.reply_by
    say(actor, ticket.pk, Said("Which machine?", then="wait", at=BEFORE_LUNCH + 0.5 * HOUR))
    ticket.refresh_from_db()
    assert ticket.due_at is None
    hear(scope.actor("admin"), ticket, name="Lena", text="The press.", channel="portal", at=BEFORE_LUNCH + 25 * HOUR)
    ticket.refresh_from_db()
    assert ticket.state == TicketState.OPEN
    # From noon to half past twelve of the next day: seven and a half hours of service were waited.
    assert ticket.paused_seconds == 7.5 * 3600
    assert ticket.due_at == ticket.solve_by == datetime(2026, 9, 18, 4, 0, tzinfo=UTC)
    set_state(actor, ticket.pk, "solved", at=datetime(2026, 9, 18, 3, 0, tzinfo=UTC))
    ticket.refresh_from_db()
    assert not ticket.solve_breached
    set_state(actor, ticket.pk, "open", at=datetime(2026, 9, 18, 9, 0, tzinfo=UTC))
    ticket.refresh_from_db()
    assert (ticket.reopened, ticket.solved_at) == (1, None)
    set_state(actor, ticket.pk, "solved", at=datetime(2026, 9, 21, 9, 0, tzinfo=UTC))
    ticket.refresh_from_db()
    assert ticket.solve_breached


def test_what_cannot_be_is_refused_with_the_way_out(scope: Cast, write: Write, contact: Contact) -> None:
    actor, spec = scope.actor("owner"), spec_for(scope.organization, "ticket")
    ticket, part = write(), write()
    door.update(actor, spec, part.pk, {"parent": ticket.pk})
    for changes, told in (
        ({"parent": part.pk}, "cannot be part of itself"),
        ({"received_at": "2090-01-01T00:00:00Z"}, "cannot have come in later than now"),
    ):
        with pytest.raises(Invalid) as refused:
            door.update(actor, spec, ticket.pk, changes)
        assert told in str(refused.value.errors[0].message)
    take(actor, ticket.pk)
    with pytest.raises(Conflict) as taken:
        take(scope.actor("admin"), ticket.pk)
    assert "Olga Owner has this ticket already" in str(taken.value.message)
    with pytest.raises(Refused) as no_mail:
        say(actor, ticket.pk, Said("Hello", mails=True))
    assert "No mail server is set up" in str(no_mail.value.message)
    assert not TicketMessage.objects.exists()
