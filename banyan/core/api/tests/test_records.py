"""Lists and single records, as a program sees them."""

from __future__ import annotations

import uuid

import pytest

from banyan.core.access.scopes import Action
from banyan.core.identity.models import Role
from banyan.core.objects.models import CustomField
from banyan.core.objects.registry import forget
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from tests.cast import api_client


@pytest.fixture
def restrict_field(cast):
    """Give a role's people less than everything for one field."""

    def restrict(role, path, level):
        with organization_scope(cast.organization.pk):
            Role.objects.filter(key=role).update(field_grants={path: level})

    return restrict


def test_record_has_its_fields_by_name_and_exact_amounts(olga, cast):
    created = olga.post(
        "customers",
        {
            "name": "云杉科技",
            "phone": "13800138000",
            "annual_revenue": 1234567.1,
            "tags": ["重点"],
            "source": "referral",
        },
    )

    item = created.json()
    assert created.status_code == 201
    assert created["Location"] == f"/api/v1/customers/{item['id']}"
    assert created["ETag"] == '"1"'
    assert item["number"] == "C-00001"
    assert item["version"] == 1
    assert item["owner"] == str(cast.users["owner"].pk)
    assert item["annual_revenue"] == "1234567.10"
    assert item["phone"] == "+8613800138000"
    assert item["tags"] == ["重点"]
    assert item["created_at"].endswith("Z")
    assert olga.get(f"customers/{item['id']}").json() == item
    assert olga.get("customers").json() == {"items": [item], "next": None}


def test_custom_fields_stand_beside_built_in_ones(olga, cast):
    with organization_scope(cast.organization.pk):
        for name, kind in (("budget", "money"), ("founded", "date")):
            CustomField.objects.create(
                organization=cast.organization, object_name="customer", name=name, kind=kind, labels={"en": name}
            )
        forget(Organization.objects.get(pk=cast.organization.pk))

    created = olga.create("customers", name="Own fields", budget="12.5", founded="2020-02-29")

    assert (created["budget"], created["founded"]) == ("12.50", "2020-02-29")
    assert [row["id"] for row in olga.get("customers?budget__gte=12.5&sort=-founded").json()["items"]] == [
        created["id"]
    ]
    assert "budget" in str(olga.get("openapi.json").content)


def test_create_names_every_field_that_is_wrong(olga):
    response = olga.post("customers", {"email": "nobody", "founded_year": "long ago", "colour": "red", "version": 7})

    assert response.status_code == 422
    assert {(error["field"], error["code"]) for error in response.json()["errors"]} == {
        ("email", "not_email"),
        ("founded_year", "not_number"),
        ("colour", "unknown_field"),
        ("version", "read_only"),
        ("name", "required"),
    }


def test_change_touches_only_the_fields_it_names(olga):
    before = olga.create("customers", name="Old", notes="keep me")

    after = olga.patch(f"customers/{before['id']}", {"name": "New"})

    assert (after.status_code, after["ETag"]) == (200, '"2"')
    assert (after.json()["name"], after.json()["notes"], after.json()["version"]) == ("New", "keep me", 2)


def test_change_is_refused_and_shows_theirs_when_somebody_was_faster(olga, call):
    seen = olga.create("customers", name="Seen", notes="same")
    call("manager").patch(f"customers/{seen['id']}", {"name": "Theirs"})

    refused = olga.patch(f"customers/{seen['id']}", {"name": "Mine"}, If_Match='"1"')

    assert refused.status_code == 412
    problem = refused.json()
    assert (problem["code"], problem["version"], problem["current"]) == ("stale", 2, {"name": "Theirs"})
    accepted = olga.patch(f"customers/{seen['id']}", {"name": "Mine"}, If_Match='"2"')
    assert accepted.json()["name"] == "Mine"


@pytest.mark.parametrize("tag", ["nonsense", '"0"', '"99999999999999999999"', "2"])
def test_change_is_refused_when_the_version_is_none_of_the_records(olga, tag):
    record = olga.create("customers", name="One")

    assert olga.patch(f"customers/{record['id']}", {"name": "Two"}, If_Match=tag).status_code == 412


def test_any_version_will_do_when_the_tag_is_a_star(olga):
    record = olga.create("customers", name="One")

    assert olga.patch(f"customers/{record['id']}", {"name": "Two"}, If_Match="*").status_code == 200


def test_record_is_not_sent_again_when_the_client_has_its_version(olga):
    record = olga.create("customers", name="Cached")

    assert olga.get(f"customers/{record['id']}", If_None_Match='"1"').status_code == 304
    olga.patch(f"customers/{record['id']}", {"name": "Fresh"})
    assert olga.get(f"customers/{record['id']}", If_None_Match='"1"').json()["name"] == "Fresh"


