"""The audit log as those who keep watch see it: what enters it, who may read it, and how it is searched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from banyan.core.access.scopes import Ability
from banyan.core.audit.models import Entry
from banyan.core.audit.notes import note
from banyan.core.audit.sealing import seal
from banyan.core.identity.models import Role
from banyan.core.jobs.jobs import seal_audit_log, verify_audit_log
from banyan.core.jobs.models import JobRun
from banyan.core.kernel.clock import now
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.security.details import told_details
from banyan.core.web.tests.pages import HX, make, page_text
from tests.cast import PASSWORD, Cast, api_client, sign_in

URL = "/settings/audit"


@pytest.fixture
def ada(cast: Cast) -> Client:
    return sign_in(cast, "admin")


def entries(cast: Cast, kind: str = "") -> list[Entry]:
    with organization_scope(cast.organization.pk):
        rows = Entry.objects.order_by("id")
        return list(rows.filter(kind=kind) if kind else rows)


def mask(cast: Cast, *paths: str, role: str = "read_only") -> None:
    """Let a role see fields masked."""
    with organization_scope(cast.organization.pk):
        Role.objects.filter(key=role).update(field_grants=dict.fromkeys(paths, "masked"))


def test_signing_in_and_out_is_written_down(cast: Cast) -> None:
    client = Client(REMOTE_ADDR="203.0.113.7", headers={"User-Agent": "Reader 1.0"})
    client.post("/sign-in", {"email": "ada@cast.test", "password": "wrong"})
    client.post("/sign-in", {"email": "ada@cast.test", "password": PASSWORD})
    client.post("/sign-out")

    found = entries(cast)
    assert [entry.kind for entry in found] == ["sign_in_failed", "signed_in", "signed_out"]
    assert [entry.result for entry in found] == ["failed", "done", "done"]
    assert {entry.person for entry in found} == {"Ada Admin"}
    assert {entry.address for entry in found} == {"203.0.113.7"}
    assert found[0].details["user_agent"] == "Reader 1.0"


def test_unknown_address_is_nobodys_business(cast: Cast) -> None:
    Client().post("/sign-in", {"email": "nobody@cast.test", "password": "wrong"})

    assert entries(cast) == []


def test_changed_password_is_written_down(cast: Cast, ada: Client) -> None:
    ada.post("/settings/me/password", {"current": PASSWORD, "password": "another long passphrase 7"})

    assert [entry.person for entry in entries(cast, "password_changed")] == ["Ada Admin"]


def test_page_of_a_record_with_protected_fields_is_written_down(cast: Cast) -> None:
    (customer,) = make(cast, "customer", {"name": "Protected", "phone": "+8613812345678"})
    mask(cast, "customer.phone")

    sign_in(cast, "owner").get(f"/customers/{customer.pk}")
    sign_in(cast, "viewer").get(f"/customers/{customer.pk}")

    (entry,) = entries(cast, "read.guarded")
    assert (entry.person, entry.object_name, entry.record_id) == ("Olga Owner", "customer", customer.pk)
    assert entry.details == {"fields": ["phone"]}


def test_nothing_is_written_down_when_no_field_is_protected(cast: Cast, ada: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Open", "phone": "+8613812345678"})
    ada.get(f"/customers/{customer.pk}")

    assert entries(cast) == []


def test_list_through_the_interface_is_one_entry_with_the_ids_of_what_was_shown(cast: Cast) -> None:
    rows = make(cast, "customer", {"name": "A", "phone": "+8613812345678"}, {"name": "B", "phone": "+8613812345679"},
                {"name": "Empty"})  # fmt: skip
    mask(cast, "customer.phone")

    api_client(cast, "owner").get("/api/v1/customers")
    api_client(cast, "viewer").get("/api/v1/customers")

    (entry,) = entries(cast, "read.guarded")
    assert (entry.channel, entry.details["fields"]) == ("api", ["phone"])
    assert sorted(entry.details["ids"]) == sorted(str(row.pk) for row in rows[:2])


def test_change_of_rights_stands_in_the_log_with_old_and_new(cast: Cast, ada: Client) -> None:
    with organization_scope(cast.organization.pk):
        role = Role.objects.get(key="manager")
    ada.post(f"/settings/people/{cast.users['viewer'].pk}", {
        "name": "Vera Viewer", "email": "viewer@cast.test", "roles": [str(role.pk)],
    })  # fmt: skip

    text = page_text(ada.get(URL, {"group": "setup"}))

    assert "Set-up: changed" in text
    assert "Read only → Manager" in text


def test_changes_of_records_show_fields_and_no_values(cast: Cast, ada: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Nobody's business"})
    api_client(cast, "owner").patch(
        f"/api/v1/customers/{customer.pk}", {"name": "A secret name"}, content_type="application/json"
    )

    text = page_text(ada.get(URL, {"group": "record", "object": "customer"}))

    assert "Record changed" in text
    assert "Olga Owner" in text
    assert "A secret name" not in text


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({}, {"export", "read.guarded"}),
        ({"group": "exports"}, {"export"}),
        ({"group": "reads"}, {"read.guarded"}),
        ({"group": "security"}, set()),
        ({"user": "owner"}, {"export"}),
        ({"text": "olga"}, {"export"}),
        ({"text": "phone"}, {"read.guarded"}),
        ({"object": "order"}, set()),
        ({"since": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"}, set()),
        ({"since": "2020-01-01T00:00:00Z"}, {"export", "read.guarded"}),
    ],
)
def test_log_is_searched_through_the_interface(cast: Cast, asked: dict[str, str], shown: set[str]) -> None:
    with organization_scope(cast.organization.pk):
        note(cast.actor("owner"), "export", object_name="customer", details={"count": 2})
        note(cast.actor("admin"), "read.guarded", object_name="customer", details={"fields": ["phone"]})
    if "user" in asked:
        asked = {"user": str(cast.users[asked["user"]].pk)}

    answer = api_client(cast, "admin").get("/api/v1/audit", asked)

    assert answer.status_code == 200
    kinds = {item["kind"] for item in answer.json()["items"]}
    assert kinds - {"record.create", "setup.create", "record.update"} == shown


def test_pages_follow_each_other_without_gap_or_repetition(cast: Cast) -> None:
    make(cast, "customer", *({"name": f"Customer {number}"} for number in range(7)))
    with organization_scope(cast.organization.pk):
        for number in range(6):
            note(cast.actor("admin"), f"test.{number}")
    client = api_client(cast, "admin")
    everything = client.get("/api/v1/audit", {"limit": 500}).json()["items"]
    seen, cursor = [], ""
    while cursor is not None:
        answer = client.get("/api/v1/audit", {"limit": 4, **({"cursor": cursor} if cursor else {})}).json()
        seen += [item["id"] for item in answer["items"]]
        cursor = answer["next"]

    assert seen == [item["id"] for item in everything]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) >= 13


@pytest.mark.parametrize("parameters", [{"group": "x"}, {"user": "x"}, {"since": "yesterday"}, {"since": "2026-01-01"}, {"other": "1"}])  # fmt: skip
def test_wrong_question_is_refused(cast: Cast, parameters: dict[str, str]) -> None:
    assert api_client(cast, "admin").get("/api/v1/audit", parameters).status_code == 400


@pytest.mark.parametrize("person", ["manager", "owner", "viewer"])
def test_log_is_closed_to_people_without_the_right(cast: Cast, person: str) -> None:
    client = sign_in(cast, person)

    assert {client.get(f"{URL}{path}").status_code for path in ("", "/export", "/state")} == {403}
    assert client.post(f"{URL}/check").status_code == 403
    assert api_client(cast, person).get("/api/v1/audit").status_code == 403


def test_auditor_without_any_other_right_reads_the_log(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        role = Role.objects.get(key="read_only")
        role.grants, role.abilities = {}, [Ability.SEE_AUDIT.value]
        role.save()
        note(cast.actor("admin"), "export", object_name="customer")

    assert "Exported" in page_text(sign_in(cast, "viewer").get(URL))


def test_log_of_strangers_is_out_of_reach(cast: Cast, strangers: Cast) -> None:
    with organization_scope(strangers.organization.pk):
        note(strangers.actor("admin"), "test.strangers")

    items = api_client(cast, "admin").get("/api/v1/audit").json()["items"]

    assert "test.strangers" not in {item["kind"] for item in items}


def test_export_of_the_log_is_written_down_itself(cast: Cast, ada: Client) -> None:
    with organization_scope(cast.organization.pk):
        note(cast.actor("owner"), "export", object_name="customer", details={"name": "=1+1"})

    content = ada.get(f"{URL}/export", {"group": "exports"}).getvalue().decode("utf-8-sig")

    assert "Olga Owner" in content
    assert "Exported" in content
    assert [entry.details["rows"] for entry in entries(cast, "audit.exported")] == [1]


def test_check_now_says_that_the_log_is_whole(cast: Cast, ada: Client) -> None:
    with organization_scope(cast.organization.pk):
        note(cast.actor("owner"), "export")
        seal(cast.organization.pk, horizon=now() + timedelta(seconds=1))
    ada.post(f"{URL}/check")
    assert "Checking the audit log" in ada.get(f"{URL}/state", headers=HX).text
    with organization_scope(cast.organization.pk):
        run = JobRun.objects.get()
    verify_audit_log(organization_id=str(cast.organization.pk), user_id=str(cast.users["admin"].pk), run_id=str(run.pk))

    assert "rows are as they were sealed" in page_text(ada.get(URL))
    assert [entry.result for entry in entries(cast, "audit.verified")] == ["done"]


def test_job_seals_the_log_of_every_organization(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with organization_scope(cast.organization.pk):
        note(cast.actor("owner"), "export")
    seal_audit_log(timestamp=0)

    with organization_scope(cast.organization.pk):
        assert Entry.objects.count() == 1


def test_page_is_shown_in_chinese(cast: Cast) -> None:
    client = sign_in(cast, "admin")
    client.post("/settings/me/language", {"language": "zh-hans"})

    assert "审计日志" in page_text(client.get(URL))


def test_details_name_colleagues_and_fields(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        note(cast.actor("owner"), "read.guarded", object_name="customer", details={"fields": ["phone"]})
        note(cast.actor("admin"), "security.sessions_ended", details={"person": str(cast.users["viewer"].pk)})

    page = page_text(sign_in(cast, "admin", **{"Accept-Language": "en"}).get(URL))

    assert "Fields: Phone" in page
    assert "Person: Vera Viewer" in page


@pytest.mark.parametrize(
    ("details", "lines"),
    [
        ({"way": "password"}, [("Way", "Password")]),
        ({"way": "01a2177d-c599-73c8-a02d-6a0d6187d309"}, [("Way", "Single sign-on")]),
        ({"factor": "totp", "ids": ["x"], "reason": ""}, [("Second factor", "Authenticator app")]),
        ({"changed": {"min_length": [8, 12]}}, [("Changed", "Shortest password: 8 → 12")]),
        ({"approved": True, "fields": ["a", "b"]}, [("Approved", "Yes"), ("Fields", "a, b")]),
        ({"code": "not_allowed", "path": "/x", "method": "GET"}, [("Address", "/x"), ("Kind of request", "Reading")]),
        ({"reason": "too_many", "alert": "x"}, [("Reason", "Too many devices")]),
        ({"unheard_of": 7}, [("unheard_of", "7")]),
    ],
)
def test_details_are_told_in_words(details: dict[str, Any], lines: list[tuple[str, str]]) -> None:
    with override("en"):
        assert [(line["name"], line["text"]) for line in told_details(details)] == lines
