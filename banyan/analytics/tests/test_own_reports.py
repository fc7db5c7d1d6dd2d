"""Reports of one's own: made by page, drawn on the list, opened to their records, kept from whoever may not count."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from banyan.analytics.models import OwnReport
from banyan.core.access.scopes import FieldAccess
from banyan.core.configuration.applying import apply_document, plan_of
from banyan.core.configuration.documents import current_document, read_document, write_document
from banyan.core.identity.models import Role
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import make, page_text
from tests.cast import Cast, api_client, sign_in

SENT = {
    "label": "Customers by level", "question": "Who matters?", "by": "level", "then_by": "status", "measures": ["count", "sum:annual_revenue"],
    "day_field": "created_at", "drawing": "bars", "view": "",
}  # fmt: skip


@pytest.fixture
def ada(cast: Cast) -> Client:
    make(cast, "customer", {"name": "Alpha", "level": "a", "annual_revenue": "120"}, {"name": "Beta", "level": "b"})
    return sign_in(cast, "admin")


def send(client: Client, **changes: Any) -> Any:
    return client.post("/reports/own/new/customer", {**SENT, **changes})


def test_report_is_made_shown_changed_and_deleted(cast: Cast, ada: Client) -> None:
    assert "/reports/own/new/customer" in ada.get("/reports/own/new").text
    assert send(ada).headers["Location"] == "/reports/own-customers_by_level"
    shown = ada.get("/reports/own-customers_by_level")
    assert "Who matters?" in page_text(shown)
    assert "A: key customer Prospect 1 CN¥120" in page_text(shown)
    link = re.search(r'<th scope="row"><a href="([^"]+)"', shown.text)
    assert link is not None
    opened = page_text(ada.get(link[1].replace("&amp;", "&")))
    assert "Alpha" in opened
    assert "Beta" not in opened
    assert 'id="chart-own-customers_by_level"' in ada.get("/reports").text

    ada.post("/reports/own/customers_by_level/edit", {**SENT, "label": "Levels", "then_by": "", "measures": ["count"]})
    assert "Levels" in page_text(ada.get("/reports"))
    ada.post("/reports/own/customers_by_level/delete")
    with organization_scope(cast.organization.pk):
        assert OwnReport.objects.count() == 0


@pytest.mark.parametrize(
    "changes", [{"label": ""}, {"by": "name"}, {"measures": []}, {"measures": ["sum:name"]}, {"day_field": "level"}]
)
def test_impossible_report_is_refused(cast: Cast, ada: Client, changes: dict[str, Any]) -> None:
    assert send(ada, **changes).status_code == 422
    with organization_scope(cast.organization.pk):
        assert OwnReport.objects.count() == 0


def test_report_is_not_there_for_whoever_may_not_see_what_it_adds_up(cast: Cast, ada: Client) -> None:
    send(ada)
    with organization_scope(cast.organization.pk):
        role = Role.objects.get(key="member")
        role.field_grants = {"customer.annual_revenue": FieldAccess.HIDDEN.key}
        role.save()
    owner = sign_in(cast, "owner")
    assert "Customers by level" not in page_text(owner.get("/reports"))
    assert owner.get("/reports/own-customers_by_level").status_code == 404
    assert owner.get("/reports/own/new").status_code == 403
    assert owner.post("/reports/own/customers_by_level/delete").status_code == 403


def test_report_travels_in_the_configuration(cast: Cast, ada: Client) -> None:
    send(ada, view="")
    with organization_scope(cast.organization.pk):
        admin = cast.actor("admin")
        text = write_document(current_document(cast.organization, ["reports"]))
        OwnReport.objects.all().delete()
        apply_document(admin, read_document(text))
        assert OwnReport.objects.get().by == ["level", "status"]
        assert plan_of(admin, read_document(text), removes_extra=True).is_empty


def test_programs_make_run_change_and_delete_a_report(cast: Cast, ada: Client) -> None:
    admin, member = api_client(cast, "admin"), api_client(cast, "viewer")
    body = {
        "labels": {"en": "Levels"},
        "object": "customer",
        "by": ["level"],
        "measures": ["count", "sum:annual_revenue"],
    }
    kind = "application/json"
    made = admin.post("/api/v1/reports/own", body, content_type=kind)
    assert (made.status_code, made.json()["key"]) == (201, "levels")
    path = f"/api/v1/reports/own/{made.json()['id']}"
    assert next(row["path"] for row in admin.get("/api/v1/reports").json()["items"]) == path.removeprefix("/api/v1")
    rows = admin.get(path, {"period": "all"}).json()["tables"][0]["rows"]
    assert [(row["by_0"], row["count"]) for row in rows] == [("A: key customer", 1), ("B: important", 1)]
    changed = admin.patch(path, {"by": ["status"], "measures": ["count"]}, content_type=kind)
    assert (changed.json()["by"], changed.json()["labels"]) == (["status"], {"en": "Levels"})
    wrong = admin.post("/api/v1/reports/own", {"object": 3, "colour": "red", "by": []}, content_type=kind)
    assert {error["field"] for error in wrong.json()["errors"]} == {"labels", "object", "colour"}
    assert admin.post("/api/v1/reports/own", {**body, "by": ["no_such"]}, content_type=kind).status_code == 422
    assert member.post("/api/v1/reports/own", body, content_type=kind).status_code == 403
    assert member.delete(path).status_code == 403
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404