def test_deleted_record_is_gone_until_it_is_restored(olga):
    record = olga.create("customers", name="Bin")
    path = f"customers/{record['id']}"

    assert olga.delete(path, If_Match='"7"').status_code == 412
    deleted = olga.delete(path, If_Match='"1"')

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert olga.get(path).status_code == 404
    assert olga.delete(path).status_code == 404
    assert olga.get("customers").json()["items"] == []
    assert olga.client.post(f"/api/v1/{path}/restore", {"any": "form"}).json()["name"] == "Bin"
    assert olga.get(path).status_code == 200
    assert olga.post(f"{path}/restore").status_code == 404


def test_history_tells_who_changed_what(olga, call):
    record = olga.create("customers", name="First")
    call("manager").patch(f"customers/{record['id']}", {"name": "Second"})

    entries = olga.get(f"customers/{record['id']}/history").json()["items"]

    assert [(entry["action"], entry["actor"]["name"], entry["channel"]) for entry in entries] == [
        ("update", "Mei Manager", "api"),
        ("create", "Olga Owner", "api"),
    ]
    assert entries[0]["values"] == {"name": {"old": "First", "new": "Second"}}
    page = olga.get(f"customers/{record['id']}/history?limit=1").json()
    rest = olga.get(f"customers/{record['id']}/history?limit=1&cursor={page['next']}").json()
    assert page["items"] + rest["items"] == entries
    assert rest["next"] is None


def test_history_says_nothing_of_fields_that_are_hidden(olga, call, restrict_field):
    record = olga.create("customers", name="Secret", notes="old")
    olga.patch(f"customers/{record['id']}", {"notes": "new", "needs": "more"})
    restrict_field("read_only", "customer.notes", "hidden")

    latest = call("viewer").get(f"customers/{record['id']}/history").json()["items"][0]

    assert list(latest["values"]) == ["needs"]


def test_hidden_fields_are_absent_and_masked_ones_unreadable(olga, call, restrict_field):
    record = olga.create("customers", name="Private", phone="13800138000", annual_revenue="99.50")
    restrict_field("read_only", "customer.phone", "hidden")
    assert "phone" not in call("viewer").get(f"customers/{record['id']}").json()
    assert call("viewer").get("customers?phone=13800138000").status_code == 400

    restrict_field("read_only", "customer.annual_revenue", "masked")
    shown = call("viewer").get("customers").json()["items"][0]
    assert "99" not in str(shown["annual_revenue"])


def test_stranger_finds_nothing_of_another_organization(olga, strangers):
    record = olga.create("customers", name="Ours")
    stranger = api_client(strangers, "admin")

    assert stranger.get("/api/v1/customers").json()["items"] == []
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/history"), ("POST", "/restore")):
        response = stranger.generic(
            method, f"/api/v1/customers/{record['id']}{path}", data="{}", content_type="application/json"
        )
        assert response.status_code == 404, (method, path)


def test_reader_may_look_but_not_touch(olga, call):
    record = olga.create("customers", name="Look")
    viewer = call("viewer")

    assert viewer.get(f"customers/{record['id']}").status_code == 200
    for response in (
        viewer.post("customers", {"name": "Mine"}),
        viewer.patch(f"customers/{record['id']}", {"name": "Mine"}),
        viewer.delete(f"customers/{record['id']}"),
        viewer.post("customers/bulk", {"create": [{"name": "Mine"}]}),
    ):
        assert (response.status_code, response.json()["code"]) == (403, "not_allowed")


def test_salesperson_sees_own_customers_only_and_gets_the_id_of_what_is_given_away(olga, call, cast):
    record = olga.create("customers", name="Olga's")
    sam = call("salesperson")

    assert sam.get("customers").json()["items"] == []
    assert sam.get(f"customers/{record['id']}").status_code == 404
    given = sam.post("customers", {"name": "For Olga", "owner": str(cast.users["owner"].pk)})
    assert (given.status_code, list(given.json())) == (201, ["id"])


def test_nobody_without_the_right_to_view_gets_a_list(call, cast):
    with organization_scope(cast.organization.pk):
        Role.objects.filter(key="read_only").update(grants={"*": {Action.VIEW.value: "none"}})

    assert call("viewer").get("customers").status_code == 403


def test_object_is_absent_when_its_module_is_off(olga, cast):
    Organization.objects.filter(pk=cast.organization.pk).update(modules_off=["customers"])

    for path in ("customers", f"customers/{uuid.uuid4()}", "customers/bulk"):
        assert olga.get(path).status_code == 404
    document = olga.get("openapi.json").json()
    assert not [path for path in document["paths"] if path.startswith("/customers")]


def test_id_that_is_none_is_simply_not_found(olga):
    for path in ("customers/1", "customers/nothing", "customers/%00", f"customers/{uuid.uuid4()}", "users/x"):
        assert olga.get(path).status_code == 404, path
