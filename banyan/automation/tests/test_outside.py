"""Calls from other systems, and the REST interface."""

from __future__ import annotations

import json

from django.test import Client

from banyan.automation import services
from banyan.automation.models import Run
from banyan.automation.tests.conftest import definition, runs_of, sets
from banyan.automation.views import outside
from banyan.core.kernel.rate_limits import RateLimiter
from banyan.core.objects.modules import specs_on
from tests.cast import Cast, api_client

MAPPING = [{"field": "name", "path": "company.name"}, {"field": "phone", "path": "phones.0"}]


def send(token: str, message: object, **headers: str):
    body = message if isinstance(message, str) else json.dumps(message)
    return Client().post(f"/hooks/{token}", body, content_type="application/json", headers=headers)


def test_message_creates_or_finds_a_record_and_counts_once(boss, rule, work):
    config = {"mode": "find_or_create", "match": "phone", "mapping": MAPPING}
    made = rule("customer", definition("hook", sets(level="a"), config=config))
    token = services.new_address(boss, made)
    model = specs_on(boss.organization)["customer"].model
    message = {"company": {"name": "Acme"}, "phones": ["+442071234567"]}

    first = send(token, message, **{"Idempotency-Key": "one"})
    again = send(token, message, **{"Idempotency-Key": "one"})
    changed = send(token, {**message, "company": {"name": "Acme Limited"}})

    assert (first.status_code, again.status_code, changed.status_code) == (202, 200, 202)
    assert first.json()["run"] == again.json()["run"]
    work()
    record = model.objects.get()
    assert (record.name, record.level) == ("Acme Limited", "a")
    assert len(runs_of(made)) == 2


def test_bad_messages_and_addresses_are_refused_in_words(boss, rule):
    made = rule("customer", definition("hook", sets(level="a"), config={"mode": "create", "mapping": MAPPING}))
    token = services.new_address(boss, made)
    assert send(f"{token}x", {}).status_code == 404
    assert send("nothing", {}).status_code == 404
    assert Client().get(f"/hooks/{token}").status_code == 405
    assert send(token, "{").status_code == 400
    assert send(token, "[]").status_code == 400
    assert send(token, {"other": 1}).json()["errors"][0]["code"] == "nothing_mapped"
    wrong = send(token, {"company": {"name": "x" * 5000}})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "name")
    services.new_address(boss, made)
    assert send(token, {"company": {"name": "Old address"}}).status_code == 404
    services.disable(boss, made)
    assert Run.objects.count() == 0


def test_too_many_calls_have_to_wait(boss, rule, monkeypatch):
    monkeypatch.setattr(outside, "limiter", RateLimiter(2))
    made = rule("customer", definition("hook", sets(level="a"), config={"mode": "create", "mapping": MAPPING}))
    token = services.new_address(boss, made)
    answers = [send(token, {"company": {"name": f"Acme {number}"}}) for number in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_interface_lists_shows_switches_and_tries_again(boss, rule, customer, work, scope: Cast):
    made = rule("customer", definition("created", sets(level="a")))
    api = api_client(scope, "admin")
    assert api.get("/api/v1/automation-rules?state=on").json()["items"][0]["key"] == made.key
    assert api.get(f"/api/v1/automation-rules/{made.pk}").json()["definition"]["trigger"]["kind"] == "created"
    record = customer()
    work()
    runs = api.get(f"/api/v1/automation-runs?record={record.pk}").json()["items"]
    assert [run["state"] for run in runs] == ["done"]
    shown = api.get(f"/api/v1/automation-runs/{runs[0]['id']}").json()
    assert shown["steps"][0]["state"] == "done"
    assert api.post(f"/api/v1/automation-runs/{runs[0]['id']}/retry").status_code == 409
    assert api.post(f"/api/v1/automation-rules/{made.pk}/disable").json()["state"] == "off"
    assert api.post(f"/api/v1/automation-rules/{made.pk}/enable").json()["state"] == "on"
    assert api_client(scope, "owner").get("/api/v1/automation-rules").status_code == 403
