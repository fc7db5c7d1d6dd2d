"""What files may say, how they are laid over one another, and what is refused with its line."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.configuration.differences import compare
from banyan.core.configuration.documents import BadDocument, Document, read_document, write_document
from banyan.core.configuration.layers import lay_over, stack
from banyan.core.configuration.yaml_text import BadYaml, read_yaml, write_yaml
from banyan.core.kernel.document_shapes import Flag, Items, Number, Properties, Property, Table, Text, Words
from banyan.core.objects.configuration_parts import KEY, ConfigurationPart, configuration_parts

HEAD = "banyan: 1\n"


@pytest.fixture(autouse=True)
def english() -> Any:
    """Complaints in the language of these tests."""
    with override("en"):
        yield


def refusal(text: str) -> str:
    with pytest.raises(BadDocument) as caught:
        read_document(text, source="own.yaml")
    return "\n".join(str(complaint) for complaint in caught.value.complaints)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1"),
        ("banyan: 2\nnew_thing: []\n", "own.yaml, line 1, banyan: The file has format 2"),
        (f"{HEAD}product_version: 99.0.0\n", "line 2, product_version"),
        (f"{HEAD}robots: []\n", "line 2, robots: There is no part “robots”"),
        (f"{HEAD}fields:\n  - kind: text\n", "line 3, fields[1]: Each entry begins"),
        (
            f"{HEAD}fields:\n  - key: customer.size\n    colour: red\n",
            "line 4, fields[1].colour: “colour” is not known",
        ),
        (f"{HEAD}fields:\n  - key: customer.size\n    required: maybe\n", "line 4, fields[1].required: Write true or"),
        (f"{HEAD}fields:\n  - key: a.b\n    kind: text\n  - key: a.b\n    kind: text\n", "“a.b” stands in the list"),
        (f"{HEAD}fields: {{}}\n", "line 2, fields: A list belongs here"),
        (f"{HEAD}fields: &all []\nroles: *all\n", "line 2: Anchors"),
        (f"{HEAD}name: !!python/object:os.system x\n", "line 2: Tags"),
        (f"{HEAD}name: a\nname: b\n", "line 3: “name” stands here twice"),
        (f"{HEAD}name: [\n", "This is not YAML"),
        (f"{HEAD}pick_lists:\n  - key: x\n    options:\n      - {{label: A}}\n", "pick_lists[1].options[1]: Each item"),
        (f"{HEAD}name: {'[' * 60}{']' * 60}\n", "nested too deeply"),
    ],
)
def test_file_is_refused_with_its_line_and_path(text: str, told: str) -> None:
    assert told in refusal(text)


def test_all_problems_of_a_file_are_told_at_once() -> None:
    text = f"{HEAD}fields:\n  - key: a.b\n    required: 1\n  - key: a.c\n    position: x\n"

    assert refusal(text).count("own.yaml, line") == 2


def test_words_of_yaml_stay_texts() -> None:
    found = read_yaml("a: no\nb: 2026-01-01\nc: 12:30\nd: 007\ne: true\nf: 1.5\ng:\n").value

    assert found == {"a": "no", "b": "2026-01-01", "c": "12:30", "d": "007", "e": True, "f": 1.5, "g": None}


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc_1é中", min_size=1, max_size=4), inner),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert read_yaml(write_yaml({"value": value})).value == {"value": value}


@given(st.text(max_size=60))
def test_no_text_makes_reading_fail_in_another_way(text: str) -> None:
    with suppress(BadYaml):
        read_yaml(text)


PART = ConfigurationPart(
    name="test_things",
    label="Things",
    properties={
        "label": Property(Words(), "Label", default={}),
        "size": Property(Number(), "Size", default=0),
        "on": Property(Flag(), "On", default=False),
        "items": Property(Items(Properties({"code": Property(Text(), "Code"), "size": Property(Number(), "Size")}),
                                key="code"), "Items", default=[]),
        "rights": Property(Table(Text()), "Rights", default={}),
    },
    read=lambda organization: [],
    apply=lambda actor, change: None,
)  # fmt: skip


@pytest.fixture(autouse=True)
def things() -> Any:
    """A part for these tests alone."""
    configuration_parts._entries[PART.name] = PART
    yield
    configuration_parts.remove(PART.name)


ITEMS = st.dictionaries(st.sampled_from("abc"), st.integers(0, 3)).map(
    lambda found: [{"code": code, "size": size} for code, size in found.items()]
)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "size": st.integers(0, 3),
        "on": st.booleans(),
        "items": ITEMS,
        "rights": st.dictionaries(st.sampled_from("xyz"), st.sampled_from(["own", "all"])),
    },
)
KEYS = st.sampled_from(["one", "two", "three"])


def document(entries: dict[str, dict[str, Any]], *, is_complete: bool = False, removed: Any = ()) -> Document:
    told = {key: {KEY: key, **entry} for key, entry in entries.items()}
    gone = frozenset((PART.name, key) for key in removed)
    return Document(entries={PART.name: told}, is_complete=is_complete, removals=gone)


PARTIAL = st.dictionaries(KEYS, ENTRIES).map(document)
COMPLETE = st.dictionaries(KEYS, ENTRIES).map(lambda found: document(found, is_complete=True))
ANY = PARTIAL | COMPLETE


def result(current: Any, plan: Any) -> dict[str, Any]:
    """Return the configuration after a plan."""
    after = {name: dict(entries) for name, entries in current.items()}
    for step in plan.steps:
        if step.change.is_removal:
            del after[step.part.name][step.change.key]
        else:
            after[step.part.name][step.change.key] = step.change.entry
    return after


STATES = st.dictionaries(KEYS, ENTRIES).map(
    lambda found: {PART.name: {key: PART.completed({KEY: key, **entry}) for key, entry in found.items()}}
)


@given(STATES, ANY)
def test_second_application_changes_nothing(current: Any, wanted: Document) -> None:
    after = result(current, compare(wanted, current))

    assert compare(wanted, after).is_empty


@given(STATES, COMPLETE)
def test_exact_application_of_a_complete_document_leaves_nothing_else(current: Any, wanted: Document) -> None:
    after = result(current, compare(wanted, current, is_exact=True))

    assert after[PART.name] == {key: PART.completed(entry) for key, entry in wanted.entries[PART.name].items()}


@given(STATES, PARTIAL)
def test_what_a_partial_document_does_not_say_stays(current: Any, wanted: Document) -> None:
    after = result(current, compare(wanted, current))

    for key, entry in current[PART.name].items():
        said = wanted.entries[PART.name].get(key, {})
        assert all(after[PART.name][key][name] == value for name, value in entry.items() if name not in said)


@given(STATES, PARTIAL, PARTIAL)
def test_layers_do_the_same_as_one_file_after_the_other(current: Any, base: Document, over: Document) -> None:
    in_turn = result(current, compare(base, current))
    in_turn = result(in_turn, compare(over, in_turn))

    assert result(current, compare(stack([base, over]), current)) == in_turn


@given(ANY, ANY, ANY)
def test_laying_over_is_associative(one: Document, two: Document, three: Document) -> None:
    left, right = lay_over(lay_over(one, two), three), lay_over(one, lay_over(two, three))

    assert left.entries == right.entries


@given(STATES)
def test_nothing_differs_from_its_own_export(current: Any) -> None:
    entries = {key: PART.shortened(entry) for key, entry in current[PART.name].items()}
    text = write_document(Document(is_complete=True, entries={PART.name: entries}))

    assert compare(read_document(text), current, is_exact=True).is_empty


def test_removal_takes_away_what_a_lower_layer_brings() -> None:
    base, over = document({"one": {"size": 1}, "two": {}}), document({}, removed=["one"])

    assert set(stack([base, over]).entries[PART.name]) == {"two"}


def test_items_and_names_can_be_taken_out_of_lists_and_tables() -> None:
    current = {PART.name: {"one": PART.completed({KEY: "one", "items": [{"code": "a"}, {"code": "b"}],
                                                  "rights": {"x": "own", "y": "all"}})}}  # fmt: skip
    wanted = document({"one": {"items": [{"code": "a", "remove": True}], "rights": {"x": None}}})

    (step,) = compare(wanted, current).steps
    assert step.change.entry is not None
    assert [item["code"] for item in step.change.entry["items"]] == ["b"]
    assert step.change.entry["rights"] == {"y": "all"}
