"""Fields, pick lists, modules, organization, jobs and backups through the settings pages."""

from __future__ import annotations

import re

import pytest
from django.http import QueryDict
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.access.actor import system_actor
from banyan.core.jobs.status import jobs_of
from banyan.core.objects.customising import FieldDraft, _free_name_among, create_custom_field
from banyan.core.objects.kinds import Option
from banyan.core.objects.models import CustomField
from banyan.core.objects.pick_lists import find_list
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.settings.lists import read_rows
from tests.cast import Cast, sign_in

SOURCE = "/settings/lists/customer.source"


@pytest.fixture
def ada(cast: Cast) -> Client:
    return sign_in(cast, "admin")


def current(cast: Cast) -> Organization:
    return Organization.objects.get(pk=cast.organization.pk)


def own_field(cast: Cast, **values: object) -> CustomField:
    with organization_scope(cast.organization.pk):
        return CustomField.objects.get(**values)


def test_field_that_was_added_is_in_the_form_of_its_object(cast: Cast, ada: Client) -> None:
    ada.post("/settings/fields/customer/new", {"label_zh": "会员等级", "label_en": "Member level", "kind": "text"})

    assert own_field(cast, object_name="customer").name == "member_level"
    assert "Member level" in ada.get("/settings/fields/customer").text
    assert "Member level" in ada.get("/customers/new").text


def test_fields_are_added_one_after_another_with_default_and_uniqueness(cast: Cast, ada: Client) -> None:
    new = "/settings/fields/customer/new"
    sent = {"label_en": "Code", "kind": "text", "is_unique": "on", "default_value": "", "again": "1"}
    assert ada.post(new, sent).headers["Location"] == new
    ada.post(new, {"label_en": "Medal", "kind": "choice", "options": "Gold\nTin", "default_value": "Tin"})
    # What does not fit the kind is not seen on the page, and does no harm.
    ada.post(new, {"label_en": "Wants mail", "kind": "boolean", "is_unique": "on"})
    ada.post(new, {"label_en": "Keeper", "kind": "person", "default_value": "left over"})

    assert own_field(cast, name="code").is_unique
    assert own_field(cast, name="medal").default == {"value": "Tin"}
    assert not own_field(cast, name="wants_mail").is_unique
    assert own_field(cast, name="keeper").default == {}


def test_choice_field_gets_values_that_can_be_shaped(cast: Cast, ada: Client) -> None:
    ada.post(
        "/settings/fields/customer/new", {"label_en": "Medal", "kind": "choice", "options": "Gold\nSilver\n\nGold"}
    )

    page = ada.get("/settings/lists/customer.medal").text
    assert re.findall(r'name="code" value="(\w+)"', page) == ["Gold", "Silver"]


@pytest.mark.parametrize(
    "wrong",
    [{"label_zh": "", "label_en": " "}, {"kind": "auto_number"}, {"kind": "link", "target": ""}, {"kind": "nonsense"}],
)
def test_field_is_refused_when_something_is_missing(cast: Cast, ada: Client, wrong: dict[str, str]) -> None:
    response = ada.post("/settings/fields/customer/new", {"label_en": "Level", "kind": "text", **wrong})

    assert response.status_code == 422
    with organization_scope(cast.organization.pk):
        assert not CustomField.objects.exists()


def test_field_cannot_be_added_to_settings_or_unknown_objects(ada: Client) -> None:
    assert ada.get("/settings/fields/pipeline").status_code == 404
    assert ada.post("/settings/fields/nothing/new", {"label_en": "A", "kind": "text"}).status_code == 404


def test_marking_a_field_as_indexed_queues_the_work_and_shows(cast: Cast, ada: Client) -> None:
    ada.post("/settings/fields/customer/new", {"label_en": "Budget", "kind": "money"})
    field = own_field(cast, name="budget")
    url = f"/settings/fields/customer/{field.pk}"

    ada.post(url, {"label_en": "Budget", "is_active": "true", "is_indexed": "true"})

    assert own_field(cast, name="budget").is_indexed
    assert [row.name for row in jobs_of(cast.organization.pk)] == ["objects.index_fields"]
    assert " checked " in re.search(r'<input[^>]*name="is_indexed"', ada.get(url).text)[0]


