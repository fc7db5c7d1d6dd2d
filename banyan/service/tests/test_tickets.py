"""Tickets from coming in to being rated: times, states, conversation."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from banyan.core.access.actor import system_actor
from banyan.core.kernel.errors import Conflict, Invalid, Refused
from banyan.core.kernel.mail import mail_server
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.merging import merge
from banyan.core.tenancy.models import Organization
from banyan.core.web.tests.pages import HX, page_text, toast
from banyan.customers.models import Contact
from banyan.portal.public import create_link
from banyan.service import jobs
from banyan.service.choices import TicketState
from banyan.service.engine.clock import clock_of
from banyan.service.models import Article, CannedAnswer, Ticket, TicketMessage
from banyan.service.queries import messages_about, messages_of
from banyan.service.references import step
from banyan.service.services.settings import save_setting
from banyan.service.services.talking import Said, customer_link, deliver, hear, say, set_state, take
from banyan.service.setting import service_setting
from banyan.service.tests.conftest import Write
from banyan.teamwork.models import Notification
from tests.cast import Cast, api_client, sign_in

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
    assert ticket.number in page


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


def test_answers_and_articles_are_offered_where_one_replies(scope: Cast, write: Write, contact: Contact) -> None:
    admin, organization = scope.actor("admin"), scope.organization
    spec = spec_for(organization, "article")
    for name, state, audience in (
        ("Press loses oil", "published", "customers"), ("Oil for presses, prices", "published", "internal"),
        ("Oil press draft", "draft", "customers"), ("Cleaning the lamp", "published", "customers"),
    ):  # fmt: skip
        door.create(admin, spec, {"name": name, "text": f"How to: {name}", "state": state, "audience": audience})
    CannedAnswer.objects.create(organization=organization, name="Thanks", text="Dear {contact}, we have {number}.")
    ticket = write(contact=contact.pk)
    browser, url = sign_in(scope, "owner"), f"/tickets/{ticket.pk}"
    shown = browser.get(url).content.decode()
    assert f"Dear Lena Light, we have {ticket.number}." in shown
    assert "Press loses oil" in shown
    assert "Oil for presses, prices" in shown
    assert "How to: Oil for presses" not in shown
    assert "Oil press draft" not in shown
    assert "Cleaning the lamp" not in shown
    article = Article.objects.get(name="Press loses oil")
    said = {"kind": "reply", "text": "See below", "article": article.pk, "then": ""}
    assert browser.post(f"{url}/say", said, headers=HX).status_code == 204
    article.refresh_from_db()
    assert article.used == 1


def test_a_customer_follows_answers_and_rates_at_their_link(scope: Cast, write: Write, contact: Contact) -> None:
    ticket = write(contact=contact.pk)
    say(scope.actor("owner"), ticket.pk, Said("Which one?", then="wait"))
    say(scope.actor("owner"), ticket.pk, Said("They always forget the type.", kind="note"))
    ticket.refresh_from_db()
    link = customer_link(scope.actor("owner"), ticket)
    assert customer_link(scope.actor("owner"), ticket).pk == link.pk
    visitor, url = Client(), "/" + link.url.split("/", 3)[3]
    page = visitor.get(url).content.decode()
    assert "Which one?" in page
    assert "They always forget" not in page
    key = page.split('name="form_key" value="')[1].split('"')[0]
    early = visitor.post(f"{url}/rate", {"form_key": key, "score": "5"})
    assert early.status_code == 422
    assert visitor.post(f"{url}/answer", {"form_key": key, "name": "Lena", "text": "The big one."}).status_code == 303
    ticket.refresh_from_db()
    assert (ticket.state, ticket.stopped_at) == ("open", None)
    assert "Lena answered" in str(sign_in(scope, "owner").get("/notifications").content.decode())
    set_state(scope.actor("owner"), ticket.pk, "solved")
    assert visitor.post(f"{url}/rate", {"form_key": key, "score": "7"}).status_code == 422
    assert visitor.post(f"{url}/rate", {"form_key": key, "score": "4", "remark": "Quick."}).status_code == 303
    ticket.refresh_from_db()
    assert (ticket.score, ticket.remark) == (4, "Quick.")
    set_state(scope.actor("owner"), ticket.pk, "closed")
    closed = visitor.post(f"{url}/answer", {"form_key": key, "text": "Once more."})
    assert "This matter is closed" in closed.content.decode()
    figures = page_text(sign_in(scope, "owner").get(f"/customers/{ticket.customer_id}/in-full"))
    assert "Satisfaction with service" in figures


def test_a_customer_writes_a_ticket_at_the_service_page(scope: Cast, contact: Contact) -> None:
    actor = scope.actor("owner")
    link = create_link(actor, "customer", contact.customer_id, purpose="service")
    visitor, url = Client(), "/" + link.url.split("/", 3)[3]
    key = visitor.get(url).content.decode().split('name="form_key" value="')[1].split('"')[0]
    assert visitor.post(f"{url}/ask", {"form_key": key, "subject": " "}).status_code == 422
    asked = {
        "form_key": key,
        "subject": "No water",
        "name": "Lena",
        "email": "LENA@harbor.test",
        "description": "Since noon",
    }
    answer = visitor.post(f"{url}/ask", asked)
    assert answer.status_code == 303
    ticket = Ticket.objects.get()
    assert (ticket.channel, ticket.contact_id, ticket.customer_id) == ("portal", contact.pk, contact.customer_id)
    assert ticket.reply_by is not None
    assert "Since noon" in visitor.get("/" + answer.headers["Location"].split("/", 3)[3]).content.decode()
    assert "No water" in visitor.get(url).content.decode()
    assert visitor.get(f"{url}/ticket", {"id": str(ticket.pk)}).status_code == 302
    assert visitor.get(f"{url}/ticket", {"id": str(contact.pk)}).status_code == 404


def test_who_is_erased_is_erased_from_what_was_said(scope: Cast, write: Write, contact: Contact) -> None:
    ticket, other = write(contact=contact.pk), write()
    for row in (ticket, other):
        say(scope.actor("owner"), row.pk, Said("Dear Lena"))
    assert [row.ticket_id for row in messages_about({"contact": [contact.pk]})] == [ticket.pk]
    assert {row.ticket_id for row in messages_about({"ticket": [other.pk]})} == {other.pk}


def test_people_are_warned_told_and_relieved_when_time_runs_out(scope: Cast) -> None:
    admin, boss = scope.actor("admin"), scope.users["manager"].pk
    save_setting(admin, supervisor=str(boss), reassigns=True)
    owner = scope.users["owner"].pk
    ticket = written_at(scope, BEFORE_LUNCH, priority="high", owner=owner)
    system = system_actor(Organization.objects.get(pk=scope.organization.pk))
    # Of an hour from half past eleven, 80 % have passed at 13:48.
    assert jobs.warn(system, BEFORE_LUNCH + 2.2 * HOUR) == 0
    assert jobs.warn(system, BEFORE_LUNCH + 2.4 * HOUR) == 1
    assert jobs.warn(system, BEFORE_LUNCH + 2.4 * HOUR) == 0
    assert jobs.tell_broken(system, BEFORE_LUNCH + 3 * HOUR) == 1
    assert jobs.tell_broken(system, BEFORE_LUNCH + 3 * HOUR) == 0
    ticket.refresh_from_db()
    assert (ticket.reply_breached, ticket.owner_id) == (True, boss)
    told = " ".join(Notification.objects.filter(user=owner).values_list("text", flat=True))
    assert "Time is running out" in told
    assert "Promised time has passed" in told
    listed = page_text(sign_in(scope, "manager").get("/tickets?view=overdue"))
    assert "Leak" in listed
    set_state(scope.actor("manager"), ticket.pk, "solved", at=BEFORE_LUNCH + 4 * HOUR)
    assert jobs.close_solved(system, BEFORE_LUNCH + 24 * 9 * HOUR) == 1


def test_who_may_not_see_a_ticket_is_told_nothing_of_what_a_note_about_it_says(scope: Cast, write: Write) -> None:
    ticket = write()
    say(scope.actor("owner"), ticket.pk, Said("@Sam Sales @Ada Admin the boiler of Mr. Wu", kind="note"))

    told = {row.user.name: row for row in Notification.objects.select_related("user").filter(kind="mention")}
    assert "boiler" in told["Ada Admin"].text
    assert told["Ada Admin"].about == f"ticket:{ticket.pk}"
    assert "boiler" not in told["Sam Sales"].text
    assert "may not see" in told["Sam Sales"].text


def test_the_settings_refuse_times_that_make_no_sense(scope: Cast) -> None:
    browser = sign_in(scope, "admin")
    page = browser.get("/settings/service")
    assert page.status_code == 200
    right = {
        "day_1": "9:00-12:00，13:30-18:00", "country": "CN", "exceptions": "2026-05-05 10:00-11:00 Half a day\n2026-12-24 Christmas",
        "warn_percent": "80", "close_days": "7", "supervisor": "", **{f"level_{level}": "100" for level in "abc"},
        **{f"reply_{name}": "1" for name in ("urgent", "high", "normal", "low")},
        **{f"solve_{name}": "8.5" for name in ("urgent", "high", "normal", "low")},
    }  # fmt: skip
    for wrong, told in (
        ({"day_1": "18:00-9:00"}, "ends before it begins"),
        ({"day_1": "9:00-12:00, 11:00-13:00"}, "overlap"),
        ({"day_1": ""}, "There has to be some service time in a week."),
        ({"reply_high": "-1"}, "greater than or equal to 0"),
        ({"solve_high": "0.5"}, "cannot be promised sooner than the first reply"),
        ({"exceptions": "Christmas"}, "does not begin with a day"),
        ({"reassigns": "on"}, "Choose the supervisor who gets the tickets."),
    ):
        answer = browser.post("/settings/service", {**right, **wrong})
        assert answer.status_code == 422, wrong
        assert told in page_text(answer)
    assert browser.post("/settings/service", right).status_code == 303
    organization = Organization.objects.get(pk=scope.organization.pk)
    setting = service_setting(organization)
    assert setting.week["1"] == "09:00-12:00, 13:30-18:00"
    assert setting.targets["high"] == (60, 510)
    hours = clock_of(organization, datetime(2026, 5, 1, tzinfo=UTC)).hours
    assert [str(period.begins) for period in hours.of_day(date(2026, 5, 5))] == ["600"]
    # Labour Day is off; the Saturday on which China makes up for it is a working day.
    assert hours.of_day(date(2026, 5, 1)) == ()
    assert hours.of_day(date(2026, 5, 9)) == hours.of_day(date(2026, 5, 11))
    assert browser.post("/settings/service/answers/new", {"name": "Hello", "text": "Dear {contact}"}).status_code == 303
    assert "Hello" in page_text(browser.get("/settings/service/answers"))
    assert sign_in(scope, "owner").get("/settings/service").status_code == 403


def test_a_program_reads_and_writes_the_conversation(scope: Cast, write: Write) -> None:
    ticket, api = write(), api_client(scope, "owner")
    path = f"/api/v1/tickets/{ticket.pk}/messages"

    def post(**body: Any) -> Any:
        return api.post(path, json.dumps(body), content_type="application/json")

    assert post(text="From our shop", kind="customer", name="Lena").status_code == 201
    assert post(text="On our way", then="wait").status_code == 201
    assert post(text="").status_code == 422
    said = api.get(path).json()["items"]
    assert [(row["kind"], row["text"]) for row in said] == [("customer", "From our shop"), ("reply", "On our way")]
    assert api.get(f"/api/v1/tickets/{ticket.pk}").json()["state"] == "waiting"


def test_duplicates_are_merged_with_what_was_said(scope: Cast, write: Write) -> None:
    kept, dropped = write(), write(name="Oil again")
    say(scope.actor("owner"), dropped.pk, Said("Coming"))
    merge(scope.actor("admin"), spec_for(scope.organization, "ticket"), kept.pk, [dropped.pk])
    assert [row.text for row in messages_of(kept.pk)] == ["Coming"]
    with pytest.raises(Refused):
        merge(scope.actor("admin"), spec_for(scope.organization, "ticket"), kept.pk, [kept.pk])


def test_a_reply_goes_out_by_mail_with_the_customers_link(
    scope: Cast, write: Write, contact: Contact, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.MAIL_SERVER = mail_server("smtp://mail.example:25")
    ticket = write(contact=contact.pk)
    message = say(scope.actor("owner"), ticket.pk, Said("Tighten the nut.", mails=True))
    deliver(scope.actor("owner"), message.pk)
    (mail,) = mailoutbox
    assert mail.to == ["lena@harbor.test"]
    assert "Tighten the nut." in mail.body
    assert "/p/" in mail.body
