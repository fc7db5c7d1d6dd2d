"""Processes as people meet them: the path, the dialog of a move, the board, my day, the interface."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from banyan.core.kernel.clock import now
from banyan.core.objects.registry import spec_for
from banyan.core.processes.models import Stay
from banyan.core.processes.rules import Gate, Item, Limit, Movers, Reason, Receiver
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, api_client, sign_in

Make = Callable[..., Any]


@pytest.fixture
def ada(scope: Cast) -> Client:
    return sign_in(scope, "admin", HX_Request="true", Accept_Language="en")


def phase_of(record: Any) -> str:
    record.refresh_from_db()
    return str(record.custom.get("phase", ""))


def stage_url(record: Any) -> str:
    return f"/tasks/{record.pk}/stage?field=phase"


def test_record_shows_its_path_and_what_is_missing(ada: Client, process: Make, task: Make) -> None:
    process({"Draft": {"exit": Gate(fields=("lawyer",)), "checklist": (Item("read", {"en": "Read twice"}),),
                       "limit": Limit(hours=20)}})  # fmt: skip
    record = task(phase="Draft")

    page = ada.get(f"/tasks/{record.pk}", headers={"HX-Request": ""}).text

    assert page.index("Draft") < page.index("Review") < page.index("Signed")
    assert "stage?field=phase" in page
    assert "Read twice" in page
    assert "“Lawyer” is needed before “Draft” is left." in page
    assert "No way there from “Draft”" in page


def test_ticking_is_kept_with_who_and_when(ada: Client, scope: Cast, process: Make, task: Make) -> None:
    row = process({"Draft": {"checklist": (Item("read", {"en": "Read twice"}),)}})
    record = task(phase="Draft")
    tick = {"process": row.key, "stage": "Draft", "item": "read", "done": "true"}

    assert ada.post(f"/tasks/{record.pk}/ticks", tick).status_code == 204
    assert "Ada Admin" in ada.get(f"/tasks/{record.pk}/top").text
    assert ada.post(f"/tasks/{record.pk}/ticks", {**tick, "stage": "Review"}).status_code == 404
    assert sign_in(scope, "viewer").post(f"/tasks/{record.pk}/ticks", tick).status_code in {403, 404}
    assert ada.post(f"/tasks/{record.pk}/ticks", {**tick, "done": ""}).status_code == 204
    assert ada.post(stage_url(record), {"to": "Review"}).status_code == 422


def test_dialog_asks_for_exactly_what_is_missing(ada: Client, process: Make, task: Make) -> None:
    process({
        "Draft": {"exit": Gate(fields=("lawyer", "pages"), file=True), "checklist": (Item("read", {"en": "Read twice"}),)},
    })  # fmt: skip
    record = task(phase="Draft", pages=3)

    asked = ada.post(stage_url(record), {"to": "Review", "version": "1"})
    assert asked.status_code == 422
    assert asked.headers["HX-Retarget"] == "#dialog-body"
    assert 'name="lawyer"' in asked.text
    assert 'name="pages"' not in asked.text
    assert 'type="file"' in asked.text
    assert "Read twice" in asked.text

    sent = {"to": "Review", "dialog": "1", "fields": "lawyer", "lawyer": "", "ticks": "read"}
    again = ada.post(stage_url(record), sent)
    assert again.status_code == 422
    assert phase_of(record) == "Draft"
    upload = SimpleUploadedFile("contract.txt", b"words")
    moved = ada.post(stage_url(record), {**sent, "lawyer": "Lee", "file": upload})
    assert moved.status_code == 204
    assert phase_of(record) == "Review"


def test_forbidden_move_is_explained_with_the_open_ways(ada: Client, process: Make, task: Make) -> None:
    process()
    record = task(phase="Draft")
    answer = ada.post(stage_url(record), {"to": "Legal"})
    assert answer.status_code == 422
    assert "There is no way from “Draft” to “Legal”" in answer.text
    assert "to=Review" in answer.text
    assert 'type="submit"' not in answer.text


def test_reason_and_comment_are_asked_and_shown_in_the_history(ada: Client, process: Make, task: Make) -> None:
    why = (Reason("price", {"en": "Too dear", "zh": "太贵"}),)
    process({"Dropped": {"reasons": why, "needs_comment": True}})
    record = task(phase="Draft")

    asked = ada.get(f"{stage_url(record)}&to=Dropped")
    assert "Too dear" in asked.text
    assert ada.post(stage_url(record), {"to": "Dropped", "dialog": "1", "stage_reason": "price"}).status_code == 422
    sent = {"to": "Dropped", "dialog": "1", "stage_reason": "price", "stage_comment": "Twice the budget"}
    assert ada.post(stage_url(record), sent).status_code == 204
    history = ada.get(f"/tasks/{record.pk}/stages").text
    assert "Too dear · Twice the budget" in history
    assert history.index("Dropped") < history.index("Draft")


def test_edit_in_place_opens_the_dialog_when_more_is_needed(ada: Client, process: Make, task: Make) -> None:
    process({"Draft": {"exit": Gate(fields=("lawyer",))}})
    record = task(phase="Draft")
    for place in ("facts/phase/edit", "cells/phase"):
        answer = ada.post(f"/tasks/{record.pk}/{place}", {"phase": "Review", "version": "1"})
        assert answer.headers["HX-Retarget"] == "#dialog-body"
        assert 'name="lawyer"' in answer.text
    assert ada.post(f"/tasks/{record.pk}/facts/lawyer/edit", {"lawyer": "Lee", "version": "1"}).status_code == 200
    assert "Review" in ada.post(f"/tasks/{record.pk}/facts/phase/edit", {"phase": "Review", "version": "2"}).text


def test_many_moves_at_once_say_what_each_lacks(scope: Cast, process: Make, task: Make) -> None:
    process({"Draft": {"exit": Gate(fields=("lawyer",))}})
    ready, lacking = task(phase="Draft", lawyer="Lee"), task(phase="Draft")
    sent = {"update": [{"id": str(record.pk), "phase": "Review"} for record in (ready, lacking)]}
    answer = api_client(scope, "admin").post("/api/v1/tasks/bulk", sent, content_type="application/json")
    (rejected,) = answer.json()["rejected"]
    assert [error["field"] for error in rejected["errors"]] == ["lawyer"]
    assert (phase_of(ready), phase_of(lacking)) == ("Review", "Draft")


def test_dialog_works_without_scripts(scope: Cast, process: Make, task: Make) -> None:
    process({"Draft": {"exit": Gate(fields=("lawyer",))}})
    record = task(phase="Draft")
    plain = sign_in(scope, "admin", Accept_Language="en")
    assert 'name="lawyer"' in plain.post(stage_url(record), {"to": "Review"}).text
    sent = {"to": "Review", "dialog": "1", "fields": "lawyer", "lawyer": "Lee"}
    assert plain.post(stage_url(record), sent).status_code == 303
    assert phase_of(record) == "Review"


def test_strangers_and_readers_move_nothing(scope: Cast, strangers: Cast, process: Make, task: Make) -> None:
    process()
    record = task(phase="Draft")
    for client in (sign_in(strangers, "admin"), sign_in(scope, "viewer")):
        assert client.post(stage_url(record), {"to": "Review"}).status_code in {403, 404}
        assert client.get(f"{stage_url(record)}&to=Review").status_code in {403, 404}
    assert sign_in(strangers, "admin").get(f"/tasks/{record.pk}/stages").status_code == 404
    assert phase_of(record) == "Draft"


@pytest.fixture
def deals(scope: Cast) -> Any:
    """The process of the default pipeline in force, and a deal in its first stage."""
    from banyan.core.processes.services import NewProcess, change_draft, create_process, draft_of, publish  # noqa: PLC0415
    from banyan.core.processes.tests.making import change_stages, settle_now  # noqa: PLC0415

    admin = scope.actor("admin")
    customer = door.create(admin, spec_for(admin.organization, "customer"), {"name": "Acme"})
    spec = spec_for(admin.organization, "opportunity")
    deal: Any = door.create(admin, spec, {"name": "Big", "customer": customer.pk})
    chosen = {"field": "pipeline", "op": "eq", "value": str(deal.pipeline_id)}
    row = create_process(admin, NewProcess("opportunity", "stage", {"en": "Sales"}, chosen))

    def make(**changes: Any) -> tuple[Any, list[str]]:
        keys = draft_of(row).keys
        change_draft(
            admin, row, change_stages(draft_of(row), {keys[int(at[1:])]: what for at, what in changes.items()})
        )
        publish(admin, row)
        settle_now(admin, row)
        return deal, keys

    return make


def test_board_opens_the_dialog_and_marks_what_is_late(ada: Client, deals: Make) -> None:
    deal, keys = deals(s0={"exit": Gate(fields=("amount",)), "limit": Limit(hours=2)})
    Stay.objects.filter(record_id=deal.pk).update(due_at=now() - timedelta(hours=1))
    assert "Over the limit" in ada.get("/opportunities?display=board", headers={"HX-Request": ""}).text
    refused = ada.post("/opportunities/move", {"id": str(deal.pk), "to": keys[1], "version": "1"})
    assert refused.status_code == 422
    dialog = ada.get(refused.json()["dialog"])
    assert 'name="amount"' in dialog.text
    assert ada.post("/opportunities/move", {"id": str(deal.pk), "to": keys[3]}).json()["dialog"]


def test_card_leaves_the_board_of_whoever_gave_it_away(scope: Cast, deals: Make) -> None:
    boss = scope.users["manager"].pk
    deal, keys = deals(s1={"handover": Receiver("person", str(boss))})
    admin = scope.actor("admin")
    spec = spec_for(admin.organization, "opportunity")
    door.update(admin, spec, deal.pk, {"owner": scope.users["salesperson"].pk})
    sam = sign_in(scope, "salesperson", HX_Request="true")
    answer = sam.post("/opportunities/move", {"id": str(deal.pk), "to": keys[1]})
    assert answer.status_code == 200
    deal.refresh_from_db()
    assert (deal.owner_id, str(deal.stage_id)) == (boss, keys[1])


def test_my_day_tells_of_what_is_late(ada: Client, scope: Cast, process: Make, task: Make) -> None:
    process({"Draft": {"limit": Limit(hours=4)}})
    record = task(phase="Draft", name="Late contract")
    assert "Over the time limit" not in ada.get("/").text
    Stay.objects.filter(record_id=record.pk).update(due_at=now() - timedelta(hours=30))
    page = ada.get("/day/panels/over-limit").text
    assert "Late contract" in page
    assert "1.3 days over the limit" in page


def test_interface_tells_and_moves(scope: Cast, process: Make, task: Make) -> None:
    process({"Draft": {"exit": Gate(fields=("lawyer",))}, "Dropped": {"needs_comment": True}})
    record = task(phase="Draft")
    client = api_client(scope, "admin")

    said = client.get(f"/api/v1/tasks/{record.pk}/stages").json()
    (path,) = said["processes"]
    assert (path["field"], path["stage"]) == ("phase", "Draft")
    assert [stage["key"] for stage in path["stages"]] == ["Draft", "Review", "Legal", "Signed", "Dropped"]
    (to_review, to_dropped) = path["moves"]
    assert [lack["code"] for lack in to_review["missing"]] == ["required"]
    assert to_review["missing"][0]["field"] == "lawyer"
    assert to_dropped["missing"][0]["code"] == "comment"
    assert path["stays"][0]["stage"] == "Draft"

    url = f"/api/v1/tasks/{record.pk}"
    wrong = client.patch(url, {"phase": "Review"}, content_type="application/json")
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "lawyer"
    sent = {"phase": "Dropped", "stage_comment": "No budget"}
    assert client.patch(url, sent, content_type="application/json").status_code == 200
    assert Stay.objects.get(record_id=record.pk, left_at=None).comment == "No budget"
    assert api_client(scope, "viewer").get(f"/api/v1/tasks/{record.pk}/stages").status_code in {200, 404}


def test_interface_ticks_the_checklist(scope: Cast, process: Make, task: Make) -> None:
    row = process({"Draft": {"checklist": (Item("read", {"en": "Read twice"}),)}})
    record = task(phase="Draft")
    client, url = api_client(scope, "admin"), f"/api/v1/tasks/{record.pk}"
    assert client.get(f"{url}/stages").json()["processes"][0]["checklist"] == [
        {"key": "read", "name": "Read twice", "needed": True, "done": False}
    ]
    sent = {"process": row.key, "stage": "Draft", "item": "read"}
    assert client.post(f"{url}/ticks", {**sent, "item": "sing"}, content_type="application/json").status_code == 404
    assert client.post(f"{url}/ticks", {"process": 3}, content_type="application/json").status_code == 422
    viewer = api_client(scope, "viewer")
    assert viewer.post(f"{url}/ticks", sent, content_type="application/json").status_code in {403, 404}
    ticked = client.post(f"{url}/ticks", sent, content_type="application/json")
    assert ticked.json()["processes"][0]["checklist"][0]["done"] is True
    assert client.patch(url, {"phase": "Review"}, content_type="application/json").status_code == 200


def test_only_named_people_see_the_move_button_work(scope: Cast, process: Make, task: Make) -> None:
    process({"Draft": {"movers": Movers(owner=True)}})
    record = task(phase="Draft", owner=scope.users["owner"].pk)
    boss = sign_in(scope, "manager", HX_Request="true", Accept_Language="en")
    answer = boss.post(stage_url(record), {"to": "Review"})
    assert answer.status_code == 422
    assert "the owner" in answer.text
    with organization_scope(scope.organization.pk):
        assert phase_of(record) == "Draft"
