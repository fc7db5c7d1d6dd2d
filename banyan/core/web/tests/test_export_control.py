"""Exports leave a trace, need approval when they are large, and what is conspicuous raises an alert."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.test import Client

from banyan.core.access.models import Deputyship, ReportingLine
from banyan.core.access.scopes import Ability
from banyan.core.audit import alerts
from banyan.core.audit.counting import count, write_counts
from banyan.core.audit.models import Activity, Alert, Entry
from banyan.core.audit.policy import Policy, change_policy
from banyan.core.identity.models import Role, UserRole
from banyan.core.kernel.clock import now, today
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.approving import expire
from banyan.core.transfer.exporting.accounting import most_rows
from banyan.core.transfer.models import ExportRequest
from banyan.core.web.jobs import make_approved_export
from banyan.core.web.tests.pages import DIALOG, make, page_text
from tests.cast import Cast, api_client, sign_in


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


def entries(cast: Cast, kind: str) -> list[Entry]:
    with organization_scope(cast.organization.pk):
        return list(Entry.objects.filter(kind=kind).order_by("id"))


def asked(cast: Cast) -> ExportRequest:
    with organization_scope(cast.organization.pk):
        return ExportRequest.objects.select_related("asked_by").get()


def make_file(cast: Cast, request: ExportRequest) -> None:
    make_approved_export(
        organization_id=str(cast.organization.pk), user_id=str(request.asked_by_id), request_id=str(request.pk)
    )


def test_export_is_written_down_with_its_rows_and_marked(stocked: Cast) -> None:
    answer = sign_in(stocked, "admin").post("/customers/export", {"matching": "", "format": "xlsx"})
    workbook = openpyxl.load_workbook(io.BytesIO(answer.getvalue()))

    (entry,) = entries(stocked, "export")
    assert entry.details["count"] == len(set(entry.details["ids"])) == 3
    assert "name" in entry.details["fields"]
    assert entry.pk.hex[-8:] in answer["Content-Disposition"]
    about = {row[0].value: row[1].value for row in workbook.worksheets[-1].iter_rows()}
    assert about["Exported by"] == "Ada Admin <ada@cast.test>"
    assert about["Entry of the audit log"] == str(entry.pk)
    assert "Ada Admin" in workbook.worksheets[0].oddFooter.left.text
    assert workbook.properties.creator == "Ada Admin <ada@cast.test>"


def test_csv_has_data_alone_and_names_the_entry_in_its_name(stocked: Cast) -> None:
    answer = sign_in(stocked, "admin").post("/customers/export", {"matching": "", "format": "csv"})

    (entry,) = entries(stocked, "export")
    assert len(answer.getvalue().decode("utf-8-sig").strip().splitlines()) == 4
    assert entry.pk.hex[-8:] in answer["Content-Disposition"]


def test_small_export_needs_no_approval(stocked: Cast) -> None:
    choose(stocked, approval_rows=3)

    assert sign_in(stocked, "admin").post("/customers/export", {"matching": ""}).getvalue()


def test_large_export_is_asked_for_decided_made_and_taken(stocked: Cast) -> None:
    choose(stocked, approval_rows=2)
    ada, manager = sign_in(stocked, "admin"), sign_in(stocked, "manager")
    assert "somebody has to approve" in page_text(ada.get("/customers/bulk/export", {"matching": ""}, headers=DIALOG))
    answer = ada.post("/customers/export", {"matching": "", "format": "csv", "reason": "for the fair"})
    request = asked(stocked)
    assert answer["Location"] == f"/exports/{request.pk}"

    assert "Ada Admin asks to export 3 rows." in manager.get("/notifications").text
    assert "for the fair" in page_text(manager.get(f"/exports/{request.pk}"))
    manager.post(f"/exports/{request.pk}/decide", {"decision": "approve", "answer": "once"})
    make_file(stocked, request)

    assert "is approved" in ada.get("/notifications").text
    content = ada.get(f"/exports/{request.pk}/file").getvalue().decode("utf-8-sig")
    assert "Customer 2" in content
    assert [entry.person for entry in entries(stocked, "export.approved")] == ["Mei Manager"]
    assert [entry.pk for entry in entries(stocked, "export")] == [request.entry_id]
    assert len(entries(stocked, "export.downloaded")) == 1


def reports(cast: Cast, person: str, superior: str) -> None:
    with organization_scope(cast.organization.pk):
        ReportingLine.objects.create(
            organization=cast.organization, user=cast.users[person], superior=cast.users[superior]
        )


def stands_in(cast: Cast, deputy: str, person: str, *, days: int = 0) -> None:
    day = today(cast.organization.time_zone) + timedelta(days=days)
    with organization_scope(cast.organization.pk):
        Deputyship.objects.create(
            organization=cast.organization, user=cast.users[person], deputy=cast.users[deputy],
            starts_on=day, ends_on=day,
        )  # fmt: skip


def ask_as(cast: Cast, person: str) -> ExportRequest:
    choose(cast, approval_rows=2)
    sign_in(cast, person).post("/customers/export", {"matching": "", "format": "csv"})
    return asked(cast)


def answer_of(cast: Cast, person: str, request: ExportRequest) -> int:
    client = sign_in(cast, person)
    seen = client.get(f"/exports/{request.pk}").status_code
    decided = client.post(f"/exports/{request.pk}/decide", {"decision": "approve"}).status_code
    assert seen == (200 if decided in {303, 403} else 404)
    return decided


def test_superior_at_any_distance_approves_the_export_of_their_people(stocked: Cast) -> None:
    reports(stocked, "admin", "owner")
    reports(stocked, "owner", "teammate")
    request = ask_as(stocked, "admin")
    tom = sign_in(stocked, "teammate")

    assert "Ada Admin asks to export 3 rows." in tom.get("/notifications").text
    assert "Ada Admin" in page_text(tom.get("/exports"))
    assert answer_of(stocked, "teammate", request) == 303
    assert asked(stocked).decided_by_id == stocked.users["teammate"].pk
    # The file is for whoever asked: approving gives no right to take it.
    make_file(stocked, request)
    assert tom.get(f"/exports/{request.pk}/file").status_code == 403


def test_deputy_of_a_superior_approves_while_the_superior_is_away(stocked: Cast) -> None:
    reports(stocked, "admin", "owner")
    stands_in(stocked, "salesperson", "owner")
    stands_in(stocked, "viewer", "owner", days=3)
    request = ask_as(stocked, "admin")

    assert "asks to export" not in sign_in(stocked, "viewer").get("/notifications").text
    assert answer_of(stocked, "viewer", request) == 404
    assert answer_of(stocked, "salesperson", request) == 303


def test_colleague_and_subordinate_neither_see_nor_decide(stocked: Cast) -> None:
    reports(stocked, "admin", "owner")
    reports(stocked, "viewer", "admin")
    reports(stocked, "salesperson", "owner")
    request = ask_as(stocked, "admin")

    assert {answer_of(stocked, person, request) for person in ("viewer", "salesperson", "teammate")} == {404}
    assert asked(stocked).state == "waiting"


def test_superiors_decide_about_nothing_when_they_are_not_to(stocked: Cast) -> None:
    reports(stocked, "admin", "owner")
    choose(stocked, superiors_approve=False)
    request = ask_as(stocked, "admin")

    assert "asks to export" not in sign_in(stocked, "owner").get("/notifications").text
    assert answer_of(stocked, "owner", request) == 404
    assert answer_of(stocked, "manager", request) == 303


def test_nobody_approves_their_own_export_by_standing_in_or_in_a_circle(stocked: Cast) -> None:
    reports(stocked, "admin", "owner")
    reports(stocked, "owner", "admin")
    stands_in(stocked, "admin", "owner")
    request = ask_as(stocked, "admin")

    assert answer_of(stocked, "admin", request) == 403
    assert asked(stocked).state == "waiting"


def set_limit(cast: Cast, role_key: str, rows: str) -> int:
    """Limit the exports of a role on its page, as the administrator."""
    with organization_scope(cast.organization.pk):
        role = Role.objects.get(key=role_key)
    values = {"name": role.name, "has_sign_in": "1", "most_export_rows": rows, "abilities": role.abilities}
    for name, actions in role.grants.items():
        values |= {f"{name}:{action}": scope for action, scope in actions.items() if isinstance(scope, str)}
    return sign_in(cast, "admin").post(f"/settings/roles/{role.pk}", values).status_code


def give(cast: Cast, person: str, *role_keys: str) -> None:
    with organization_scope(cast.organization.pk):
        for role in Role.objects.filter(key__in=role_keys):
            UserRole.objects.get_or_create(organization=cast.organization, user=cast.users[person], role=role)


@pytest.mark.parametrize(
    ("organization", "limits", "expected"),
    [
        (0, {}, 0), (0, {"manager": 2}, 2), (0, {"manager": 2, "administrator": 9}, 9), (5, {"manager": 9}, 5),
        (9, {"manager": 2}, 2), (5, {"manager": 2, "administrator": 9}, 5), (4, {}, 4),
    ],
)  # fmt: skip
def test_largest_limit_of_the_roles_holds_and_never_more_than_the_organizations(
    stocked: Cast, organization: int, limits: dict[str, int], expected: int
) -> None:
    choose(stocked, most_rows=organization)
    give(stocked, "owner", "manager", "administrator")
    with organization_scope(stocked.organization.pk):
        for key, rows in limits.items():
            Role.objects.filter(key=key).update(most_export_rows=rows)
        actor = stocked.actor("owner")

        assert most_rows(actor, Policy.of(actor.organization)) == expected


def test_role_limits_exports_on_pages_and_no_approval_goes_beyond(stocked: Cast) -> None:
    choose(stocked, approval_rows=1)
    assert set_limit(stocked, "administrator", "2") == 303
    ada = sign_in(stocked, "admin")

    refused = ada.post("/customers/export", {"matching": "", "format": "csv"})
    assert (refused.status_code, "One export may hold 2 rows" in refused.text) == (422, True)
    with organization_scope(stocked.organization.pk):
        assert not ExportRequest.objects.exists()

    assert set_limit(stocked, "administrator", "") == 303
    assert ada.post("/customers/export", {"matching": "", "format": "csv"}).status_code == 303


@pytest.mark.parametrize("typed", ["-1", "many", "10000001", "9" * 30])
def test_limit_of_a_role_has_to_make_sense(stocked: Cast, typed: str) -> None:
    assert set_limit(stocked, "administrator", typed) == 422
    with organization_scope(stocked.organization.pk):
        assert Role.objects.get(key="administrator").most_export_rows == 0


def test_denied_export_is_never_made(stocked: Cast) -> None:
    choose(stocked, approval_rows=2)
    ada = sign_in(stocked, "admin")
    ada.post("/customers/export", {"matching": "", "format": "csv"})
    request = asked(stocked)
    sign_in(stocked, "manager").post(f"/exports/{request.pk}/decide", {"decision": "deny", "answer": "too much"})

    assert "too much" in page_text(ada.get(f"/exports/{request.pk}"))
    assert ada.get(f"/exports/{request.pk}/file").status_code == 409
    assert sign_in(stocked, "manager").post(f"/exports/{request.pk}/decide", {"decision": "approve"}).status_code == 409


def test_more_rows_than_were_approved_are_refused(stocked: Cast) -> None:
    choose(stocked, approval_rows=2)
    sign_in(stocked, "admin").post("/customers/export", {"matching": "", "format": "csv"})
    request = asked(stocked)
    sign_in(stocked, "manager").post(f"/exports/{request.pk}/decide", {"decision": "approve"})
    make(stocked, "customer", {"name": "One more"})
    make_file(stocked, request)

    assert asked(stocked).state == "failed"
    assert "needs approval" in asked(stocked).problem


def test_export_is_made_with_the_rights_of_the_moment(stocked: Cast) -> None:
    choose(stocked, approval_rows=2)
    sign_in(stocked, "owner").post("/customers/export", {"matching": "", "format": "csv"}).getvalue()
    with organization_scope(stocked.organization.pk):
        assert ExportRequest.objects.count() == 0  # a member exports own records only, of which there are none
    sign_in(stocked, "admin").post("/customers/export", {"matching": "", "format": "csv"})
    request = asked(stocked)
    sign_in(stocked, "manager").post(f"/exports/{request.pk}/decide", {"decision": "approve"})
    with organization_scope(stocked.organization.pk):
        Role.objects.filter(key="administrator").update(grants={})
    make_file(stocked, request)

    assert asked(stocked).state == "failed"


@pytest.mark.parametrize(("name", "status"), [("owner", 404), ("admin", 403)])
def test_nobody_decides_without_the_right_or_about_their_own(stocked: Cast, name: str, status: int) -> None:
    choose(stocked, approval_rows=2)
    sign_in(stocked, "admin").post("/customers/export", {"matching": ""})
    request = asked(stocked)
    client = sign_in(stocked, name)

    assert client.post(f"/exports/{request.pk}/decide", {"decision": "approve"}).status_code == status
    assert client.get(f"/exports/{request.pk}").status_code == (404 if name == "owner" else 200)
    assert asked(stocked).state == "waiting"


def test_file_is_for_the_person_who_asked_and_for_some_days(stocked: Cast) -> None:
    choose(stocked, approval_rows=2)
    ada, manager = sign_in(stocked, "admin"), sign_in(stocked, "manager")
    ada.post("/customers/export", {"matching": "", "format": "csv"})
    request = asked(stocked)
    manager.post(f"/exports/{request.pk}/decide", {"decision": "approve"})
    make_file(stocked, request)
    assert manager.get(f"/exports/{request.pk}/file").status_code == 403
    with organization_scope(stocked.organization.pk):
        ExportRequest.objects.update(expires_at=now() - timedelta(minutes=1))
        assert expire() == 1

    assert ada.get(f"/exports/{request.pk}/file").status_code == 409
    assert "Expired" in page_text(ada.get("/exports"))


def test_cap_refuses_what_no_approval_allows(stocked: Cast) -> None:
    choose(stocked, most_rows=2)

    answer = sign_in(stocked, "admin").post("/customers/export", {"matching": ""})

    assert answer.status_code == 422
    assert entries(stocked, "export") == []


def test_refusals_are_written_down_and_counted(stocked: Cast) -> None:
    client = sign_in(stocked, "viewer")
    client.post("/customers/new", {"name": "No right"})
    client.get("/settings/people")
    client.get(f"/customers/{UUID(int=7)}")
    api_client(stocked, "viewer").post("/api/v1/customers", {"name": "X"}, content_type="application/json")

    assert [entry.details["path"] for entry in entries(stocked, "access.refused")][-2:] == [
        "/settings/people", "/api/v1/customers",
    ]  # fmt: skip
    assert [entry.record_id for entry in entries(stocked, "access.missing")] == [UUID(int=7)]
    with organization_scope(stocked.organization.pk):
        assert Activity.objects.get(user_id=stocked.users["viewer"].pk).refusals >= 3


def test_reading_is_counted_by_pages_and_by_programs(stocked: Cast) -> None:
    with organization_scope(stocked.organization.pk):
        write_counts(stocked.organization.pk)
        Activity.objects.all().delete()
    (customer,) = make(stocked, "customer", {"name": "Seen"})
    client, program = sign_in(stocked, "viewer"), api_client(stocked, "viewer")
    client.get(f"/customers/{customer.pk}")
    program.get(f"/api/v1/customers/{customer.pk}")
    program.get("/api/v1/customers")
    client.get("/customers")
    with organization_scope(stocked.organization.pk):
        write_counts(stocked.organization.pk)
        row = Activity.objects.get(user_id=stocked.users["viewer"].pk)

    assert (row.views, row.rows) == (2, 8)


def raise_now(cast: Cast) -> list[Alert]:
    with organization_scope(cast.organization.pk):
        return alerts.raise_alerts(Organization.objects.get(pk=cast.organization.pk))


def test_walk_through_a_list_raises_one_alert_that_somebody_acknowledges(stocked: Cast) -> None:
    choose(stocked, rows_per_hour=5, day_begins=0, day_ends=24)
    program = api_client(stocked, "viewer")
    for _page in range(3):
        program.get("/api/v1/customers")
    (alert,) = raise_now(stocked)
    assert (alert.kind, alert.measured, alert.person) == ("many_rows", 9, "Vera Viewer")
    assert raise_now(stocked) == []

    manager: Client = sign_in(stocked, "manager")
    assert "Read 9 rows of lists within an hour; the limit is 5." in page_text(manager.get("/settings/alerts"))
    assert "Conspicuous: Vera Viewer" in manager.get("/notifications").text
    manager.post(f"/settings/alerts/{alert.pk}", {"remark": "a report, agreed"})

    assert "a report, agreed" in page_text(manager.get("/settings/alerts"))
    assert len(entries(stocked, "alert.raised")) == len(entries(stocked, "alert.acknowledged")) == 1


def test_export_at_night_raises_an_alert(stocked: Cast) -> None:
    hour = datetime.now(ZoneInfo("Asia/Shanghai")).hour  # noqa: TID251 compared with the product's clock
    choose(stocked, day_begins=(hour + 2) % 24, day_ends=(hour + 3) % 24 or 24)
    sign_in(stocked, "admin").post("/customers/export", {"matching": ""}).getvalue()

    assert "odd_hours" in {alert.kind for alert in raise_now(stocked)}


def test_nobody_acknowledges_an_alert_about_themselves(stocked: Cast) -> None:
    choose(stocked, views_per_hour=1)
    with organization_scope(stocked.organization.pk):
        count(stocked.actor("manager"), at_once=True, views=5)
    (alert,) = raise_now(stocked)

    assert sign_in(stocked, "manager").post(f"/settings/alerts/{alert.pk}").status_code == 403


@pytest.mark.parametrize("name", ["owner", "viewer"])
@pytest.mark.parametrize("path", ["/settings/alerts", "/settings/watching"])
def test_pages_are_closed_to_others(cast: Cast, name: str, path: str) -> None:
    assert sign_in(cast, name).get(path).status_code == 403


NUMBERS = {
    "audit_months": "6", "approval_rows": "500", "most_rows": "0", "approval_days": "7", "views_per_hour": "1",
    "rows_per_hour": "1", "exported_rows_per_day": "1", "refusals_per_hour": "1", "day_begins": "8", "day_ends": "18",
}  # fmt: skip


def test_rules_are_chosen_on_a_page(cast: Cast) -> None:
    ada = sign_in(cast, "admin")

    assert ada.post("/settings/watching", {**NUMBERS, "audit_months": "5"}).status_code == 422
    assert ada.post("/settings/watching", NUMBERS).status_code == 303
    assert 'value="500"' in ada.get("/settings/watching").text
