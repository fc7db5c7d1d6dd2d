"""An export of everything obeys the most rows and the approval of exports; programs see alerts and decide, too."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.test import Client

from banyan.core.access.duties import separate_duties
from banyan.core.access.models import ReportingLine
from banyan.core.access.scopes import Ability
from banyan.core.audit.models import Activity, Alert, Entry
from banyan.core.audit.policy import change_policy
from banyan.core.identity.factors.models import TotpFactor
from banyan.core.identity.factors.totp import begin_totp, confirm_totp
from banyan.core.identity.models import Role
from banyan.core.jobs.models import JobRun
from banyan.core.kernel.clock import now
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.jobs import export_everything
from banyan.core.transfer.models import ExportRequest
from banyan.core.web.jobs import make_approved_export
from banyan.core.web.tests.pages import make, page_text
from tests.cast import PASSWORD, Cast, api_client, sign_in

URL = "/settings/export"


@pytest.fixture
def stocked(cast: Cast) -> Cast:
    """The cast with three customers, and a manager who decides about exports."""
    make(cast, "customer", *({"name": f"Customer {number}"} for number in range(3)))
    with organization_scope(cast.organization.pk):
        role = Role.objects.get(key="manager")
        role.abilities = [*role.abilities, Ability.MANAGE_SECURITY.value]
        role.save()
    return cast


def choose(cast: Cast, **values: Any) -> None:
    with organization_scope(cast.organization.pk):
        change_policy(cast.actor("admin"), **values)


def send(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json")


def run_latest(cast: Cast) -> JobRun:
    with organization_scope(cast.organization.pk):
        run = JobRun.objects.filter(name="transfer.export_everything").latest("asked_at")
    export_everything.func(
        organization_id=str(cast.organization.pk), user_id=str(cast.users["admin"].pk), run_id=str(run.pk)
    )
    return run


def test_everything_needs_approval_when_it_is_many_rows(stocked: Cast) -> None:
    choose(stocked, approval_rows=2)
    ada, manager = sign_in(stocked, "admin"), sign_in(stocked, "manager")

    assert "somebody has to approve" in page_text(ada.get(URL))
    answer = ada.post(f"{URL}/now", {"reason": "We move house"})
    with organization_scope(stocked.organization.pk):
        request = ExportRequest.objects.get()
        assert not JobRun.objects.exists()
    assert answer["Location"] == f"/exports/{request.pk}"
    assert "We move house" in page_text(manager.get(f"/exports/{request.pk}"))
    assert ada.post(f"/exports/{request.pk}/decide", {"decision": "approve"}).status_code == 403
    assert manager.post(f"/exports/{request.pk}/decide", {"decision": "approve"}).status_code == 303
    make_approved_export(
        organization_id=str(stocked.organization.pk),
        user_id=str(stocked.users["admin"].pk),
        request_id=str(request.pk),
    )
    run = run_latest(stocked)

    assert "To the export of everything" in page_text(ada.get(f"/exports/{request.pk}"))
    assert ada.get(f"{URL}/{run.pk}").getvalue().startswith(b"PK")
    with organization_scope(stocked.organization.pk):
        entry = Entry.objects.get(kind="export")
        assert entry.details["everything"]
        assert entry.details["rows"] >= 3
        assert Activity.objects.get(user_id=stocked.users["admin"].pk).exported_rows == entry.details["rows"]


def test_file_of_the_weekly_export_is_not_taken_without_approval(stocked: Cast) -> None:
    ada = sign_in(stocked, "admin")
    assert ada.post(f"{URL}/now").status_code == 303
    run = run_latest(stocked)
    choose(stocked, approval_rows=2)

    assert f'href="{URL}/{run.pk}"' not in ada.get(URL).text
    assert ada.get(f"{URL}/{run.pk}").status_code == 403
    assert api_client(stocked, "admin").get(f"/api/v1/exports/everything/{run.pk}/content").status_code == 403
    choose(stocked, approval_rows=0)
    assert ada.get(f"{URL}/{run.pk}").getvalue().startswith(b"PK")


def test_everything_is_made_and_taken_after_a_fresh_proof_by_the_second_factor_only(stocked: Cast) -> None:
    ada = sign_in(stocked, "admin")
    assert ada.post(f"{URL}/now").headers["Location"] == URL
    run = run_latest(stocked)
    account = stocked.users["admin"].account
    seed = begin_totp(account)
    confirm_totp(account, pyotp.TOTP(seed).now())
    TotpFactor.objects.update(last_step=0)
    confirm = "/settings/me/factors/confirm?next=%2Fsettings%2Fexport"

    # Signed in a moment ago, by a password alone.
    page = ada.get(URL).text
    assert "/settings/export/now" not in page
    assert 'download="' not in page
    for answer in (ada.post(f"{URL}/now"), ada.get(f"{URL}/{run.pk}")):
        assert answer.headers["Location"] == confirm
    refused = ada.post(confirm, {"proof": PASSWORD})
    assert refused.status_code == 422
    assert "Your password does not suffice" in refused.text
    assert ada.post(confirm, {"proof": pyotp.TOTP(seed).now()}).headers["Location"] == URL
    assert ada.get(f"{URL}/{run.pk}").getvalue().startswith(b"PK")
    session = ada.session
    session["factor_proven_at"] = (now() - timedelta(minutes=16)).isoformat()
    session.save()
    assert ada.get(f"{URL}/{run.pk}").headers["Location"] == confirm
    assert ada.get("/settings/me/factors/confirm?next=https://evil.test/").text.count("evil.test") == 0


def test_everything_always_needs_the_security_administrator_where_duties_are_separated(stocked: Cast) -> None:
    with organization_scope(stocked.organization.pk):
        separate_duties(stocked.actor("admin"))
        change_policy(stocked.actor("admin"), superiors_approve=True)
        ReportingLine.objects.create(
            organization=stocked.organization, user=stocked.users["admin"], superior=stocked.users["owner"]
        )
    ada, superior = sign_in(stocked, "admin"), sign_in(stocked, "owner")

    assert "whoever manages security has to approve" in page_text(ada.get(URL))
    assert send(api_client(stocked, "admin"), "/exports/everything", {}).json()["code"] == "approval_needed"
    ada.post(f"{URL}/now", {"reason": "We move house"})
    with organization_scope(stocked.organization.pk):
        request = ExportRequest.objects.get()
        assert not JobRun.objects.exists()
    assert superior.get(f"/exports/{request.pk}").status_code == 404
    assert superior.post(f"/exports/{request.pk}/decide", {"decision": "approve"}).status_code == 404
    assert sign_in(stocked, "manager").post(f"/exports/{request.pk}/decide", {"decision": "approve"}).status_code == 303
    make_approved_export(
        organization_id=str(stocked.organization.pk), user_id=str(stocked.users["admin"].pk), request_id=str(request.pk)
    )
    run = run_latest(stocked)
    assert ada.get(f"{URL}/{run.pk}").getvalue().startswith(b"PK")
    assert "Took an export of everything" in page_text(sign_in(stocked, "manager").get("/settings/alerts"))
    with organization_scope(stocked.organization.pk):
        assert Alert.objects.get(kind="everything_taken").user_id == stocked.users["admin"].pk
        assert Entry.objects.filter(kind="alert.raised").exists()


def test_everything_is_refused_when_it_is_more_than_one_export_may_hold(stocked: Cast) -> None:
    choose(stocked, most_rows=2)
    ada = sign_in(stocked, "admin")

    assert "One export may hold 2 rows" in page_text(ada.get(URL))
    assert "One export may hold 2 rows" in page_text(ada.post(f"{URL}/now"))
    assert send(api_client(stocked, "admin"), "/exports/everything", {}).json()["code"] == "too_many_rows"
    with organization_scope(stocked.organization.pk):
        assert not JobRun.objects.exists()


def test_programs_ask_for_and_decide_about_exports(stocked: Cast) -> None:
    ada, manager, seller = (api_client(stocked, name) for name in ("admin", "manager", "salesperson"))
    assert send(ada, "/export-requests", {"reason": "Move"}).status_code == 409
    choose(stocked, approval_rows=2)
    assert send(ada, "/exports/everything", {}).json()["code"] == "approval_needed"
    assert send(ada, "/export-requests", {}).status_code == 422
    made = send(ada, "/export-requests", {"reason": "Move"})
    assert made.status_code == 201
    address = f"/export-requests/{made.json()['id']}"

    assert manager.get("/api/v1/export-requests?state=waiting").json()["items"][0]["reason"] == "Move"
    assert manager.get(f"/api/v1{address}").json()["object"] is None
    assert manager.get("/api/v1/export-requests?state=odd").status_code == 400
    assert seller.get("/api/v1/export-requests").json()["items"] == []
    assert seller.get(f"/api/v1{address}").status_code == 404
    assert send(seller, f"{address}/decide", {"approve": True}).status_code == 404
    assert send(ada, f"{address}/decide", {"approve": True}).status_code == 403
    assert send(manager, f"{address}/decide", {"approve": "yes"}).status_code == 422
    assert send(manager, f"{address}/decide", {"approve": True, "answer": "once"}).json()["state"] == "making"
    assert send(manager, f"{address}/decide", {"approve": False}).status_code == 409


def test_programs_read_and_acknowledge_alerts(stocked: Cast) -> None:
    with organization_scope(stocked.organization.pk):
        about = {name: stocked.users[name] for name in ("salesperson", "manager")}
        for name, user in about.items():
            Alert.objects.create(
                organization=stocked.organization, user_id=user.pk, person=name, kind="many_views", hour=now(),
                measured=400, expected=300,
            )  # fmt: skip
    manager, seller = api_client(stocked, "manager"), api_client(stocked, "salesperson")

    items = manager.get("/api/v1/alerts?open=true").json()["items"]
    found = {item["user"]["name"]: item["id"] for item in items}
    assert len(found) == 2
    page = manager.get("/api/v1/alerts?limit=1").json()
    assert (
        manager.get("/api/v1/alerts", {"limit": 1, "cursor": page["next"]}).json()["items"][0]["id"] == items[1]["id"]
    )
    assert (
        send(manager, f"/alerts/{found['salesperson']}/acknowledge", {"remark": "a visit"}).json()["remark"]
        == "a visit"
    )
    assert send(manager, f"/alerts/{found['manager']}/acknowledge", {}).status_code == 403
    assert manager.get(f"/api/v1/alerts/{found['salesperson']}").json()["acknowledged_at"]
    assert [item["id"] for item in manager.get("/api/v1/alerts?open=true").json()["items"]] == [found["manager"]]
    assert seller.get("/api/v1/alerts").status_code == 403
    assert seller.get(f"/api/v1/alerts/{found['manager']}").status_code == 403
