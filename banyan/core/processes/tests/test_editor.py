"""The editor of processes, through its pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from banyan.core.access.actor import Actor
from banyan.core.identity.models import Role, User
from banyan.core.processes.models import Process, Stay
from banyan.core.processes.rules import Handover
from banyan.core.processes.services import NewProcess, create_process, draft_of
from tests.cast import Cast, sign_in

Make = Callable[..., Any]
URL = "/settings/processes"


@pytest.fixture
def ada(scope: Cast) -> Client:
    return sign_in(scope, "admin", Accept_Language="en")


def stage_form(**values: Any) -> dict[str, Any]:
    """What the dialog of a stage sends when nothing was changed, with some values."""
    return {
        "outcome": "",
        "moves": ["Review", "Dropped"],
        "starts": "true",
        "superior": "true",
        "handover": "",
        "late_to": "",
        **values,
    }


def test_only_those_who_customise_come_in(scope: Cast, draft: Process) -> None:
    olga = sign_in(scope, "owner")
    for page in ("", "/new", f"/{draft.pk}", f"/{draft.pk}/publish", f"/{draft.pk}/stage?stage=Draft"):
        assert olga.get(f"{URL}{page}").status_code == 403


def test_process_is_made_of_a_field_and_shown(ada: Client, phases: None) -> None:
    page = ada.get(f"{URL}/new").text
    assert "Tasks: Phase" in page
    assert "Opportunities: Stage (Sales pipeline)" in page
    location = ada.post(f"{URL}/new", {"field": "task:phase:", "en": "Contracts", "zh": ""}).headers["Location"]
    shown = ada.get(location).text
    assert shown.index("Draft") < shown.index("Signed")
    # Nobody has said yet where the process ends.
    assert "No stage ends the process" in shown
    (way,) = re.findall(r'<a href="([^"]+)" data-open="dialog">Let “[^”]+” be the end', shown)
    assert 'name="outcome"' in ada.get(unescape(way)).text
    assert ada.post(unescape(way), {"outcome": "done", "superior": "true"}).status_code == 303
    assert "be the end" not in ada.get(location).text
    assert "Contracts" in ada.get(URL).text


def test_stage_is_edited_in_its_dialog(ada: Client, scope: Cast, draft: Process) -> None:
    url = f"{URL}/{draft.pk}/stage?stage=Draft"
    assert "Moves on to" in ada.get(url).text
    role = Role.objects.get(key="manager")
    sent = stage_form(
        entry_fields=["lawyer"], exit_fields=["pages"], exit_file="true", needed_items="已读 | Read twice\nSigned off",
        other_items="Translated", movers=[f"role:{role.pk}"], mover_owner="true", handover=f"role:{role.pk}", hours="8",
        remind="2", late_to="person", late_person=str(scope.users["owner"].pk), reasons="Too dear", needs_comment="true",
    )  # fmt: skip
    assert ada.post(url, sent).status_code == 303

    draft.refresh_from_db()
    stage = draft_of(draft).stage("Draft")
    assert stage is not None
    assert (stage.entry.fields, stage.exit.fields, stage.exit.file) == (("lawyer",), ("pages",), True)
    assert [(dict(item.labels), item.needed) for item in stage.checklist] == [
        ({"zh": "已读", "en": "Read twice"}, True), ({"en": "Signed off"}, True), ({"en": "Translated"}, False),
    ]  # fmt: skip
    assert (stage.limit.hours, stage.limit.remind, stage.limit.receiver.kind) == (8, 2, Handover.PERSON)
    assert (stage.handover.kind, stage.handover.id) == (Handover.ROLE, str(role.pk))
    assert stage.movers.owner
    keys = [item.key for item in stage.checklist]
    page = ada.get(f"{URL}/{draft.pk}").text
    assert "Read twice" in page
    assert "goes to the one with the least to do" in page
    # Saved again as it is, everything keeps its key: what is ticked stays ticked.
    assert ada.post(url, {**sent, "other_items": "Translated\nStamped"}).status_code == 303
    draft.refresh_from_db()
    again = draft_of(draft).stage("Draft")
    assert again is not None
    assert [item.key for item in again.checklist][:3] == keys


@pytest.mark.parametrize(
    ("written", "hours", "shown"),
    [("8", 8, "8"), ("3 days", 72, "3 days"), ("３天", 72, "3 days"), ("1d", 24, "1 day"), ("30小时", 30, "30")],
)
def test_time_limit_is_written_in_hours_or_days(
    ada: Client, draft: Process, written: str, hours: int, shown: str
) -> None:
    url = f"{URL}/{draft.pk}/stage?stage=Draft"
    assert ada.post(url, stage_form(hours=written, remind="2")).status_code == 303

    draft.refresh_from_db()
    stage = draft_of(draft).stage("Draft")
    assert stage is not None
    assert stage.limit.hours == hours
    (tag,) = re.findall(r'<input[^>]*name="hours"[^>]*>', ada.get(url).text)
    assert f'value="{shown}"' in tag


def test_day_of_a_time_limit_is_a_working_day_where_working_hours_count(ada: Client, draft: Process) -> None:
    times = {"zh": "", "en": "Contracts", "working": "true", "days": ["1", "2"], "begins": "09:00", "ends": "17:00"}
    assert ada.post(f"{URL}/{draft.pk}/times", times).status_code == 303
    url = f"{URL}/{draft.pk}/stage?stage=Draft"
    ada.post(url, stage_form(hours="2 days"))

    draft.refresh_from_db()
    stage = draft_of(draft).stage("Draft")
    assert stage is not None
    assert stage.limit.hours == 16
    assert 'value="2 days"' in ada.get(url).text


def test_stage_refuses_what_cannot_be(ada: Client, draft: Process) -> None:
    draft.refresh_from_db()
    before = draft.draft
    for wrong in (
        {"hours": "2", "remind": "3"},
        {"moves": ["Nowhere"]},
        {"handover": "person"},
        {"entry_fields": ["owner_id"]},
        {"hours": "x"},
        {"hours": "9000"},
        {"hours": "-3 days"},
    ):
        assert ada.post(f"{URL}/{draft.pk}/stage?stage=Draft", stage_form(**wrong)).status_code == 422, wrong
    draft.refresh_from_db()
    assert draft.draft == before


def test_conditions_are_added_changed_and_taken_away(ada: Client, draft: Process) -> None:
    url = f"{URL}/{draft.pk}/check?stage=Draft&gate=exit"
    assert ada.get(url).status_code == 200
    tree = '{"all": [{"field": "pages", "op": "gte", "value": 3}]}'
    assert ada.post(url, {"filter": tree, "en": "", "zh": ""}).status_code == 422
    assert ada.post(url, {"filter": '{"field": "nothing", "op": "eq", "value": 1}', "en": "x"}).status_code == 422
    assert ada.post(url, {"filter": tree, "en": "Three pages at least"}).status_code == 303
    assert "Three pages at least" in ada.get(f"{URL}/{draft.pk}").text
    assert ada.post(f"{url}&index=0", {"filter": "", "en": "x"}).status_code == 303
    assert "Three pages at least" not in ada.get(f"{URL}/{draft.pk}").text


def test_stages_are_ordered_added_and_taken_out(ada: Client, draft: Process) -> None:
    url = f"{URL}/{draft.pk}"
    assert ada.post(f"{url}/order", {"stages": ["Review", "Draft", "Legal", "Signed", "Dropped"]}).status_code == 303
    assert ada.post(f"{url}/stage/new", {"value": "", "new_value": "Translation"}).status_code == 303
    assert ada.post(f"{url}/stage/remove", {"stage": "Legal"}).status_code == 303
    draft.refresh_from_db()
    assert draft_of(draft).keys == ["Review", "Draft", "Translation", "Signed", "Dropped"]
    assert "Legal" in ada.get(f"{url}/stage/new").text
    assert "Nothing leads to “Translation”" in ada.get(url).text


def test_process_is_put_into_force_with_a_preview(ada: Client, scope: Cast, draft: Process, task: Make) -> None:
    record = task(phase="Review")
    url = f"{URL}/{draft.pk}"
    assert "1 record" in ada.get(f"{url}/publish").text
    assert ada.post(f"{url}/publish").status_code == 303
    assert ada.post(f"{url}/stage/remove", {"stage": "Review"}).status_code == 303
    wrong = ada.post(f"{url}/publish")
    assert wrong.status_code == 422
    assert "Nothing leads to “Legal”" in wrong.text
    moves = stage_form(moves=["Legal", "Dropped"])
    assert ada.post(f"{url}/stage?stage=Draft", moves).status_code == 303
    missing = ada.post(f"{url}/publish")
    assert "1 records are in the stage “Review”" in missing.text
    assert ada.post(f"{url}/publish", {"lost": "Review", "target": "Legal"}).status_code == 303
    page = ada.get(url).text
    assert "Version 2" in page
    assert "Bringing running records along" in page
    assert record.pk
    User.objects.filter(pk=scope.users["admin"].pk).update(language="zh-hans")
    assert "九成不超过" in ada.get(url).text


def test_process_is_switched_off_and_deleted(ada: Client, process: Make, task: Make) -> None:
    row = process()
    task(phase="Draft")
    url = f"{URL}/{row.pk}"
    assert ada.post(f"{url}/toggle", {"on": "false"}).status_code == 303
    assert "Switch on" in ada.get(url).text
    assert (
        ada.post(
            f"{url}/times",
            {"en": "Renamed", "zh": "", "begins": "9:00", "ends": "8:00", "working": "true", "days": ["1"]},
        ).status_code
        == 422
    )
    sent = {"en": "Renamed", "zh": "", "begins": "08:30", "ends": "17:30", "working": "true", "days": ["1", "2"]}
    assert ada.post(f"{url}/times", sent).status_code == 303
    row.refresh_from_db()
    assert draft_of(row).working is not None
    assert (
        ada.post(f"{url}/records", {"filter": '{"field": "priority", "op": "eq", "value": "high"}'}).status_code == 303
    )
    assert ada.post(f"{url}/discard").status_code == 303
    assert ada.post(f"{url}/delete").status_code == 303
    assert not Stay.objects.exists()
    assert "Renamed" not in ada.get(URL).text


def content_of(page: str) -> str:
    """Return a page without its menu."""
    return page[page.index("<main") :]


def test_examples_are_complete(ada: Client, scope: Cast) -> None:
    page = ada.get(URL).text
    for key in re.findall(r"/settings/processes/examples/(\w+)", page):
        location = ada.post(f"{URL}/examples/{key}").headers["Location"]
        assert "Before it can be put into force" not in ada.get(location).text
        assert ada.post(f"{location}/publish").status_code == 303
    assert set(Process.objects.filter(is_active=True).values_list("key", flat=True)) == {
        "manufacturing",
        "opportunity_gates",
    }
    # An object without a board of its own has one now.
    board = content_of(ada.get("/orders?display=board").text)
    assert board.index("Contract review") < board.rindex("Delivered")


def test_order_of_processes_decides_which_governs(ada: Client, draft: Process, admin: Actor) -> None:
    other = create_process(admin, NewProcess("task", "phase", {"en": "Second"}))
    assert ada.post(f"{URL}/order/task", {"ids": [str(other.pk), str(draft.pk)]}).status_code == 303
    page = content_of(ada.get(URL).text)
    assert page.index("Second") < page.index("Contracts")
