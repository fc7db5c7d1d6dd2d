"""Objects that an organization makes: a project that belongs to a customer, over HTTP and through the door."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from django.test import Client

from banyan.core.kernel.errors import Conflict, DomainError, Invalid
from banyan.core.objects.custom_objects import (
    ObjectDraft,
    change_custom_object,
    create_custom_object,
    delete_custom_object,
)
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.merging import merge, unmerge
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import HX, page_text
from tests.cast import Cast, api_client, sign_in

JSON = "application/json"


@pytest.fixture
def project(cast: Cast):
    """A project that belongs to a customer, with a state, a day, a budget and a link to a contact."""
    Organization.objects.filter(pk=cast.organization.pk).update(edition="standard")
    with organization_scope(cast.organization.pk):
        actor = cast.actor("admin")
        row = create_custom_object(
            actor,
            ObjectDraft(
                {"zh": "项目", "en": "Project"},
                {"zh": "项目", "en": "Projects"},
                title_labels={"zh": "项目名称", "en": "Project name"},
                number_pattern="PRJ-{year}-{number:03d}",
                main_object="customer",
                follows_main=True,
            ),
        )
        for draft in (
            FieldDraft("choice", {"zh": "状态", "en": "State"}, name="state", options=("Planned", "Running", "Done")),
            FieldDraft("date", {"zh": "开工日", "en": "Begins"}, name="begins_on"),
            FieldDraft("money", {"zh": "预算", "en": "Budget"}, name="budget"),
            FieldDraft("link", {"zh": "联系人", "en": "Contact"}, name="contact", settings={"target": "contact"}),
        ):
            create_custom_field(cast.actor("admin"), row.name, draft)
    return row


@pytest.fixture
def api(project, cast: Cast) -> Client:
    return api_client(cast, "admin")


def post(client: Client, path: str, **values):
    answer = client.post(f"/api/v1/{path}", json.dumps(values), content_type=JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_own_object_has_interface_pages_search_and_history(cast: Cast, project, api: Client) -> None:
    customer = post(api, "customers", name="Alder", type="company")
    made = post(api, "projects", name="新厂房 Plant", customer=customer["id"], state="Running", budget="1200.50",
                begins_on="2026-03-05")  # fmt: skip
    browser = sign_in(cast, "admin")

    assert made["number"].startswith("PRJ-")
    assert made["customer"] == customer["id"]
    assert [item["id"] for item in api.get("/api/v1/projects?state=Running&customer.name=Alder").json()["items"]] == [
        made["id"]
    ]
    assert "/projects/{id}" in {key.removeprefix("/api/v1") for key in api.get("/api/v1/openapi.json").json()["paths"]}
    for path in ("/projects", "/projects?display=board", "/projects?display=calendar", f"/projects/{made['id']}",
                 "/projects/new", f"/projects/{made['id']}/history"):  # fmt: skip
        assert browser.get(path).status_code == 200, path
    assert "新厂房 Plant" in page_text(browser.get("/projects"))
    assert "新厂房 Plant" in page_text(browser.get(f"/customers/{customer['id']}/children", headers=HX))
    assert [hit["id"] for hit in api.get("/api/v1/search", {"q": "厂房"}).json()["items"]] == [made["id"]]
    changed = api.patch(f"/api/v1/projects/{made['id']}", '{"state": "Done"}', content_type=JSON)
    assert changed.json()["state"] == "Done"


def test_own_object_is_nothing_to_other_organizations_and_other_editions(
    cast: Cast, strangers: Cast, project, api: Client
) -> None:
    assert api_client(strangers, "admin").get("/api/v1/projects").status_code == 404
    assert sign_in(strangers, "admin").get("/projects").status_code == 404
    Organization.objects.filter(pk=cast.organization.pk).update(edition="basic")
    assert api_client(cast, "admin").get("/api/v1/projects").status_code == 404


def test_two_own_objects_share_a_table_and_no_rows(cast: Cast, project, api: Client) -> None:
    with organization_scope(cast.organization.pk):
        create_custom_object(cast.actor("admin"), ObjectDraft({"zh": "设备", "en": "Machine"}))
    machine = post(api, "machine", name="Press")
    customer = post(api, "customers", name="Alder", type="company")
    made = post(api, "projects", name="Plant", customer=customer["id"])

    assert [item["name"] for item in api.get("/api/v1/projects").json()["items"]] == ["Plant"]
    assert api.get(f"/api/v1/projects/{machine['id']}").status_code == 404
    assert api.patch(f"/api/v1/machine/{made['id']}", "{}", content_type=JSON).status_code == 404


def test_who_sees_the_customer_sees_what_belongs_to_it(cast: Cast, project, api: Client) -> None:
    mine = post(api, "customers", name="Mine", type="company", owner=str(cast.users["salesperson"].pk))
    other = post(api, "customers", name="Other", type="company")
    seen = post(api, "projects", name="Seen", customer=mine["id"])
    hidden = post(api, "projects", name="Hidden", customer=other["id"])
    salesperson = api_client(cast, "salesperson")

    assert [item["name"] for item in salesperson.get("/api/v1/projects").json()["items"]] == ["Seen"]
    assert salesperson.get(f"/api/v1/projects/{hidden['id']}").status_code == 404
    assert salesperson.get(f"/api/v1/projects/{seen['id']}").status_code == 200
    assert sign_in(cast, "salesperson").get(f"/projects/{hidden['id']}").status_code == 404


def test_deleted_customer_takes_what_belongs_to_it_along_and_brings_it_back(cast: Cast, project, api: Client) -> None:
    customer = post(api, "customers", name="Alder", type="company")
    made = post(api, "projects", name="Plant", customer=customer["id"])
    api.delete(f"/api/v1/customers/{customer['id']}")
    during = api.get(f"/api/v1/projects/{made['id']}").status_code
    sign_in(cast, "admin").post("/recycle-bin/customers/restore", {"ids": customer["id"]})

    assert during == 404
    assert api.get(f"/api/v1/projects/{made['id']}").status_code == 200


def test_merged_records_are_followed_by_links_of_own_fields(cast: Cast, project, api: Client) -> None:
    customer = post(api, "customers", name="Alder", type="company")
    kept, dropped = (post(api, "contacts", name=name, customer=customer["id"]) for name in ("Mei", "Mei Li"))
    made = post(api, "projects", name="Plant", customer=customer["id"], contact=dropped["id"])
    with organization_scope(cast.organization.pk):
        actor = cast.actor("admin")
        done = merge(actor, spec_for(actor.organization, "contact"), UUID(kept["id"]), [UUID(dropped["id"])])
    after = api.get(f"/api/v1/projects/{made['id']}").json()["contact"]
    with organization_scope(cast.organization.pk):
        unmerge(cast.actor("admin"), done.batch_id)

    assert after == kept["id"]
    assert api.get(f"/api/v1/projects/{made['id']}").json()["contact"] == dropped["id"]


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (ObjectDraft({}), "labels"),
        (ObjectDraft({"en": "Visit"}, name="Visit!"), "name"),
        (ObjectDraft({"en": "Visit"}, plural="My visits"), "plural"),
        (ObjectDraft({"en": "Visit"}, number_pattern="VIS"), "number_pattern"),
        (ObjectDraft({"en": "Visit"}, number_pattern="{number}-{month}"), "number_pattern"),
        (ObjectDraft({"en": "Visit"}, main_object="nothing"), "main_object"),
    ],
)
def test_impossible_object_is_refused_with_the_field_named(admin, draft: ObjectDraft, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        create_custom_object(admin, draft)
    assert [error.field for error in refused.value.errors] == [field]


@pytest.mark.parametrize(
    "draft",
    [
        ObjectDraft({"en": "Customer"}, name="customer"),
        ObjectDraft({"en": "Lead"}, name="lead"),
        ObjectDraft({"en": "Visit"}, plural="settings"),
        ObjectDraft({"en": "Visit"}, plural="customers"),
        ObjectDraft({"en": "Visit"}, plural="campaigns"),
    ],
)
def test_names_and_addresses_of_the_product_are_taken(admin, draft: ObjectDraft) -> None:
    with pytest.raises(Conflict):
        create_custom_object(admin, draft)


def test_object_with_records_is_switched_off_but_not_deleted(cast: Cast, project, api: Client) -> None:
    customer = post(api, "customers", name="Alder", type="company")
    post(api, "projects", name="Plant", customer=customer["id"])
    with organization_scope(cast.organization.pk):
        with pytest.raises(DomainError, match="has_records"):
            delete_custom_object(cast.actor("admin"), project.pk)
        change_custom_object(cast.actor("admin"), project.pk, is_active=False)
    gone = api.get("/api/v1/projects").status_code
    with organization_scope(cast.organization.pk):
        change_custom_object(cast.actor("admin"), project.pk, is_active=True)

    assert gone == 404
    assert len(api.get("/api/v1/projects").json()["items"]) == 1


def test_link_to_an_object_keeps_it_from_being_deleted(cast: Cast, project) -> None:
    with organization_scope(cast.organization.pk):
        actor = cast.actor("admin")
        machine = create_custom_object(actor, ObjectDraft({"en": "Machine"}))
        draft = FieldDraft("link", {"en": "Machine"}, name="machine", settings={"target": "machine"})
        create_custom_field(cast.actor("admin"), "project", draft)
        with pytest.raises(Conflict, match="pointed_at"):
            delete_custom_object(cast.actor("admin"), machine.pk)


def test_record_is_made_through_the_door_like_any_other(cast: Cast, project) -> None:
    with organization_scope(cast.organization.pk):
        actor = cast.actor("admin")
        spec = spec_for(actor.organization, "project")
        with pytest.raises(Invalid) as refused:
            door.create(actor, spec, {"state": "Nowhere"})
        assert {error.field for error in refused.value.errors} == {"name", "customer", "state"}


def test_interface_makes_changes_and_deletes_objects(cast: Cast, project, api: Client) -> None:
    made = post(api, "custom-objects", labels={"en": "Vehicle", "zh": "车辆"}, number_pattern="V-{number}")
    address = f"/api/v1/custom-objects/{made['id']}"
    changed = api.patch(address, json.dumps({"in_menu": False, "shape": {"columns": ["number"]}}), content_type=JSON)
    wrong = api.post("/api/v1/custom-objects", '{"labels": {"fr": "Voiture"}, "colour": 1}', content_type=JSON)
    twice = api.post("/api/v1/custom-objects", '{"labels": {"en": "Token"}, "plural": "tags"}', content_type=JSON)

    assert (made["name"], made["plural"]) == ("vehicle", "vehicle")
    assert post(api, "vehicle", name="Van")["number"] == "V-1"
    assert (changed.json()["in_menu"], changed.json()["shape"]) == (False, {"columns": ["number"]})
    assert {error["field"] for error in wrong.json()["errors"]} == {"labels.fr", "colour"}
    assert twice.status_code == 409
    assert api.delete(address).status_code == 409
    assert api_client(cast, "manager").get("/api/v1/custom-objects").status_code == 403
