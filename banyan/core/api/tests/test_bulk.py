"""Many records at once, and taking it back."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection

from banyan.core.api.views import bulk
from banyan.core.bulk import work
from banyan.core.bulk.jobs import end_interrupted
from banyan.core.bulk.models import BulkTask
from banyan.core.bulk.work import carry_out, take_back
from banyan.core.tenancy.scope import organization_scope


def test_bulk_creates_the_good_rows_and_names_the_bad_ones(olga):
    response = olga.post("customers/bulk", {"create": [{"name": "One"}, {"name": ""}, 3, {"name": "Two"}]})

    result = response.json()
    assert (response.status_code, len(result["created"])) == (200, 2)
    assert [(row["index"], row["errors"][0]["code"]) for row in result["rejected"]] == [
        (1, "required"),
        (2, "not_object"),
    ]
    assert [row["name"] for row in olga.get("customers?sort=name").json()["items"]] == ["One", "Two"]


def test_bulk_updates_rows_one_by_one(olga):
    first, second = olga.create("customers", name="One"), olga.create("customers", name="Two")
    nobody = str(uuid.uuid4())

    result = olga.post(
        "customers/bulk",
        {
            "update": [
                {"id": first["id"], "name": "Changed"},
                {"id": second["id"], "name": "Two"},
                {"id": first["id"], "name": "Again"},
                {"id": nobody, "name": "x"},
                {"id": "x"},
                {"name": "x"},
            ]
        },
    ).json()

    assert (result["updated"], result["unchanged"]) == (1, 1)
    assert [(row["index"], row["errors"][0]["code"]) for row in result["rejected"]] == [
        (2, "duplicate"),
        (3, "not_found"),
        (4, "not_an_id"),
        (5, "not_an_id"),
    ]
    assert olga.get(f"customers/{first['id']}").json()["name"] == "Changed"


def test_bulk_leaves_a_row_alone_when_its_version_is_old(olga):
    record = olga.create("customers", name="One")
    olga.patch(f"customers/{record['id']}", {"name": "Two"})

    result = olga.post("customers/bulk", {"update": [{"id": record["id"], "version": 1, "name": "Three"}]}).json()

    assert result["rejected"][0]["errors"][0]["code"] == "stale"
    assert result["batch"] is None


def test_bulk_changes_everything_that_fits_a_filter(olga):
    for name, level in (("One", "A"), ("Two", "A"), ("Three", "B")):
        olga.create("customers", name=name, level=level)

    result = olga.post(
        "customers/bulk", {"match": {"field": "level", "op": "eq", "value": "A"}, "set": {"level": "C"}}
    ).json()

    assert result["updated"] == 2
    assert olga.get("customers?level=C&count=true").json()["count"] == 2


def test_bulk_deletes_only_what_one_may_delete(olga, call):
    mine, theirs = olga.create("customers", name="Mine"), call("manager").create("customers", name="Theirs")

    result = olga.post("customers/bulk", {"delete": [mine["id"], theirs["id"], 5]}).json()

    assert result["deleted"] == 1
    assert [row["errors"][0]["code"] for row in result["rejected"]] == ["not_allowed", "not_an_id"]


def test_bulk_writes_nothing_when_all_or_nothing_is_asked_and_one_row_is_bad(olga):
    response = olga.post("customers/bulk", {"create": [{"name": "One"}, {"name": ""}], "all_or_nothing": True})

    assert (response.status_code, response.json()["code"]) == (422, "bulk_rejected")
    assert response.json()["rejected"][0]["index"] == 1
    assert olga.get("customers").json()["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"create": [], "delete": []},
        {"create": {}},
        {"update": 5},
        {"delete": "x"},
        {"match": {}},
        {"match": {}, "set": {}},
        {"match": {}, "set": []},
        {"match": 5, "set": {"name": "x"}},
        {"create": [], "all_or_nothing": "yes"},
        {"create": [], "colour": 1},
        {"match": {"field": "colour", "op": "eq", "value": 1}, "set": {"name": "x"}},
    ],
)
def test_bulk_refuses_a_body_that_says_nothing_clear(olga, body):
    response = olga.post("customers/bulk", body)

    assert response.status_code == 422
    assert response.json()["errors"]


def test_bulk_refuses_more_rows_than_it_takes(olga, monkeypatch):
    monkeypatch.setattr(bulk, "MOST_ROWS", 2)
    rows = [{"name": str(number)} for number in range(3)]

    assert olga.post("customers/bulk", {"create": rows}).json()["code"] == "too_many"


def test_undo_takes_a_bulk_change_back_and_can_be_undone(olga, call):
    records = [olga.create("customers", name=name, level="A") for name in ("One", "Two")]
    batch = olga.post("customers/bulk", {"match": {}, "set": {"level": "C"}}).json()["batch"]
    olga.patch(f"customers/{records[1]['id']}", {"level": "B"})

    assert call("manager").post(f"undo/{batch}").status_code == 403
    undone = olga.post(f"undo/{batch}").json()

    assert (undone["undone"], undone["conflicts"]) == (1, [records[1]["id"]])
    assert olga.get("customers?level=A&count=true").json()["count"] == 1
    assert olga.post(f"undo/{undone['batch']}").json()["undone"] == 1
    assert olga.get("customers?level=C&count=true").json()["count"] == 1


def test_undo_knows_only_batches_that_exist(olga):
    assert olga.post(f"undo/{uuid.uuid4()}").status_code == 404


def test_merge_keeps_one_record_and_can_be_taken_back(olga):
    keep = olga.create("customers", name="Keep", phone="13800138000")
    drop = olga.create("customers", name="Drop", email="drop@example.com", notes="theirs")
    contact = olga.create("contacts", name="Li", customer=drop["id"])

    merged = olga.post("customers/merge", {"keep": keep["id"], "drop": [drop["id"]], "choices": {"name": drop["id"]}})

    assert merged.status_code == 200, merged.content
    kept = merged.json()["kept"]
    assert (kept["name"], kept["email"], kept["notes"]) == ("Drop", "drop@example.com", "theirs")
    assert olga.get(f"contacts/{contact['id']}").json()["customer"] == keep["id"]
    assert olga.get(f"customers/{drop['id']}").status_code == 404
    assert olga.post(f"undo/{merged.json()['batch']}").json()["undone"] == 2
    assert olga.get(f"customers/{drop['id']}").json()["name"] == "Drop"
    assert olga.get(f"contacts/{contact['id']}").json()["customer"] == drop["id"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"keep": "x", "drop": ["y"]},
        {"keep": str(uuid.UUID(int=1)), "drop": []},
        {"keep": str(uuid.UUID(int=1)), "drop": [str(uuid.UUID(int=1))]},
        {"keep": str(uuid.UUID(int=1)), "drop": 5},
        {"keep": 5, "drop": [None]},
        {"keep": str(uuid.UUID(int=1)), "drop": [str(uuid.UUID(int=2))], "choices": {"colour": str(uuid.UUID(int=1))}},
        {"keep": str(uuid.UUID(int=1)), "drop": [str(uuid.UUID(int=2))], "choices": 5},
        {"keep": str(uuid.UUID(int=1)), "drop": [str(uuid.UUID(int=2))], "colour": 5},
    ],
)
def test_merge_refuses_what_it_cannot_understand(olga, body):
    assert olga.post("customers/merge", body).status_code == 422


def test_merge_finds_only_records_that_exist(olga):
    body = {"keep": str(uuid.uuid4()), "drop": [str(uuid.uuid4())]}

    assert olga.post("customers/merge", body).status_code == 404


@pytest.fixture
def crowd(olga, monkeypatch):
    """Five customers, which are more than can be changed at once."""
    monkeypatch.setattr(bulk, "MOST_ROWS", 2)
    monkeypatch.setattr("banyan.core.bulk.services.MOST_AT_ONCE", 2)
    return [olga.create("customers", name=str(number), level="A") for number in range(5)]


def done(cast, answer):
    """Do the work that was accepted, as a worker does, and return what its address answers with."""
    assert answer.status_code == 202, answer.content
    task = BulkTask.objects.get(pk=answer.json()["id"])
    perform = take_back if task.status == "undoing" else carry_out
    with organization_scope(cast.organization.pk):
        actor = cast.actor("owner")
    perform(actor, task.pk)
    return answer["Location"].removeprefix("/api/v1/")


def test_more_than_can_be_changed_at_once_is_changed_in_the_background_and_taken_back(scope, olga, crowd):
    accepted = olga.post(
        "customers/bulk", {"match": {"field": "level", "op": "eq", "value": "A"}, "set": {"level": "C"}}
    )
    assert (accepted.json()["status"], accepted.json()["total"], accepted.json()["batch"]) == ("waiting", 5, None)

    shown = olga.get(done(scope, accepted)).json()
    assert (shown["status"], shown["position"], shown["updated"], shown["rejected"]) == ("done", 5, 5, 0)
    assert olga.get("customers?level=C&count=true").json()["count"] == 5

    olga.patch(f"customers/{crowd[0]['id']}", {"level": "B"})
    undone = olga.get(done(scope, olga.post(f"undo/{shown['batch']}"))).json()
    assert (undone["status"], undone["undone"], undone["conflicts"]) == ("undone", 4, 1)
    assert olga.get("customers?level=A&count=true").json()["count"] == 4


def test_work_on_a_filter_goes_to_the_background_when_the_client_prefers_it(scope, olga):
    olga.create("customers", name="One")

    address = done(scope, olga.post("customers/bulk", {"match": {}, "delete": True}, Prefer="respond-async"))

    assert olga.get(address).json()["deleted"] == 1
    assert olga.get("customers").json()["items"] == []


def test_work_in_the_background_leaves_what_one_may_not_change(scope, olga, call, crowd):
    theirs = call("manager").create("customers", name="Theirs")

    shown = olga.get(done(scope, olga.post("customers/bulk", {"match": {}, "delete": True}))).json()

    assert (shown["deleted"], shown["rejected"]) == (5, 1)
    assert [(row["id"], row["errors"][0]["code"]) for row in shown["problems"]] == [(theirs["id"], "not_allowed")]


def test_interrupted_work_goes_on_where_it_stopped(scope, olga, crowd, monkeypatch):
    monkeypatch.setattr(work, "PIECE_RECORDS", 2)
    accepted = olga.post(
        "customers/bulk", {"match": {"field": "level", "op": "eq", "value": "A"}, "set": {"level": "C"}}
    )
    task = BulkTask.objects.get(pk=accepted.json()["id"])
    actor = scope.actor("owner")

    assert work._do_piece(actor, task.pk)
    olga.create("customers", name="Came later", level="A")
    carry_out(actor, task.pk)

    task.refresh_from_db()
    assert (task.status, task.position, task.updated) == ("done", 5, 5)
    assert olga.get("customers?level=A&count=true").json()["count"] == 1


def test_stopped_work_keeps_what_it_did(scope, olga, crowd, monkeypatch):
    monkeypatch.setattr(work, "PIECE_RECORDS", 2)
    accepted = olga.post("customers/bulk", {"match": {}, "set": {"level": "C"}})
    task = BulkTask.objects.get(pk=accepted.json()["id"])
    actor = scope.actor("owner")
    work._do_piece(actor, task.pk)

    assert olga.post(f"bulk/{task.pk}/stop").json()["status"] == "stopping"
    carry_out(actor, task.pk)

    shown = olga.get(f"bulk/{task.pk}").json()
    assert (shown["status"], shown["updated"]) == ("stopped", 2)


def test_work_fails_in_words_when_the_right_was_taken_meanwhile(scope, olga, crowd):
    accepted = olga.post("customers/bulk", {"match": {}, "set": {"level": "C"}})
    task = BulkTask.objects.get(pk=accepted.json()["id"])

    carry_out(scope.actor("viewer"), task.pk)

    shown = olga.get(f"bulk/{task.pk}").json()
    assert (shown["status"], shown["updated"]) == ("failed", 0)
    assert shown["problem"]


def test_work_of_somebody_else_is_unknown(olga, call, crowd):
    accepted = olga.post("customers/bulk", {"match": {}, "set": {"level": "C"}}).json()

    assert call("manager").get(f"bulk/{accepted['id']}").status_code == 404
    assert call("admin").get(f"bulk/{accepted['id']}").status_code == 200


def test_work_that_nobody_does_any_more_has_failed_and_can_be_taken_back(scope, olga, crowd, monkeypatch):
    monkeypatch.setattr(work, "PIECE_RECORDS", 2)
    accepted = olga.post("customers/bulk", {"match": {}, "set": {"level": "C"}}).json()
    waiting = olga.post("customers/bulk", {"match": {}, "set": {"level": "B"}}).json()
    work._do_piece(scope.actor("owner"), BulkTask.objects.get(pk=accepted["id"]).pk)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE args->>'task_id' = %s", [accepted["id"]])

    end_interrupted(timestamp=0)

    shown = olga.get(f"bulk/{accepted['id']}").json()
    assert (shown["status"], shown["updated"]) == ("failed", 2)
    assert shown["problem"]
    assert olga.get(f"bulk/{waiting['id']}").json()["status"] == "waiting"