def test_long_text_has_no_index_to_ask_for(cast: Cast, ada: Client) -> None:
    ada.post("/settings/fields/customer/new", {"label_en": "Story", "kind": "long_text"})

    assert "is_indexed" not in ada.get(f"/settings/fields/customer/{own_field(cast, name='story').pk}").text


@given(label=st.text(min_size=1, max_size=40).filter(lambda text: text.strip() and "\x00" not in text))
def test_name_made_from_a_label_is_a_usable_word(label: str) -> None:
    name = _free_name_among({"name", "id"}, label)

    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert "__" not in name
    assert len(name) <= 60


@pytest.mark.parametrize("label", ["Name", "Search", "ID", "Created at", "Custom", "Filter", "负责人", "Owner id"])
def test_field_named_like_a_reserved_word_gets_another_name(scope: Cast, label: str) -> None:
    actor = system_actor(scope.organization)
    taken = set(spec_for(scope.organization, "customer").all_fields) | {"id", "search", "custom", "filter"}

    first = create_custom_field(actor, "customer", FieldDraft("text", {"en": label}))
    second = create_custom_field(actor, "customer", FieldDraft("text", {"en": label}))

    assert first.name not in taken
    assert second.name not in {*taken, first.name}


def test_field_that_is_not_in_use_disappears_and_keeps_its_values(cast: Cast, ada: Client) -> None:
    ada.post("/settings/fields/customer/new", {"label_en": "Medal", "kind": "text"})
    field = own_field(cast, name="medal")
    with organization_scope(cast.organization.pk):
        actor = cast.actor("admin")
        made = door.create(actor, spec_for(actor.organization, "customer"), {"name": "Acme", "medal": "Gold"})

    url = f"/settings/fields/customer/{field.pk}"
    ada.post(url, {"label_en": "Medal"})
    assert "Gold" not in ada.get(f"/customers/{made.pk}").text
    ada.post(url, {"label_en": "Rank", "is_active": "true"})

    page = ada.get(f"/customers/{made.pk}").text
    assert "Gold" in page
    assert "Rank" in page


def test_fields_are_put_into_the_order_sent(cast: Cast, ada: Client) -> None:
    for label in ("First", "Second", "Third"):
        ada.post("/settings/fields/customer/new", {"label_en": label, "kind": "text"})
    ids = [str(own_field(cast, name=name).pk) for name in ("third", "first", "second")]

    ada.post("/settings/fields/customer/order", {"ids": ids})

    page = ada.get("/settings/fields/customer").text
    assert re.findall(r"<code>(first|second|third)</code>", page) == ["third", "first", "second"]


def sent_list(ada: Client) -> dict[str, list[str]]:
    """The values of the form as the browser would send it, untouched."""
    page = ada.get(SOURCE).text
    rows = re.findall(r'name="code" value="([^"]*)".*?name="label" value="([^"]*)"', page, re.DOTALL)
    codes = [code for code, _label in rows]
    return {
        "code": codes, "label": [label for _code, label in rows], "color": [""] * len(rows),
        "active": [code for code in codes if code],
    }  # fmt: skip


def test_list_is_reordered_renamed_coloured_hidden_and_extended(cast: Cast, ada: Client) -> None:
    sent = sent_list(ada)
    first, second = sent["code"][0], sent["code"][1]
    for name in ("code", "label"):
        sent[name][0], sent[name][1] = sent[name][1], sent[name][0]
    sent["label"][0], sent["color"][0] = "Renamed", "purple"
    sent["active"].remove(first)
    sent["label"][-1] = "Trade fair in Canton"

    assert ada.post(SOURCE, sent).status_code == 303

    with organization_scope(cast.organization.pk):
        options = find_list(current(cast), "customer.source").options
    assert [option.code for option in options][:2] == [second, first]
    assert (options[0].label, options[0].color, options[1].active) == ("Renamed", "purple", False)
    assert options[-1].label == "Trade fair in Canton"


