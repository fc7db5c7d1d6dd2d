"""A request sent twice is done once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections

from banyan.core.api.models import IdempotencyKey
from banyan.core.kernel.clock import now
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.public import Customer


def test_repeated_request_gets_the_first_answer(olga):
    first = olga.post("customers", {"name": "Once"}, Idempotency_Key="order-1")
    again = olga.post("customers", {"name": "Once"}, Idempotency_Key="order-1")

    assert again.status_code == 201
    assert again.json() == first.json()
    assert (again["Location"], again["ETag"]) == (first["Location"], first["ETag"])
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert olga.get("customers?count=true").json()["count"] == 1


def test_key_is_refused_when_the_request_is_another(olga):
    olga.post("customers", {"name": "Once"}, Idempotency_Key="order-1")

    for path, body in (("customers", {"name": "Twice"}), ("contacts", {"name": "Once"})):
        response = olga.post(path, body, Idempotency_Key="order-1")
        assert (response.status_code, response.json()["code"]) == (422, "idempotency_mismatch")
    assert olga.get("customers?count=true").json()["count"] == 1


def test_key_belongs_to_its_user(olga, call):
    mine = olga.post("customers", {"name": "Same"}, Idempotency_Key="order-1")
    theirs = call("manager").post("customers", {"name": "Same"}, Idempotency_Key="order-1")

    assert theirs.status_code == 201
    assert theirs.json()["id"] != mine.json()["id"]


def test_failed_request_may_be_tried_again(olga):
    assert olga.post("customers", {"name": ""}, Idempotency_Key="order-1").status_code == 422
    assert olga.post("customers", {"name": "Now"}, Idempotency_Key="order-1").status_code == 201


def test_key_is_forgotten_after_a_day(olga, cast):
    olga.post("customers", {"name": "Once"}, Idempotency_Key="order-1")
    with organization_scope(cast.organization.pk):
        IdempotencyKey.objects.update(created_at=now() - timedelta(hours=25))

    olga.post("customers", {"name": "Once"}, Idempotency_Key="order-1")

    assert olga.get("customers?count=true").json()["count"] == 2


@pytest.mark.parametrize("key", ["", "a" * 256, "名字", "a\tb"])
def test_key_is_refused_when_malformed(olga, key):
    response = olga.post("customers", {"name": "Once"}, Idempotency_Key=key)

    assert (response.status_code, response.json()["code"]) == (400, "bad_idempotency_key")


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_simultaneous_requests_write_once(cast, olga):
    answers = []

    def send():
        try:
            answers.append(olga.post("customers", {"name": "Once"}, Idempotency_Key="order-1"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["id"] for answer in answers}) == 1
    with organization_scope(cast.organization.pk):
        assert Customer.objects.count() == 1
