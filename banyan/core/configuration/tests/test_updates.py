"""A newer version of a template changes what only it has changed, and asks about the rest; own changes stay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.access.actor import Actor
from banyan.core.configuration.applying import plan_of
from banyan.core.configuration.demo_records import (
    create_demo_records,
    demo_count,
    has_demo_records,
    remember_demo_count,
    remove_demo_records,
)
from banyan.core.configuration.documents import BadDocument, Document, current_document, read_document, write_document
from banyan.core.configuration.models import AppliedTemplate, DemoRecord
from banyan.core.configuration.proposals import apply_proposal, plan_of_proposal, restore, wish_of
from banyan.core.configuration.templates import (
    IndustryTemplate,
    applied_templates,
    apply_industry,
    has_update,
    propose_template,
    templates,
)
from banyan.core.configuration.updates import update_between
from banyan.core.kernel.document_shapes import Flag, Items, Number, Properties, Property, Table, Text
from banyan.core.kernel.errors import Conflict
from banyan.core.objects.configuration_parts import KEY, ConfigurationPart, configuration_parts
from banyan.core.objects.customising import change_custom_field
from banyan.core.objects.models import CustomField
from banyan.core.objects.modules import ENTERPRISE
from banyan.core.objects.pick_lists import find_list, set_options
from banyan.core.objects.registry import forget, spec_for
from banyan.core.objects.removing import remove_custom_field
from banyan.core.records import door
from tests.cast import Cast

HEAD = "words:\n  fleet: {zh: 车队, en: Fleet}\n---\n"
FIRST = """banyan: 1
version: "1"
name: {zh: 出租车, en: Taxis}
wording:
  - {key: customer, label: {zh: 乘客, en: Passenger}, label_plural: {zh: 乘客, en: Passengers}}
fields:
  - {key: customer.colour, kind: choice, label: {zh: 颜色, en: Colour}}
  - {key: customer.seats, kind: integer, label: {zh: 座位, en: Seats}, help: {en: "How many"}}
  - {key: customer.radio, kind: text, label: {zh: 电台, en: Radio}}
pick_lists:
  - key: customer.colour
    options: [{code: red, label: {zh: 红, en: Red}}, {code: blue, label: {zh: 蓝, en: Blue}}]
demo_records:
  - key: customer
    records:
      - {key: ann, name: {zh: 安, en: Ann Rider}, seats: 4, colour: red, next_follow_up_on: today+3}
      - {key: bob, name: {zh: 鲍, en: Bob Rider}, parent: ann}
  - key: activity
    records:
      - {key: a1, customer: ann, type: call, text: {zh: 订车, en: Booked a car}, happened_at: "today-1 10:00"}
"""
SECOND = (
    FIRST.replace('version: "1"', 'version: "2"')
    .replace("en: Seats}", "en: Places}")
    .replace("en: Radio}", "en: Radio call}")
    .replace("en: Colour}", "en: Paint}")
    .replace("{code: blue,", "{code: green, label: {zh: 绿, en: Green}}, {code: blue,")
    .replace("{zh: 红, en: Red}", "{zh: 大红, en: Scarlet}")
)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Labels in the language of these tests."""
    with override("en"):
        yield


@pytest.fixture
def admin(scope: Cast) -> Actor:
    """Somebody who may do everything in an organization without records."""
    return scope.actor("admin")


@pytest.fixture
def taxis(tmp_path: Path) -> Iterator[Path]:
    """The file of a template that every organization is offered."""
    path = tmp_path / "taxis.yaml"
    path.write_text(HEAD + FIRST, encoding="utf-8")
    templates.add("taxis", IndustryTemplate("taxis", path, "truck"))
    yield path
    templates.remove("taxis")


def newer(path: Path) -> None:
    """Bring the second version, as an update of the product does."""
    path.write_text(HEAD + SECOND, encoding="utf-8")
    templates.remove("taxis")
    templates.add("taxis", IndustryTemplate("taxis", path, "car"))


def label(name: str) -> str:
    return str(CustomField.objects.get(object_name="customer", name=name).labels["en"])


def field_id(name: str) -> Any:
    return CustomField.objects.get(object_name="customer", name=name).pk