def test_labels_of_the_product_stay_translated_when_the_list_is_saved(cast: Cast, ada: Client) -> None:
    ada.post(SOURCE, sent_list(ada))

    with organization_scope(cast.organization.pk):
        options = find_list(current(cast), "customer.source").options
    assert not any(isinstance(option.label, str) for option in options)


def test_value_that_is_left_out_is_hidden_and_not_lost(cast: Cast, ada: Client) -> None:
    sent = sent_list(ada)
    gone = sent["code"][0]
    shorter = {name: values[1:] for name, values in sent.items()}

    ada.post(SOURCE, shorter)

    with organization_scope(cast.organization.pk):
        options = {option.code: option for option in find_list(current(cast), "customer.source").options}
    assert not options[gone].active


def test_value_twice_in_a_list_is_refused(ada: Client) -> None:
    sent = sent_list(ada)
    sent["label"][-1] = sent["label"][-2] = "Same"

    assert ada.post(SOURCE, sent).status_code == 422


@given(labels=st.lists(st.text(max_size=20), max_size=8))
def test_rows_that_were_not_touched_are_read_as_they_were(labels: list[str]) -> None:
    present = {f"c{index}": Option(f"c{index}", label.strip()) for index, label in enumerate(labels)}
    sent = QueryDict(mutable=True)
    for code, option in present.items():
        sent.appendlist("code", code)
        sent.appendlist("label", str(option.label))
        sent.appendlist("color", "")
        sent.appendlist("active", code)

    rows = read_rows(sent, present)

    assert [(row["code"], row["label"]) for row in rows] == [(code, option.label) for code, option in present.items()]


def test_unknown_list_is_not_found(ada: Client) -> None:
    assert ada.get("/settings/lists/customer.kind").status_code == 404
    assert ada.get("/settings/lists/nothing").status_code == 404


def test_module_that_is_off_is_absent_and_comes_back(cast: Cast, ada: Client) -> None:
    ada.post("/settings/modules/tasks", {"on": "false"})
    assert ada.get("/tasks").status_code == 404
    assert 'href="/tasks"' not in ada.get("/settings/").text

    ada.post("/settings/modules/tasks", {"on": "true"})
    assert ada.get("/tasks").status_code == 200
    assert ada.post("/settings/modules/nothing", {"on": "true"}).status_code == 404


def test_organization_is_changed_and_logged(cast: Cast, ada: Client) -> None:
    values = {
        "name": "Renamed Company", "language": "en", "currency": "EUR", "time_zone": "Europe/Berlin", "country": "DE",
        "industry": "media", "headcount": "12",
    }  # fmt: skip

    ada.post("/settings/organization", values)

    kept = current(cast)
    assert (kept.name, kept.currency, kept.headcount, kept.country) == ("Renamed Company", "EUR", 12, "DE")
    log = ada.get("/settings/changes").text
    assert "CNY → EUR" in log


@pytest.mark.parametrize("wrong", [{"currency": "XXX"}, {"time_zone": "Mars/Base"}, {"headcount": "0"}, {"name": ""}])
def test_organization_refuses_what_cannot_be(cast: Cast, ada: Client, wrong: dict[str, str]) -> None:
    values = {
        "name": "A", "language": "en", "currency": "EUR", "time_zone": "Europe/Berlin", "country": "DE",
        "industry": "", "headcount": "", **wrong,
    }  # fmt: skip

    assert ada.post("/settings/organization", values).status_code == 422
    assert current(cast).name == "Banyan Test Company"


def test_backup_is_queued_and_shown_among_the_jobs(ada: Client) -> None:
    assert ada.get("/settings/backups").status_code == 200
    ada.post("/settings/backups/now")

    assert "A backup is made" in ada.get("/settings/jobs").text
    assert "A backup is made" in ada.get("/settings/jobs?state=todo").text
    assert "A backup is made" not in ada.get("/settings/jobs?state=failed").text


def test_jobs_of_another_organization_are_not_shown(cast: Cast, strangers: Cast, ada: Client) -> None:
    ada.post("/settings/people/invite", {"email": "x@cast.test"})
    theirs = sign_in(strangers, "admin")

    assert "A backup is made" not in theirs.get("/settings/jobs").text
    assert theirs.post("/settings/jobs/1/repeat").status_code == 404
