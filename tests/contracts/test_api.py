"""What the REST interface promises for every object that is registered."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.test import Client

from banyan.core.objects.models import Record
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from tests.cast import Cast, api_client
from tests.contracts.samples import Maker

JSON = "application/json"


def path(spec: ObjectSpec, *parts: object) -> str:
    return "/".join(["/api/v1", spec.plural, *map(str, parts)])


# Each object takes its own organization and its own records, so what needs the same ones is asked in the same test.


def test_create_read_change_delete_restore(scope: Cast, spec: ObjectSpec, maker: Maker) -> None:
    client = api_client(scope, "admin")
    given = maker.values(spec, full=True)

    created = client.post(path(spec), json.dumps(given), content_type=JSON)
    assert created.status_code == 201, created.content
    item = created.json()
    assert created["Location"].endswith(f"/{spec.plural}/{item['id']}")
    assert {"id", "number", "version", "created_at", "updated_at", "owner"} <= set(item)
    assert as_returned(spec, item, given) == as_sent(spec, given)

    address = path(spec, item["id"])
    read = client.get(address)
    assert (read.status_code, read.json()) == (200, item)
    assert read["ETag"].strip('W/"') == str(item["version"])

    assert client.patch(address, "{}", content_type=JSON).json()["version"] == item["version"]
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert client.post(f"{address}/restore").status_code in {200, 201, 204}
    assert client.get(address).json()["id"] == item["id"]


#: What the product decides by other values than those sent.
DERIVED = {"status", "done_at"}


def as_sent(spec: ObjectSpec, given: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a request as the interface writes them."""
    kinds = {name: spec.all_fields[name].kind for name in given if name not in DERIVED}
    return {name: kind.to_json(kind.from_json(given[name])) for name, kind in kinds.items()}


def as_returned(spec: ObjectSpec, item: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in as_sent(spec, given)}


def test_refusals_say_why(client: Client, scope: Cast, strangers: Cast, spec: ObjectSpec, maker: Maker) -> None:
    record = maker.record(spec)
    nobody_gets_anything(client, spec)
    strangers_find_nothing(api_client(strangers, "admin"), spec, record)
    readers_change_nothing(api_client(scope, "viewer"), spec, record, json.dumps(maker.values(spec)))

    admin = api_client(scope, "admin")
    stale = admin.patch(path(spec, record.pk), "{}", content_type=JSON, headers={"If-Match": '"99"'})
    assert stale.status_code == 412
    assert admin.get(path(spec, uuid.uuid4())).status_code == 404
    bad_values_are_named(admin, spec)
    kept = spec.model.objects.get(pk=record.pk)
    assert (kept.version, kept.deleted_at) == (record.version, None)


def nobody_gets_anything(client: Client, spec: ObjectSpec) -> None:
    refused = client.get(path(spec))

    assert refused.status_code == 401
    assert refused["Content-Type"].startswith("application/problem+json")


def strangers_find_nothing(client: Client, spec: ObjectSpec, record: Record) -> None:
    assert client.get(path(spec, record.pk)).status_code == 404
    assert client.patch(path(spec, record.pk), "{}", content_type=JSON).status_code == 404
    assert client.delete(path(spec, record.pk)).status_code == 404
    assert str(record.pk) not in client.get(path(spec)).content.decode()


def readers_change_nothing(client: Client, spec: ObjectSpec, record: Record, given: str) -> None:
    refusals = {403, 404} if spec.ability else {403}

    # What is kept for those with an ability is nothing to a reader of everything else.
    assert client.get(path(spec, record.pk)).status_code == (403 if spec.ability else 200)
    assert client.post(path(spec), given, content_type=JSON).status_code == 403
    assert client.patch(path(spec, record.pk), given, content_type=JSON).status_code in refusals
    assert client.delete(path(spec, record.pk)).status_code in refusals


def bad_values_are_named(client: Client, spec: ObjectSpec) -> None:
    answer = client.post(path(spec), json.dumps({"no_such_field": 1, "version": 7}), content_type=JSON)

    assert answer.status_code == 422
    problem = answer.json()
    found = {(error["field"], error["code"]) for error in problem["errors"]}
    assert {("no_such_field", "unknown_field"), ("version", "read_only")} <= found
    assert all(error["message"] for error in problem["errors"])


def test_every_field_can_be_listed_and_filtered(scope: Cast, spec: ObjectSpec, maker: Maker) -> None:
    maker.record(spec)
    client = api_client(scope, "admin")

    listed = client.get(path(spec), {"fields": ",".join(spec.all_fields), "limit": 1})
    assert listed.status_code == 200, listed.content
    assert set(spec.all_fields) <= set(listed.json()["items"][0])
    for name, entry in spec.all_fields.items():
        asked = {f"{name}__isnull": "true"} if "isnull" in entry.kind.operators else {}
        if entry.kind.sortable:
            asked["sort"] = f"-{name}"
        found = client.get(path(spec), {**asked, "fields": name, "limit": 1})
        assert found.status_code == 200, (name, found.content)


def test_list_has_pages_and_needs_the_same_queries_for_one_row_and_for_five(
    scope: Cast, spec: ObjectSpec, maker: Maker, django_assert_max_num_queries
) -> None:
    made = {str(maker.record(spec).pk)}
    client = api_client(scope, "admin")
    client.get(path(spec))
    with django_assert_max_num_queries(12):
        client.get(path(spec), {"expand": "owner"})

    made |= {str(maker.record(spec).pk) for _ in range(4)}
    client.get(path(spec))
    with django_assert_max_num_queries(12):
        client.get(path(spec), {"expand": "owner"})

    seen = pages_of_list(client, spec)
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


def pages_of_list(client: Client, spec: ObjectSpec) -> list[str]:
    """Return the ids of all records, two at a time."""
    seen: list[str] = []
    cursor = ""
    while True:
        answer = client.get(path(spec), {"limit": 2, "sort": "created_at", **({"cursor": cursor} if cursor else {})})
        seen += [item["id"] for item in answer.json()["items"]]
        cursor = answer.json()["next"]
        if not cursor:
            return seen


def test_openapi_describes_every_object(scope: Cast) -> None:
    document = api_client(scope, "admin").get("/api/v1/openapi.json").json()

    described = {key.removeprefix("/api/v1") for key in document["paths"]}
    expected = {f"/{spec.plural}{rest}" for spec in specs_for(scope.organization).values() for rest in ("", "/{id}")}
    assert expected - described == set()