def test_update_keeps_own_changes_and_asks_about_what_both_have_changed(admin: Actor, taxis: Path) -> None:
    apply_industry(admin, "taxis")
    assert str(spec_for(admin.organization, "customer").label_plural) == "Passengers"
    change_custom_field(admin, field_id("seats"), labels={"zh": "人数", "en": "Heads"})
    change_custom_field(admin, field_id("radio"), help_texts={"en": "Our own help"})
    remove_custom_field(admin, field_id("colour"))
    assert plan_of_proposal(admin, propose_template(admin, "taxis")).is_empty

    newer(taxis)
    assert has_update(templates["taxis"], applied_templates()["taxis"])
    proposal = propose_template(admin, "taxis")
    wish = wish_of(admin, proposal)
    assert [(clash.part.name, clash.key, clash.path) for clash in wish.clashes] == [
        ("fields", "customer.colour", ()),
        ("fields", "customer.seats", ("label",)),
    ]
    plan = plan_of_proposal(admin, proposal)
    assert [step.name for step in plan.steps] == ["fields:customer.radio"]
    apply_proposal(admin, proposal, [step.name for step in plan.steps], seen=plan.digest())
    assert (label("radio"), label("seats")) == ("Radio call", "Heads")
    assert CustomField.objects.get(name="radio").help_texts == {"en": "Our own help"}
    assert AppliedTemplate.objects.get().version == "2"
    assert plan_of_proposal(admin, propose_template(admin, "taxis")).is_empty


def test_template_wins_where_somebody_says_so_and_values_of_lists_are_merged_one_by_one(
    admin: Actor, taxis: Path
) -> None:
    apply_industry(admin, "taxis")
    own = [
        {"code": "red", "label": {"zh": "酒红", "en": "Wine"}},
        {"code": "blue", "label": {"zh": "蓝", "en": "Blue"}},
        {"code": "pink", "label": "Pink"},
    ]
    set_options(admin, "customer.colour", own)
    newer(taxis)
    proposal = propose_template(admin, "taxis")
    (clash,) = wish_of(admin, proposal).clashes
    assert clash.path == ("options", "red", "label")
    plan = plan_of_proposal(admin, proposal)
    with pytest.raises(Conflict):
        apply_proposal(admin, proposal, [], seen="something else", taken=[clash.name])

    names = [step.name for step in plan.steps]
    apply_proposal(admin, proposal, names, seen=plan.digest(), taken=[clash.name])
    options = {option.code: str(option.label) for option in find_list(admin.organization, "customer.colour").options}
    assert options == {"red": "Scarlet", "blue": "Blue", "pink": "Pink", "green": "Green"}


def test_demo_records_are_exported_and_go_without_a_trace(admin: Actor, taxis: Path) -> None:
    done = apply_industry(admin, "taxis", with_demo_data=True)
    spec = spec_for(admin.organization, "customer")
    ann, bob = spec.model._default_manager.order_by("number")
    assert (ann.name, ann.custom["seats"], bob.parent_id) == ("Ann Rider", 4, ann.pk)
    assert demo_count(admin.organization) == 3
    text = write_document(current_document(admin.organization))
    assert "today+3" in text
    assert plan_of(admin, read_document(text), removes_extra=True).is_empty
    with pytest.raises(Conflict, match="demo records"):
        propose_template(admin, "taxis", with_demo_data=True)

    # A former configuration says nothing of records: putting it back leaves them.
    assert done.snapshot is not None
    assert "demo_records" not in done.snapshot.document

    own = door.create(admin, spec, {"name": "Own Customer", "parent": str(bob.pk)})
    note = {"customer": str(ann.pk), "type": "note", "text": "Written by me"}
    door.create(admin, spec_for(admin.organization, "activity"), note)
    removed = remove_demo_records(admin)
    assert (removed.count, removed.kept) == (2, ("Bob Rider",))
    left = set(spec.model._default_manager.filter(deleted_at=None).values_list("name", flat=True))
    assert left == {"Bob Rider", own.name}
    assert demo_count(admin.organization) == 1
    restore(admin, done.snapshot.pk)
    assert DemoRecord.objects.count() == 1


