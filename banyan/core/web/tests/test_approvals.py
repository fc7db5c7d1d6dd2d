"""Approvals through pages: asked for, decided, listed, printed, decided from an e-mail, handed over."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from banyan.core.access.actor import system_actor
from banyan.core.approvals.choices import ApprovalState
from banyan.core.approvals.definitions import read_step
from banyan.core.approvals.flows import create_flow, publish_flow, save_step
from banyan.core.approvals.mail_links import make_link
from banyan.core.approvals.models import Approval, Flow, MailLink, Seat
from banyan.core.approvals.services import start_approval
from banyan.core.kernel.mail import mail_server
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.approvals.mail import send_questions
from tests.cast import Cast, sign_in

DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}
SETTINGS = "/settings/approvals"


def text_of(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


@pytest.fixture
def customer(cast: Cast) -> Record:
    with organization_scope(cast.organization.pk):
        owner = cast.actor("owner")
        return door.create(owner, spec_for(owner.organization, "customer"), {"name": "Harbor Light", "level": "b"})


@pytest.fixture
def flow(cast: Cast) -> Flow:
    """A flow in force: Mei Manager decides about customers."""
    with organization_scope(cast.organization.pk):
        admin = cast.actor("admin")
        made = create_flow(admin, spec_for(admin.organization, "customer"), {"en": "Discount"})
        manager = {"kind": "people", "people": [str(cast.users["manager"].pk)]}
        step = read_step({"key": "step-1", "names": {"en": "Manager"}, "approvers": [manager]})
        save_step(admin, made.pk, step)
        return publish_flow(admin, made.pk)


def draw_up(cast: Cast, **step: Any) -> Flow:
    admin = sign_in(cast, "admin")
    assert admin.post(f"{SETTINGS}/new/customer", {"name_zh": "折扣审批", "name_en": "Discount"}).status_code == 303
    with organization_scope(cast.organization.pk):
        flow = Flow.objects.get()
    url = f"{SETTINGS}/{flow.pk}"
    given = {
        "name_zh": "", "name_en": "Manager", "mode": "all", "when_empty": "administrators", "when_starter": "superior",
        "when_late": "remind", "comment": "refusing", "taken": "always", **step,
    }  # fmt: skip
    answer = admin.post(f"{url}/steps/new", given)
    assert answer.status_code == 303, answer.content.decode()
    assert "Put in force" in text_of(admin, url)
    assert admin.post(f"{url}/publish").status_code == 303
    return flow


def test_condition_that_is_added_to_a_step_counts(cast: Cast) -> None:
    tree = json.dumps({"all": [{"field": "level", "op": "eq", "value": "a"}]})
    flow = draw_up(cast, superior="1", filter=tree)
    with organization_scope(cast.organization.pk):
        flow.refresh_from_db()
    (step,) = flow.draft["steps"]
    assert (step["taken"], step["condition"]["all"][0]["field"]) == ("if", "level")

    admin, url = sign_in(cast, "admin"), f"{SETTINGS}/{flow.pk}/steps/{step['key']}"
    given = {"name_en": "Manager", "superior": "1", "mode": "all", "when_empty": "administrators",
             "when_starter": "superior", "when_late": "remind", "comment": "refusing", "filter": tree}  # fmt: skip
    lost = admin.post(url, {**given, "taken": "otherwise"})
    assert lost.status_code == 422
    assert "has no condition of its own" in lost.text
    # Whoever says "always" of a step that had a condition means it.
    assert admin.post(url, {**given, "taken": "always"}).status_code == 303
    with organization_scope(cast.organization.pk):
        flow.refresh_from_db()
    assert flow.draft["steps"][0]["taken"] == "always"


@pytest.fixture
def asked(cast: Cast, flow: Flow, customer: Record) -> Approval:
    """An approval that Olga Owner has asked for."""
    with organization_scope(cast.organization.pk):
        owner = cast.actor("owner")
        return start_approval(owner, flow.pk, spec_for(owner.organization, "customer"), customer.pk, reason="Big")


def state_of(cast: Cast, approval: Approval) -> str:
    with organization_scope(cast.organization.pk):
        return Approval.objects.get(pk=approval.pk).state


def seat_of(cast: Cast) -> str:
    with organization_scope(cast.organization.pk):
        return str(Seat.objects.get(state="open").pk)


def test_request_is_decided_on_my_day_and_the_starter_is_told(cast: Cast, flow: Flow, customer: Record) -> None:
    manager, owner = sign_in(cast, "manager"), sign_in(cast, "owner")
    start = f"/approvals/start/customers/{customer.pk}/{flow.pk}"
    assert start in text_of(owner, f"/customers/{customer.pk}")
    assert "What it is about" in text_of(owner, start)
    assert owner.post(start, {"reason": "A big customer"}).status_code == 303
    with organization_scope(cast.organization.pk):
        asked = Approval.objects.get()

    day = text_of(manager, "/")
    assert "Waiting for your decision" in day
    assert "Harbor Light" in day
    assert "waiting for Mei Manager" in text_of(owner, f"/customers/{customer.pk}")
    answer = manager.post(f"/approvals/{asked.pk}/agree", {"seat": seat_of(cast)}, headers=DIALOG)
    assert answer.status_code == 204, answer.content.decode()

    assert state_of(cast, asked) == ApprovalState.AGREED
    assert "Waiting for your decision" not in text_of(manager, "/")
    panel = owner.get(f"/approvals/{asked.pk}", headers={"HX-Request": "true", "HX-Target": "panel-body"})
    assert "<html" not in panel.content.decode()
    assert "AP-000001" in owner.get(f"/customers/{customer.pk}/timeline", headers=DIALOG).text
    assert "is agreed to" in text_of(owner, "/notifications")
    for box in ("started", "to_decide", "decided", "copies"):
        assert ("Harbor Light" in text_of(owner, f"/approvals?box={box}")) == (box == "started")


def test_refusing_asks_for_a_reason_and_shows_it_everywhere(cast: Cast, asked: Approval) -> None:
    manager, owner = sign_in(cast, "manager"), sign_in(cast, "owner")
    url, seat = f"/approvals/{asked.pk}", seat_of(cast)

    assert "Refuse" in text_of(manager, f"{url}/refuse")
    refused = manager.post(f"{url}/refuse", {"seat": seat}, headers=DIALOG)
    assert refused.status_code == 422
    assert "needs a comment" in refused.content.decode()
    assert state_of(cast, asked) == ApprovalState.RUNNING
    assert manager.post(f"{url}/refuse", {"seat": seat, "comment": "Too much"}).status_code == 303

    assert state_of(cast, asked) == ApprovalState.REFUSED
    assert "Too much" in text_of(owner, url)
    paper = text_of(owner, f"{url}/print")
    assert "AP-000001" in paper
    assert "Mei Manager" in paper
    assert "Too much" in paper


def test_several_are_agreed_to_at_once(cast: Cast, asked: Approval) -> None:
    manager = sign_in(cast, "manager")

    assert manager.post("/approvals/agree", {"ids": [str(asked.pk), str(asked.pk)]}).status_code == 303

    assert state_of(cast, asked) == ApprovalState.AGREED


def test_request_goes_back_on_and_on(cast: Cast, asked: Approval) -> None:
    manager, owner, admin = (sign_in(cast, name) for name in ("manager", "owner", "admin"))
    url = f"/approvals/{asked.pk}"

    assert "Return to" in text_of(manager, f"{url}/return")
    assert manager.post(f"{url}/return", {"seat": seat_of(cast), "to": "starter", "comment": "Why?"}).status_code == 303
    assert "returned to you" in text_of(owner, url)
    assert owner.post(f"{url}/resubmit", {"comment": "Because"}).status_code == 303
    given = {"seat": seat_of(cast), "user": str(cast.users["admin"].pk)}
    assert manager.post(f"{url}/add", {**given, "before": "before"}).status_code == 303
    assert admin.post(f"{url}/agree", {"seat": seat_of(cast)}).status_code == 303
    assert manager.post(f"{url}/hand-on", {**given, "seat": seat_of(cast)}).status_code == 303
    assert owner.post(f"{url}/remind").status_code == 303
    assert owner.post(f"{url}/say", {"comment": "Please"}).status_code == 303
    assert owner.post(f"{url}/withdraw", {"comment": "Never mind"}).status_code == 303

    assert state_of(cast, asked) == ApprovalState.WITHDRAWN
    page = text_of(owner, url)
    for words in ("Why?", "Because", "Please", "Never mind", "Handed on", "Added an approver before"):
        assert words in page


def test_locked_record_says_who_decides_and_cannot_be_deleted(cast: Cast, asked: Approval, customer: Record) -> None:
    owner = sign_in(cast, "owner")

    refused = owner.post(f"/customers/{customer.pk}/edit", {"fields": "name", "name": "Other", "version": "1"})
    assert refused.status_code == 422
    assert "Mei Manager decides" in refused.content.decode()
    assert owner.post(f"/customers/{customer.pk}/delete").status_code == 409


def test_others_see_neither_approval_nor_its_acts(cast: Cast, strangers: Cast, asked: Approval) -> None:
    seat = seat_of(cast)
    for browser in (sign_in(cast, "salesperson"), sign_in(strangers, "admin")):
        for path in ("", "/print", "/agree", "/say"):
            assert browser.get(f"/approvals/{asked.pk}{path}").status_code == 404
        assert browser.post(f"/approvals/{asked.pk}/agree", {"seat": seat}).status_code == 404
    viewer = sign_in(cast, "viewer")
    assert viewer.post(f"/approvals/{asked.pk}/agree", {"seat": seat}).status_code == 403
    assert state_of(cast, asked) == ApprovalState.RUNNING


@pytest.fixture
def link(cast: Cast, asked: Approval) -> str:
    with organization_scope(cast.organization.pk):
        return f"/approvals/mail/{make_link(Seat.objects.get(state='open'), cast.users['manager'].pk)}"


def test_mail_link_needs_sign_in_shows_first_and_works_once(cast: Cast, asked: Approval, link: str) -> None:
    assert Client().get(link).headers["Location"].startswith("/sign-in")
    assert Client().post(link, {"decision": "agree"}).status_code == 302
    assert "sent to Mei Manager" in text_of(sign_in(cast, "owner"), link, 403)
    manager = sign_in(cast, "manager")
    assert "Harbor Light" in text_of(manager, link)
    assert state_of(cast, asked) == ApprovalState.RUNNING, "opening the page changes nothing"
    assert manager.post(link, {"decision": "refuse"}).status_code == 422

    assert "You agreed" in manager.post(link, {"decision": "agree"}).content.decode()

    assert state_of(cast, asked) == ApprovalState.AGREED
    assert "used already" in text_of(manager, link, 404)


def test_mail_link_is_enough_only_where_the_organization_says_so(cast: Cast, asked: Approval, link: str) -> None:
    assert sign_in(cast, "admin").post(f"{SETTINGS}/mail", {"allowed": "on"}).status_code == 303
    browser = Client(enforce_csrf_checks=True)

    assert "Mei Manager" in text_of(browser, link)
    assert browser.post(link, {"decision": "agree"}).status_code == 403
    token = browser.cookies["csrftoken"].value if "csrftoken" in browser.cookies else ""
    token = token or re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', text_of(browser, link))[0]
    given = {"decision": "agree", "csrfmiddlewaretoken": token}
    assert browser.post(link, given).status_code == 200

    assert state_of(cast, asked) == ApprovalState.AGREED
    assert browser.get("/").status_code == 302, "the link signs nobody in"
    assert text_of(Client(), "/approvals/mail/bny_nonsense", 404)


def test_approver_gets_a_message_with_a_link(cast: Cast, asked: Approval, settings: Any) -> None:
    settings.MAIL_SERVER = mail_server("smtp://mail.example:25")
    send_questions(organization_id=str(cast.organization.pk), seat_ids=[seat_of(cast)])

    message = mail.outbox[-1]
    assert message.to == ["manager@cast.test"]
    assert "Harbor Light" in message.subject
    found = re.search(r"/approvals/mail/\S+", str(message.body))
    assert found is not None
    assert "Agree" in text_of(sign_in(cast, "manager"), found[0])
    with organization_scope(cast.organization.pk):
        assert found[0].split("_", 2)[2] not in MailLink.objects.values_list("token_hash", flat=True)


def test_what_waits_for_a_leaver_is_handed_over_and_given_back(cast: Cast, asked: Approval) -> None:
    admin = sign_in(cast, "admin")
    url = f"/settings/people/{cast.users['manager'].pk}/hand-over"
    assert "AP-000001 · Discount: Harbor Light" in text_of(admin, url)

    answer = admin.post(url, {"people:approvals": [str(cast.users["viewer"].pk)]}, follow=True)
    assert "1 approval was handed over" in answer.content.decode()
    assert "Harbor Light" in text_of(sign_in(cast, "viewer"), "/approvals")
    undo = re.search(rf"{url}/approvals/[0-9a-f-]+/undo", answer.content.decode())
    assert undo is not None
    assert admin.post(undo[0]).status_code == 303

    assert "Harbor Light" in text_of(sign_in(cast, "manager"), "/approvals")
    assert "Harbor Light" not in text_of(sign_in(cast, "viewer"), "/approvals")
    assert admin.post(url, {"people:approvals": [str(cast.users["manager"].pk)]}).status_code == 422


def pages_of(flow: Flow) -> list[str]:
    parts = ["", "/start", "/gate", "/lock", "/options", "/outcome/agreed", "/outcome/refused", "/steps/step-1"]
    return [SETTINGS, f"{SETTINGS}/heads", f"{SETTINGS}/mail", f"{SETTINGS}/document",
            *(f"{SETTINGS}/{flow.pk}{part}" for part in parts)]  # fmt: skip


def test_set_up_is_for_those_who_may_customise(cast: Cast, flow: Flow) -> None:
    admin, owner = sign_in(cast, "admin"), sign_in(cast, "owner")

    assert {url: code for url in pages_of(flow) if (code := admin.get(url).status_code) != 200} == {}
    assert {url: code for url in pages_of(flow) if (code := owner.get(url).status_code) != 403} == {}
    assert owner.post(f"{SETTINGS}/{flow.pk}/off").status_code == 403


def test_flow_is_drawn_up_tried_out_and_kept_in_versions(cast: Cast, customer: Record) -> None:
    admin, flow = sign_in(cast, "admin"), draw_up(cast, people=str(cast.users["manager"].pk))
    url = f"{SETTINGS}/{flow.pk}"
    condition = '{"all": [{"field": "level", "op": "eq", "value": "b"}]}'
    start = {"starters": "viewers", "filter": condition}
    assert admin.post(f"{url}/start", start).status_code == 303
    assert (
        admin.post(
            f"{url}/start", {**start, "filter": '{"all": [{"field": "gone", "op": "eq", "value": 1}]}'}
        ).status_code
        == 422
    )
    assert admin.post(f"{url}/gate", {"filter": condition}).status_code == 303
    assert admin.post(f"{url}/lock", {"fields_locked": ["level"], "afterwards": "locked"}).status_code == 303
    assert admin.post(f"{url}/options", {"name_en": "Levels", "withdrawing": "never", "once": "on"}).status_code == 303
    assert 'name="level"' in text_of(admin, f"{url}/outcome/agreed/control?field=level")
    assert admin.post(f"{url}/outcome/agreed", {"field": "level", "level": "a"}).status_code == 303
    assert admin.post(f"{url}/outcome/agreed", {"field": "nothing"}).status_code == 422
    page = text_of(admin, f"{url}?record={customer.pk}&starter={cast.users['owner'].pk}")

    for words in ("Levels", "Mei Manager", "They stay locked", "Discard the draft", "Version 1"):
        assert words in page
    assert admin.post(f"{url}/publish").status_code == 303
    assert admin.post(f"{url}/versions/1/restore").status_code == 303
    assert admin.post(f"{url}/discard").status_code == 303
    assert admin.post(f"{url}/steps/order", {"keys": ["step-1"]}).status_code == 303
    assert admin.post(f"{url}/steps/step-1/delete").status_code == 303
    assert admin.post(f"{url}/publish").status_code == 422
    assert "A flow needs at least one step" in text_of(admin, url)
    assert admin.post(f"{url}/off").status_code == 303
    assert admin.post(f"{url}/on").status_code == 303
    assert admin.post(f"{url}/delete").status_code == 303
    assert "No flow yet" in text_of(admin, SETTINGS)


def test_head_of_the_department_decides(cast: Cast, customer: Record) -> None:
    admin = sign_in(cast, "admin")
    sales = cast.departments["sales"].pk
    assert admin.post(f"{SETTINGS}/heads", {f"head:{sales}": str(cast.users["viewer"].pk)}).status_code == 303
    flow = draw_up(cast, head="on")

    shown = text_of(admin, f"{SETTINGS}/{flow.pk}?record={customer.pk}&starter={cast.users['teammate'].pk}")

    assert "Vera Viewer" in shown


def test_automation_starts_what_people_may_not(cast: Cast, flow: Flow, customer: Record) -> None:
    with organization_scope(cast.organization.pk):
        actor = system_actor(cast.organization)
        approval = start_approval(actor, flow.pk, spec_for(cast.organization, "customer"), customer.pk, reason="Rule 7")
    assert "The system" in text_of(sign_in(cast, "manager"), f"/approvals/{approval.pk}")
