"""Each kind of step, seen from whoever notices what it did."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import ipaddress
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import orjson
import pytest
from django.conf import settings
from django.core import mail

from banyan.automation import services
from banyan.automation.choices import DeliveryState
from banyan.automation.engine import delivering
from banyan.automation.models import Delivery, Run, RunStep
from banyan.automation.tests.conftest import definition, runs_of, sets, step
from banyan.core.access.models import Share
from banyan.core.identity.models import Department
from banyan.core.kernel.outgoing import check_address
from banyan.core.objects.modules import specs_on
from banyan.core.records import door
from banyan.teamwork.models import Comment, Notification, Task
from tests.cast import Cast, sign_in


def model(boss, name):
    return specs_on(boss.organization)[name].model


def test_values_are_fixed_copied_written_counted_and_cleared(boss, rule, customer, work):
    rows = [
        {"field": "notes", "source": "text", "value": "{name} of {owner}, {parent.name}"},
        {"field": "needs", "source": "copy", "value": "parent.name"},
        {"field": "next_follow_up_on", "source": "days", "value": "3"},
        {"field": "website", "source": "clear"},
    ]
    rows = [row for row in rows if not specs_on(boss.organization)["customer"].all_fields[row["field"]].read_only]
    rule(
        "customer",
        definition(
            "created", step("set_fields", values=rows), record={"field": "parent", "op": "isnull", "value": False}
        ),
    )
    above = customer(name="Holding")
    record = customer(name="Child", parent=str(above.pk), website="https://example.com")
    work()
    record.refresh_from_db()
    assert record.notes == "Child of Ada Admin, Holding"
    assert record.needs == "Holding"
    assert not record.website


def test_records_are_created_with_values_and_linked_back(boss, rule, customer, work):
    rows = [
        {"field": "name", "source": "text", "value": "Deal with {name}"},
        {"field": "customer", "source": "record"},
        {"field": "amount", "source": "value", "value": "1200"},
        {"field": "owner", "source": "actor"},
    ]
    rule("customer", definition("created", step("create_record", object="opportunity", values=rows)))
    record = customer()
    work()
    made = model(boss, "opportunity").objects.get()
    assert (made.name, made.customer_id, made.amount, made.owner_id) == (
        "Deal with Harbor Light",
        record.pk,
        1200,
        boss.user_id,
    )


def test_people_take_turns_and_superiors_are_found(boss, rule, customer, work, scope: Cast):
    people = [str(scope.users[name].pk) for name in ("owner", "teammate")]
    rule("customer", definition("created", step("assign", field="owner", way="turn", people=people)))
    for number in range(4):
        customer(name=f"Customer {number}")
    work()
    owners = list(model(boss, "customer").objects.order_by("created_at", "number").values_list("owner_id", flat=True))
    assert sorted(map(str, owners)) == sorted(people * 2)


def test_record_is_shared_with_a_department(boss, rule, customer, work, scope: Cast):
    department = Department.objects.get(name="Sales")
    rule(
        "customer",
        definition("created", step("share", grantees=[f"department:{department.pk}"], access="view", days=7)),
    )
    record = customer()
    work()
    share = Share.objects.get(record_id=record.pk)
    assert share.grantee_id == department.pk
    assert share.ends_on is not None


def test_only_those_who_may_see_the_record_are_told(boss, rule, customer, work, scope: Cast):
    told = [f"person:{scope.users[name].pk}" for name in ("manager", "salesperson")]
    made = rule("customer", definition("created", step("notify", to={"grantees": told}, text="New: {name}")))
    customer(owner=str(scope.users["owner"].pk))
    work()
    assert list(Notification.objects.filter(text="New: Harbor Light").values_list("user__name", flat=True)) == [
        "Mei Manager"
    ]
    line = RunStep.objects.get(run=runs_of(made)[0])
    assert "1 who may not see the record were left out" in line.text


def test_task_and_comment_reach_the_people_they_name(boss, rule, customer, work, scope: Cast):
    owner = str(scope.users["owner"].pk)
    rule("customer", definition(
        "created",
        step("task", title="Call {name}", days=2, to={"fields": ["owner"]}, checklist="One\nTwo", priority="high"),
        step("message", text="Look at {name}", to={"grantees": [f"person:{scope.users['manager'].pk}"]}),
    ))  # fmt: skip
    record = customer(owner=owner)
    work()
    task = Task.objects.get()
    assert (task.name, str(task.assignee_id), task.about, len(task.checklist)) == (
        "Call Harbor Light",
        owner,
        f"customer:{record.pk}",
        2,
    )
    assert Comment.objects.get().text == "@Mei Manager Look at Harbor Light"
    assert Notification.objects.filter(user=scope.users["manager"], kind="mention").exists()


def test_email_is_sent_once_the_run_is_stored_and_the_run_goes_on(boss, rule, customer, work, scope: Cast):
    made = rule("customer", definition(
        "created", step("email", to={"fields": ["owner"]}, addresses=["email"], subject="About {name}", text="Hello"), sets(level="a")
    ))  # fmt: skip
    record = customer(email="them@example.com")
    work()
    assert mail.outbox == []
    assert runs_of(made)[0].state == "waiting"
    deliver(boss)
    assert sorted(message.to[0] for message in mail.outbox) == ["ada@cast.test", "them@example.com"]
    assert mail.outbox[0].subject == "About Harbor Light"
    work()
    record.refresh_from_db()
    assert (record.level, runs_of(made)[0].state) == ("a", "done")


def deliver(boss) -> None:
    """Send what waits, within the transaction of the test."""
    for delivery in Delivery.objects.filter(state=DeliveryState.WAITING):
        delivery.attempts += 1
        delivery.save()
        secret = Run.objects.select_related("rule").get(pk=delivery.run_id).rule.signing_secret
        result = (
            delivering._send_email(boss.organization_id, delivery)
            if delivery.kind == "email"
            else delivering._call(delivery, secret)
        )
        delivering.settle(delivery.pk, result)


@pytest.fixture
def receiver(monkeypatch):
    """A server that answers with the statuses it is told to, and remembers what it got."""
    got: list[tuple[dict[str, str], bytes]] = []
    answers: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers.pop(0) if answers else 200)
            self.end_headers()
            self.wfile.write(b"taken")

        def log_message(self, *_args) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setattr(
        settings, "CONFIGURATION",
        dataclasses.replace(settings.CONFIGURATION, outgoing_networks=(ipaddress.ip_network("127.0.0.0/8"),)),
    )  # fmt: skip
    yield f"http://127.0.0.1:{server.server_port}/in", got, answers
    server.shutdown()
    server.server_close()


def test_webhook_is_signed_tried_again_and_failing_ones_are_tried_by_hand(boss, rule, customer, work, receiver):
    url, got, answers = receiver
    check_address(url)
    made = rule("customer", definition("created", step("webhook", url=url, fields=["name"]), sets(level="a")))
    record = customer()
    work()
    answers[:] = [503, 410]
    deliver(boss)
    assert runs_of(made)[0].state == "waiting"
    deliver(boss)
    run = runs_of(made)[0]
    assert (run.state, "410" in run.reason) == ("failed", True)
    assert Notification.objects.filter(user=boss.user, text__contains="failed").exists()

    services.retry(boss, run.pk)
    deliver(boss)
    work()
    record.refresh_from_db()
    assert (record.level, runs_of(made)[0].state) == ("a", "done")
    headers, body = got[-1]
    moment, signed = (part.partition("=")[2] for part in headers["Banyan-Signature"].split(","))
    assert hmac.new(made.signing_secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest() == signed
    assert len({entry[0]["Idempotency-Key"] for entry in got}) == 1
    assert orjson.loads(body)["record"] == {"id": str(record.pk), "name": "Harbor Light"}


def test_private_addresses_are_refused_when_the_step_is_set(boss, rule, scope: Cast):
    made = rule("customer", definition("created", sets(level="a")), on=False)
    sent = {"kind": "webhook", "place": "", "position": "0", "begun": "1", "url": "http://169.254.169.254/latest"}
    answer = sign_in(scope, "admin").post(f"/automation/{made.pk}/steps/new?kind=webhook", sent)
    assert answer.status_code == 422
    assert "not public" in answer.content.decode()


def test_steps_are_done_for_each_child(boss, rule, customer, work):
    body = [step("set_fields", "inner", values=[{"field": "next_step", "source": "value", "value": "Call"}])]
    only = {"field": "amount", "op": "gte", "value": "100"}
    rule(
        "customer",
        definition(
            "changed",
            step("for_each", object="opportunity", link="customer", filter=only, steps=body),
            config={"fields": ["status"]},
        ),
    )
    record, spec = customer(), specs_on(boss.organization)["opportunity"]
    for amount in (50, 100, 500):
        door.create(boss, spec, {"name": f"Deal {amount}", "customer": str(record.pk), "amount": amount})
    door.update(boss, specs_on(boss.organization)["customer"], record.pk, {"status": "active"})
    work()
    assert sorted(spec.model.objects.filter(next_step="Call").values_list("name", flat=True)) == [
        "Deal 100",
        "Deal 500",
    ]


def test_rule_runs_another_and_one_may_end(boss, rule, customer, work):
    called = rule("customer", definition("called", sets(level="a")), name="Called")
    rule(
        "customer",
        definition("created", step("run_rule", rule=called.key), step("stop"), sets("never", needs="Never")),
        name="Caller",
    )
    record = customer()
    work()
    record.refresh_from_db()
    assert (record.level, record.needs) == ("a", "")
    assert runs_of(called)[0].depth == 1


def test_run_waits_for_a_condition_and_hears_of_it(boss, rule, customer, work, later):
    wait = step("wait_until", filter={"field": "level", "op": "eq", "value": "a"}, amount=7, unit="days", then="end")
    made = rule("customer", definition("created", wait, sets(needs="Go on")))
    record, silent = customer(), customer(name="Silent")
    work()
    assert [run.state for run in runs_of(made)] == ["waiting", "waiting"]
    door.update(boss, specs_on(boss.organization)["customer"], record.pk, {"level": "a"})
    work()
    record.refresh_from_db()
    assert record.needs == "Go on"
    later(days=8)
    work()
    silent.refresh_from_db()
    assert silent.needs == ""
    assert [run.state for run in runs_of(made)] == ["done", "stopped"]


def test_failed_step_is_tried_again_later_then_shown_and_continued_by_hand(boss, rule, customer, work, later):
    made = rule(
        "customer", definition("created", sets("first", level="a"), step("assign", field="owner", way="superior"))
    )
    record = customer()
    work()
    run = runs_of(made)[0]
    assert (run.state, run.reason) == ("failed", "There is nobody to assign it to.")
    made.draft["steps"][1]["config"]["way"] = "actor"
    services.retry(boss, run.pk)
    work()
    assert runs_of(made)[0].state == "failed"
    assert json.dumps(RunStep.objects.filter(run=run).values_list("state", flat=True)[0])
    record.refresh_from_db()
    assert record.level == "a"
    assert RunStep.objects.filter(run=run, step_id="first").count() == 1
