"""Saved views, as a program sees and sets them."""

from __future__ import annotations

from typing import Any

import pytest

from banyan.core.identity.models import Department, Role
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, api_client, sign_in

BIG = {"all": [{"field": "annual_revenue", "op": "gte", "value": "1000"}]}
VIEW: dict[str, Any] = {
    "object": "customers", "name": "Big ones", "filter": BIG, "sort": ["-annual_revenue"],
    "columns": ["number", "name"], "colors": [{"filter": BIG, "color": "red"}],
}  # fmt: skip


def send(client: Any, method: str, path: str, body: Any = None) -> Any:
    return getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json")


def test_view_is_saved_listed_used_changed_and_deleted(cast: Cast) -> None:
    olga = api_client(cast, "owner")
    made = send(olga, "post", "views", VIEW)
    assert made.status_code == 201, made.text
    view = made.json()
    assert {name: view[name] for name in VIEW} == VIEW
    assert (view["shared"], view["mine"], view["may_change"]) == (False, True, True)

    listed = olga.get("/api/v1/views?object=customers").json()["items"]
    assert view in listed
    assert listed[0]["id"] is None
    assert "Big ones" in sign_in(cast, "owner").get(f"/customers?view={view['id']}").text

    changed = send(olga, "patch", f"views/{view['id']}", {"name": "Biggest", "pinned": False}).json()
    assert changed == {**view, "name": "Biggest", "pinned": False}
    assert olga.get(f"/api/v1/views/{view['id']}").json() == changed
    assert olga.delete(f"/api/v1/views/{view['id']}").status_code == 204
    assert olga.get(f"/api/v1/views/{view['id']}").status_code == 404


def test_views_of_others_stay_theirs_until_they_are_shared(cast: Cast, strangers: Cast) -> None:
    olga, ada, tom = (api_client(cast, name) for name in ("owner", "admin", "teammate"))
    own = send(olga, "post", "views", VIEW).json()
    assert tom.get(f"/api/v1/views/{own['id']}").status_code == 404
    assert send(tom, "patch", f"views/{own['id']}", {"name": "Mine"}).status_code == 404
    assert send(olga, "post", "views", {**VIEW, "name": "Shared", "shared": True}).status_code == 403

    with organization_scope(cast.organization.pk):
        role, department = str(Role.objects.get(key="manager").pk), str(Department.objects.all()[0].pk)
    shared = send(ada, "post", "views", {**VIEW, "name": "All", "shared": True, "roles": [role], "first_for": [role],
                                         "departments": [department]}).json()  # fmt: skip
    assert (shared["roles"], shared["first_for"], shared["departments"]) == ([role], [role], [department])
    assert tom.get(f"/api/v1/views/{shared['id']}").json()["mine"] is False
    assert send(tom, "patch", f"views/{shared['id']}", {"name": "Mine"}).status_code == 403
    assert tom.delete(f"/api/v1/views/{shared['id']}").status_code == 403
    assert api_client(strangers, "admin").get(f"/api/v1/views/{shared['id']}").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"object": "nothing"}, "object"),
        ({"name": ""}, "name"),
        ({"filter": {"all": [{"field": "nothing", "op": "eq", "value": "1"}]}}, "nothing"),
        ({"sort": ["nothing"]}, "sort"),
        ({"display": "map"}, "display"),
        ({"colors": [{"filter": BIG, "color": "pink"}]}, "colors.0.color"),
        ({"roles": ["01a21897-50a8-769b-87d1-e91ea3e45333"]}, "roles"),
        ({"departments": ["no id"]}, "departments"),
        ({"extra": 1}, "extra"),
    ],
)
def test_what_cannot_be_is_refused_by_name(cast: Cast, wrong: dict[str, Any], field: str) -> None:
    ada = api_client(cast, "admin")
    refused = send(ada, "post", "views", {**VIEW, **wrong})

    assert refused.status_code == 422, refused.text
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert [item for item in ada.get("/api/v1/views?object=customers").json()["items"] if item["id"]] == []
