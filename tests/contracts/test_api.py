"""What the REST interface promises for every object that is registered."""

from __future__ import annotations

import json
import uuid

import pytest

from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, api_client
from tests.contracts.samples import Maker

JSON = "application/json"


def path(spec: ObjectSpec, *parts: object) -> str:
    return "/".join(["/api/v1", spec.plural, *map(str, parts)])


def test_create_read_change_delete_restore(scope: Cast, spec: ObjectSpec, maker: Maker) -> None:
    client = api_client(scope, "admin")
    given = maker.values(spec, full=True)

    created = client.post(path(spec), json.dumps(given), content_type=JSON)
    assert created.status_code == 201, created.content
    item = created.json()
    assert created["Location"].endswith(f"/{spec.plural}/{item['id']}")
    assert {"id", "number", "version", "created_at", "updated_at", "owner"} <= set(item)

    address = path(spec, item["id"])
    read = client.get(address)
    assert (read.status_code, read.json()) == (200, item)
    assert read["ETag"].strip('W/"') == str(item["version"])

    assert client.patch(address, "{}", content_type=JSON).json()["version"] == item["version"]
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert client.post(f"{address}/restore").status_code in {200, 201, 204}
    assert client.get(address).json()["id"] == item["id"]


def test_what_was_sent_comes_back(scope: Cast, spec: ObjectSpec, maker: Maker) -> None:
    given = maker.values(spec, full=True)

    item = api_client(scope, "admin").post(path(spec), json.dumps(given), content_type=JSON).json()

    kinds = {name: entry.kind for name, entry in spec.all_fields.items()}
    sent = {name: kinds[name].to_json(kinds[name].from_json(value)) for name, value in given.items()}
    derived = {"status", "done_at"}
    assert {name: item[name] for name in sent if name not in derived} == {
        name: value for name, value in sent.items() if name not in derived
    }


def test_anonymous_gets_nothing(client, scope: Cast, spec: ObjectSpec) -> None:
    refused = client.get(path(spec))

    assert refused.status_code == 401
    assert refused["Content-Type"].startswith("application/problem+json")


def test_stranger_finds_nothing(scope: Cast, strangers: Cast, spec: ObjectSpec, maker: Maker) -> None:
    record = maker.record(spec)
    client = api_client(strangers, "admin")

    assert client.get(path(spec, record.pk)).status_code == 404
    assert client.patch(path(spec, record.pk), "{}", content_type=JSON).status_code == 404
    assert client.delete(path(spec, record.pk)).status_code == 404
    assert str(record.pk) not in client.get(path(spec)).content.decode()
    with organization_scope(scope.organization.pk):
        assert spec.model.objects.filter(pk=record.pk, deleted_at=None).exists()


def test_reader_reads_and_changes_nothing(scope: Cast, spec: ObjectSpec, maker: Maker) -> None:
    record = maker.record(spec)
    given = json.dumps(maker.values(spec))
    client = api_client(scope, "viewer")
    refusals = {403, 404} if spec.ability else {403}

    # What is kept for those with an ability is nothing to a reader of everything else.
    assert client.get(path(spec, record.pk)).status_code == (403 if spec.ability else 200)
    assert client.post(path(spec), given, content_type=JSON).status_code == 403
    assert client.patch(path(spec, record.pk), given, content_type=JSON).status_code in refusals
    assert client.delete(path(spec, record.pk)).status_code in refusals
    assert spec.model.objects.get(pk=record.pk).version == 1


def test_bad_values_are_named_field_by_field(scope: Cast, spec: ObjectSpec) -> None:
    answer = api_client(scope, "admin").post(
        path(spec), json.dumps({"no_such_field": 1, "version": 7}), content_type=JSON
    )

    assert answer.status_code == 422
    problem = answer.json()
    found = {(error["field"], error["code"]) for error in problem["errors"]}
    assert {("no_such_field", "unknown_field"), ("version", "read_only")} <= found
    assert all(error["message"] for error in problem["errors"])


def test_stale_change_is_refused(scope: Cast, spec: ObjectSpec, maker: Maker) -> None:
    record = maker.record(spec)

    stale = api_client(scope, "admin").patch(
        path(spec, record.pk), "{}", content_type=JSON, headers={"If-Match": '"99"'}
    )

    assert stale.status_code == 412


def test_every_field_can_be_listed_and_filtered(scope: Cast, spec: ObjectSpec, maker: Maker) -> None:
    maker.record(spec)
    client = api_client(scope, "admin")

    for name, entry in spec.all_fields.items():
        listed = client.get(path(spec), {"fields": name, "limit": 1})
        assert listed.status_code == 200, (name, listed.content)
        if "isnull" in entry.kind.operators:
            filtered = client.get(path(spec), {f"{name}__isnull": "true"})
            assert filtered.status_code == 200, (name, filtered.content)
        if entry.kind.sortable:
            assert client.get(path(spec), {"sort": f"-{name}"}).status_code == 200, name


def test_pages_of_a_list_join_without_gap_or_repetition(scope: Cast, spec: ObjectSpec, maker: Maker) -> None:
    made = {str(maker.record(spec).pk) for _ in range(5)}
    client = api_client(scope, "admin")

    seen: list[str] = []
    cursor = ""
    while True:
        answer = client.get(path(spec), {"limit": 2, "sort": "created_at", **({"cursor": cursor} if cursor else {})})
        seen += [item["id"] for item in answer.json()["items"]]
        cursor = answer.json()["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


@pytest.mark.parametrize("rows", [1, 5])
def test_list_needs_the_same_queries_for_one_row_and_for_five(
    scope: Cast, spec: ObjectSpec, maker: Maker, rows: int, django_assert_max_num_queries
) -> None:
    for _ in range(rows):
        maker.record(spec)
    client = api_client(scope, "admin")
    client.get(path(spec))

    with django_assert_max_num_queries(12):
        client.get(path(spec), {"expand": "owner"})


def test_openapi_describes_every_object(scope: Cast, spec: ObjectSpec) -> None:
    document = api_client(scope, "admin").get("/api/v1/openapi.json").json()

    assert {f"/{spec.plural}", f"/{spec.plural}/{{id}}"} <= {key.removeprefix("/api/v1") for key in document["paths"]}


def test_unknown_record_is_404(scope: Cast, spec: ObjectSpec) -> None:
    assert api_client(scope, "admin").get(path(spec, uuid.uuid4())).status_code == 404