def test_demo_records_of_a_module_that_is_off_are_not_counted(admin: Actor, taxis: Path) -> None:
    apply_industry(admin, "taxis", with_demo_data=True)
    organization = admin.organization
    organization.edition = ENTERPRISE
    organization.save(update_fields=["edition"])
    create_demo_records(admin, spec_for(organization, "ticket"), [{"key": "leak", "name": "It leaks"}])
    remember_demo_count(admin)
    assert demo_count(organization) == 4

    organization.modules_off = ["tickets"]
    organization.save(update_fields=["modules_off"])
    forget(organization)
    assert demo_count(organization) == 3
    assert remove_demo_records(admin).count == 4
    assert not has_demo_records(organization)


def test_demo_records_are_never_put_among_real_ones(admin: Actor, taxis: Path) -> None:
    door.create(admin, spec_for(admin.organization, "customer"), {"name": "Real Customer"})
    with pytest.raises(BadDocument, match="records of your own already"):
        apply_industry(admin, "taxis", with_demo_data=True)
    assert not CustomField.objects.filter(name="seats").exists()
    assert apply_industry(admin, "taxis").snapshot is not None


@pytest.mark.parametrize(
    ("written", "told"),
    [("seats: 4", "seats: many"), ("parent: ann", "parent: nobody"), ("type: call", "colour: red")],
)
def test_wrong_demo_record_is_told_with_its_line_and_nothing_is_changed(
    admin: Actor, taxis: Path, written: str, told: str
) -> None:
    taxis.write_text(HEAD + FIRST.replace(written, told), encoding="utf-8")
    with pytest.raises(BadDocument, match=r"line \d+, demo_records\[\w+\].records"):
        apply_industry(admin, "taxis", with_demo_data=True)
    assert not CustomField.objects.filter(name="seats").exists()
    assert AppliedTemplate.objects.count() == 0


PART = ConfigurationPart(
    name="test_updates",
    label="Things",
    properties={
        "size": Property(Number(), "Size", default=0),
        "on": Property(Flag(), "On", default=False),
        "items": Property(Items(Properties({"code": Property(Text(), "Code"), "size": Property(Number(), "Size")}),
                                key="code"), "Items", default=[]),
        "rights": Property(Table(Text()), "Rights", default={}),
    },
    read=lambda organization: [],
    apply=lambda actor, change: None,
)  # fmt: skip
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "size": st.integers(0, 3),
        "on": st.booleans(),
        "items": st.dictionaries(st.sampled_from("abc"), st.integers(0, 3)).map(
            lambda found: [{"code": code, "size": size} for code, size in found.items()]
        ),
        "rights": st.dictionaries(st.sampled_from("xyz"), st.sampled_from(["own", "all"])),
    },
)
SAID = st.dictionaries(st.sampled_from(["one", "two"]), ENTRIES).map(
    lambda found: Document(entries={PART.name: {key: {KEY: key, **entry} for key, entry in found.items()}})
)


@pytest.fixture
def things() -> Iterator[None]:
    """A part for these tests alone."""
    configuration_parts._entries[PART.name] = PART
    yield
    configuration_parts.remove(PART.name)


def stated(document: Document) -> dict[str, Any]:
    return {PART.name: {key: PART.completed(entry) for key, entry in document.entries[PART.name].items()}}


@pytest.mark.usefixtures("things")
class TestRules:
    """What holds for any three states."""

    @given(SAID, SAID)
    def test_nothing_is_said_where_the_template_is_as_it_was(self, base: Document, mine: Document) -> None:
        found = update_between(base, base, stated(mine))
        assert (found.document.entries, found.clashes) == ({}, [])

    @given(SAID, SAID)
    def test_nothing_clashes_where_nobody_has_changed_anything(self, base: Document, newer_one: Document) -> None:
        assert update_between(base, newer_one, stated(base)).clashes == []

    @given(SAID, SAID, SAID)
    def test_everything_is_decided_when_all_clashes_are_taken(
        self, base: Document, new: Document, mine: Document
    ) -> None:
        clashes = update_between(base, new, stated(mine)).clashes
        taken = {clash.name for clash in clashes}
        again = update_between(base, new, stated(mine), taken)
        assert {clash.name for clash in again.clashes} == taken
        said = again.document.entries.get(PART.name, {})
        assert all(clash.key in said for clash in clashes)
