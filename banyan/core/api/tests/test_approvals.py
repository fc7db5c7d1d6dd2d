"""Approvals through the interface: asked for, listed, shown, decided, and by two at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from banyan.core.approvals.definitions import read_step
from banyan.core.approvals.flows import create_flow, publish_flow, save_step
from banyan.core.approvals.models import Act, Approval
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, api_client, forget_entirely, found

URL = "/api/v1/approvals"


def post(client: Client, url: str, **body: Any) -> Any:
    return client.post(url, body, content_type="application/json")


def prepared(cast: Cast, *names: str) -> uuid.UUID:
    """Put a flow in force that the first of these people to decide decides, and return a customer's id."""
    with organization_scope(cast.organization.pk):
        admin, owner = cast.actor("admin"), cast.actor("owner")
        flow = create_flow(admin, spec_for(admin.organization, "customer"), {"en": "Discount"})
        people = {"kind": "people", "people": [str(cast.users[name].pk) for name in names]}
        save_step(admin, flow.pk, read_step({"key": "only", "approvers": [people], "mode": "one"}))
        publish_flow(admin, flow.pk)
        return door.create(owner, spec_for(owner.organization, "customer"), {"name": "Harbor Light"}).pk


def test_approval_is_asked_for_listed_and_decided(cast: Cast) -> None:
    record = prepared(cast, "manager")
    owner, manager = api_client(cast, "owner"), api_client(cast, "manager")
    assert [flow["key"] for flow in owner.get("/api/v1/approval-flows?object=customer").json()["items"]] == ["discount"]

    made = post(owner, URL, flow="discount", object="customer", record=str(record), reason="Big")
    assert made.status_code == 201, made.content
    assert post(owner, URL, flow="discount", object="customer", record=str(record)).status_code == 409
    (waiting,) = manager.get(URL).json()["items"]
    acts = f"{URL}/{waiting['id']}/acts"
    assert post(manager, acts, act="refuse", seat=waiting["my_seat"]).status_code == 422
    assert post(owner, acts, act="agree").status_code == 403
    assert post(manager, acts, act="comment", comment="Let me see").status_code == 200
    decided = post(manager, acts, act="agree", seat=waiting["my_seat"])

    assert decided.json()["state"] == "agreed"
    assert post(manager, acts, act="agree", seat=waiting["my_seat"]).json()["state"] == "agreed"
    assert [entry["act"] for entry in decided.json()["history"]] == ["start", "comment", "agree"]
    assert decided.json()["steps"][0]["approvers"][0]["state"] == "agreed"
    assert manager.get(f"{URL}?box=decided").json()["items"][0]["id"] == waiting["id"]
    assert api_client(cast, "salesperson").get(f"{URL}/{waiting['id']}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"act": 7}, {"act": "dance"}, {"act": "agree", "comment": 1}, {"act": "hand_on"}, {"act": "agree", "to": "x"},
     {"act": "agree", "seat": "x"}, {"act": "resubmit", "chosen": [1]}],
)  # fmt: skip
def test_bad_acts_are_refused_in_words(cast: Cast, body: dict[str, Any]) -> None:
    record = prepared(cast, "manager")
    owner = api_client(cast, "owner")
    made = post(owner, URL, flow="discount", object="customer", record=str(record)).json()

    answer = post(owner, f"{URL}/{made['id']}/acts", **body)

    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_bad_requests_are_refused_in_words(cast: Cast) -> None:
    prepared(cast, "manager")
    owner = api_client(cast, "owner")

    errors = post(owner, URL, flow="gone", object="customer", record="x", more=1).json()["errors"]
    assert [error["field"] for error in errors] == ["more"]
    errors = post(owner, URL, flow="gone", object="customer", record="x").json()["errors"]
    assert {error["field"] for error in errors} == {"record", "flow"}
    assert owner.get(f"{URL}?box=other").status_code == 400


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Cast]:
    cast = found("Two At Once", "once.test")
    yield cast
    forget_entirely(cast)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_of_two_who_decide_at_once_exactly_one_does(committed: Cast) -> None:
    record = prepared(committed, "manager", "admin")
    clients = [api_client(committed, name) for name in ("manager", "admin")]
    owner = api_client(committed, "owner")
    made = post(owner, URL, flow="discount", object="customer", record=str(record)).json()
    seats = [client.get(f"{URL}/{made['id']}").json()["my_seat"] for client in clients]

    def decide(position: int) -> int:
        try:
            body = {"act": ("agree", "refuse")[position], "seat": seats[position], "comment": "Decided"}
            return post(clients[position], f"{URL}/{made['id']}/acts", **body).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        codes = sorted(threads.map(decide, range(2)))

    assert codes == [200, 409]
    with organization_scope(committed.organization.pk):
        assert Approval.objects.get().state in {"agreed", "refused"}
        assert Act.objects.filter(kind__in=["agree", "refuse"]).count() == 1
