"""Access reviews as a program that governs identities does them."""

from __future__ import annotations

import uuid

import pytest

from banyan.core.access.models import AccessReview
from banyan.core.identity.models import Role, User
from banyan.core.identity.services import set_roles


@pytest.fixture
def ada(call, scope):
    return call("admin")


def decide(ada, review, scope, name, **body):
    return ada.post(f"access-reviews/{review}/people/{scope.users[name].pk}", body)


def test_review_is_begun_decided_finished_and_its_rights_stay(scope, ada):
    begun = ada.post("access-reviews")
    review = begun.json()["id"]
    assert (begun.status_code, begun["Location"]) == (201, f"/api/v1/access-reviews/{review}")
    assert ada.post("access-reviews").status_code == 409
    south = scope.departments["south"].pk
    there = ada.get(f"access-reviews/{review}/people?department={south}&decision=open").json()["items"]
    assert {person["user"]["name"] for person in there} == {"Sam Sales", "Tom Teammate"}
    assert "never" in there[0]["unusual"]

    [role] = scope.users["salesperson"].roles.all()
    reduced = decide(ada, review, scope, "salesperson", decision="reduced", roles=[str(role.pk)], remark="moved")
    assert (reduced.status_code, reduced.json()["taken"], reduced.json()["remark"]) == (200, [str(role.pk)], "moved")
    assert decide(ada, review, scope, "viewer", decision="ended").status_code == 200
    assert ada.post(f"access-reviews/{review}/finish").status_code == 422
    for name in ("admin", "manager", "owner", "teammate"):
        assert decide(ada, review, scope, name, decision="confirmed").status_code == 200
    assert decide(ada, review, scope, "owner", decision="confirmed").status_code == 409
    finished = ada.post(f"access-reviews/{review}/finish").json()

    assert (finished["people"], finished["open"], finished["waiting"]) == (6, 0, 0)
    assert finished["finished_by"] == str(scope.users["admin"].pk)
    assert not scope.users["salesperson"].roles.exists()
    assert not User.objects.get(pk=scope.users["viewer"].pk).is_active
    before = ada.get(f"access-reviews/{review}/rights").json()
    Role.objects.filter(key="salesperson").update(name="Other", grants={"*": {"view": "all"}})
    assert ada.get(f"access-reviews/{review}/rights").json() == before
    assert before["counts"]["active"] == 5
    assert ada.post(f"access-reviews/{review}/finish").status_code == 409


def test_bad_decisions_are_refused_and_change_nothing(scope, ada):
    review = ada.post("access-reviews").json()["id"]

    refused = [
        decide(ada, review, scope, "viewer", decision="perhaps").status_code,
        decide(ada, review, scope, "viewer", decision="reduced").status_code,
        decide(ada, review, scope, "viewer", decision="ended", remark="x" * 301).status_code,
        ada.post(f"access-reviews/{review}/people/{uuid.uuid4()}", {"decision": "confirmed"}).status_code,
        ada.get(f"access-reviews/{review}/people?decision=perhaps").status_code,
        ada.get(f"access-reviews/{review}/people?department=south").status_code,
    ]

    assert refused == [422, 422, 422, 404, 400, 400]
    assert ada.get(f"access-reviews/{review}").json()["open"] == 6


def test_auditor_reads_and_nobody_else_decides(scope, call, ada, strangers):
    review = ada.post("access-reviews").json()["id"]
    role = Role.objects.create(
        organization=scope.organization, key="auditor", name="Auditor", grants={}, abilities=["see_audit"]
    )
    set_roles(scope.users["owner"], [role])
    auditor = call("owner")

    read = (
        "access-reviews",
        f"access-reviews/{review}",
        f"access-reviews/{review}/people",
        f"access-reviews/{review}/rights",
    )
    assert {auditor.get(path).status_code for path in read} == {200}
    assert {call("salesperson").get(path).status_code for path in read} == {403}
    assert decide(auditor, review, scope, "viewer", decision="ended").status_code == 403
    assert {auditor.post(path).status_code for path in ("access-reviews", f"access-reviews/{review}/finish")} == {403}
    assert AccessReview.objects.get().finished_at is None
