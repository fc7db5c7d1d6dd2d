"""Custom fields with an index: built beside the work, used under row-level security by the application's role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banyan.core.access.actor import Actor
from banyan.core.database.typed_values import TYPED
from banyan.core.kernel.errors import Conflict, Invalid
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.query import ListRequest, list_rows
from banyan.core.objects import customising
from banyan.core.objects.customising import FieldDraft, change_custom_field, create_custom_field
from banyan.core.objects.field_indexes import existing_indexes, index_name, is_built, synchronise
from banyan.core.objects.kinds import kinds
from banyan.core.objects.models import CustomField
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, forget_entirely, found

ROWS = 4_000
#: Takes the jobs that a change queued; other organizations of other tests may have some of their own.
TAKE_JOBS = """
    DELETE FROM procrastinate_jobs WHERE task_name = 'objects.index_fields' AND args ->> 'organization_id' = %s
    RETURNING lock
"""
#: Nothing is written, so that examples may share a database.
READS_ONLY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
KINDS = ("integer", "decimal", "date", "datetime", "text", "person")
START = datetime(2026, 1, 1, 8, tzinfo=UTC)


def value_of(kind: str, number: int, cast: Cast) -> Any:
    return {
        "integer": number,
        "decimal": f"{number}.25",
        "date": (START + timedelta(days=number)).date().isoformat(),
        "datetime": (START + timedelta(minutes=number)).isoformat(),
        "text": f"code-{number:05d}",
        "person": str(cast.users["owner" if number % 400 == 0 else "admin"].pk),
    }[kind]


@pytest.fixture(scope="module")
def company(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cast]:
    """An organization that is really committed: an index is built outside of any transaction."""
    with django_db_blocker.unblock():
        cast = found("Indexed Company", "indexed.test")
        with organization_scope(cast.organization.pk):
            actor = cast.actor("admin")
            for kind in KINDS:
                create_custom_field(actor, "customer", FieldDraft(kind, {"en": kind}, name=f"own_{kind}"))
            spec = spec_for(actor.organization, "customer")
            rows = [
                {"name": f"Customer {number}", **{f"own_{kind}": value_of(kind, number, cast) for kind in KINDS}}
                for number in range(ROWS)
            ]
            rows[7].pop("own_integer")
            outcome = door.create_many(actor, spec, rows)
            assert outcome.rejected == {}
        with connections["owner"].cursor() as cursor:
            cursor.execute("ANALYZE customers_customer")
        yield cast
        with organization_scope(cast.organization.pk):
            CustomField.objects.update(is_indexed=False)
        synchronise(cast.organization.pk)
        forget_entirely(cast)
        connections["owner"].close()
        connections["default"].close()


@pytest.fixture
def outside(company: Cast, django_db_blocker: Any) -> Iterator[Cast]:
    """The company, with no transaction of the test around."""
    with django_db_blocker.unblock():
        yield company


def mark(cast: Cast, kind: str) -> CustomField:
    """Mark a field anew as an administrator does, and do the work that this queues, as the worker does."""
    with organization_scope(cast.organization.pk):
        row = CustomField.objects.get(name=f"own_{kind}")
    for indexed in (False, True):
        set_indexed(cast, row, indexed=indexed)
    return row


def set_indexed(cast: Cast, row: CustomField, *, indexed: bool) -> None:
    with organization_scope(cast.organization.pk), connection.cursor() as cursor:
        is_change = CustomField.objects.get(pk=row.pk).is_indexed != indexed
        change_custom_field(cast.actor("admin"), row.pk, is_indexed=indexed)
        cursor.execute(TAKE_JOBS, [str(cast.organization.pk)])
        assert cursor.fetchall() == [("objects.index_fields",)] * is_change
    synchronise(cast.organization.pk)


def plan_of(actor: Actor, request: ListRequest) -> str:
    """Return the plans of the statements that a list needs, as the application's role under its policies."""
    spec = spec_for(actor.organization, "customer")
    statements: list[tuple[str, Any]] = []

    def watch(execute: Any, statement: str, parameters: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 Django's signature
        if statement.lstrip("( ").startswith(("SELECT", "WITH")) and "customers_customer" in statement:
            statements.append((statement, parameters))
        return execute(statement, parameters, many, context)

    with connection.execute_wrapper(watch):
        list_rows(actor, spec, request)
    plans = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, row_security_active('customers_customer')")
        assert cursor.fetchone() == (connection.settings_dict["USER"], True)
        for statement, parameters in statements:
            cursor.execute(f"EXPLAIN {statement}", parameters)
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    return "\n\n".join(plans)


FILTERS = {
    "integer": {"op": "between", "value": [100, 120]},
    "decimal": {"op": "between", "value": ["100", "120"]},
    "date": {"op": "between", "value": ["2026-03-01", "2026-03-20"]},
    "datetime": {"op": "lt", "value": (START + timedelta(minutes=20)).isoformat()},
    "text": {"op": "eq", "value": "code-00100"},
    "person": {"op": "eq"},
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_filter_uses_the_index_when_it_is_built(outside: Cast, kind: str) -> None:
    condition = {"field": f"own_{kind}", **FILTERS[kind]}
    condition.setdefault("value", str(outside.users["owner"].pk))
    request = ListRequest(filter=parse_tree(condition))
    spec_rows = {}
    for indexed in (False, True):
        row = mark(outside, kind) if indexed else None
        with organization_scope(outside.organization.pk):
            actor = outside.actor("admin")
            spec_rows[indexed] = list_rows(actor, spec_for(actor.organization, "customer"), request).rows
            plan = plan_of(actor, request)
        if row is not None:
            assert f"on {index_name(row.pk)}" in plan or f"using {index_name(row.pk)}" in plan, plan

    assert spec_rows[True]
    assert [row["id"] for row in spec_rows[True]] == [row["id"] for row in spec_rows[False]]
    assert is_built(row.pk, outside.organization.pk)


@pytest.mark.slow
@pytest.mark.parametrize("sign", ["", "-"])
def test_sorting_uses_the_index_and_empty_values_come_last(outside: Cast, sign: str) -> None:
    row = mark(outside, "integer")
    request = ListRequest(sort=(f"{sign}own_integer",), columns=("own_integer",), limit=20)
    with organization_scope(outside.organization.pk):
        actor = outside.actor("admin")
        spec = spec_for(actor.organization, "customer")
        plan = plan_of(actor, request)
        first = list_rows(actor, spec, request)
        names, cursor = [], ""
        while True:
            page = list_rows(actor, spec, replace(request, limit=1_000, cursor=cursor))
            names += [entry["own_integer"] for entry in page.rows]
            cursor = page.next_cursor
            if not cursor:
                break

    assert index_name(row.pk) in plan
    expected = sorted((number for number in range(ROWS) if number != 7), reverse=bool(sign))
    assert [entry["own_integer"] for entry in first.rows] == expected[:20]
    assert names == [*expected, None]


@pytest.mark.slow
def test_index_is_dropped_when_the_field_is_unmarked_or_switched_off(outside: Cast) -> None:
    row = mark(outside, "date")
    assert is_built(row.pk, outside.organization.pk)

    set_indexed(outside, row, indexed=False)
    assert index_name(row.pk) not in existing_indexes(outside.organization.pk)

    set_indexed(outside, row, indexed=True)
    with organization_scope(outside.organization.pk):
        change_custom_field(outside.actor("admin"), row.pk, is_active=False)
    synchronise(outside.organization.pk)
    with organization_scope(outside.organization.pk):
        change_custom_field(outside.actor("admin"), row.pk, is_active=True)
        connection.cursor().execute("DELETE FROM procrastinate_jobs WHERE task_name = 'objects.index_fields'")

    assert index_name(row.pk) not in existing_indexes(outside.organization.pk)


@pytest.mark.slow
def test_half_built_index_is_built_anew(outside: Cast) -> None:
    row = mark(outside, "text")
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [index_name(row.pk)])
    assert not is_built(row.pk, outside.organization.pk)

    synchronise(outside.organization.pk)

    assert is_built(row.pk, outside.organization.pk)


@pytest.mark.parametrize("kind", ["long_text", "tags", "multiple_choice"])
def test_long_texts_and_lists_cannot_be_indexed(admin: Actor, kind: str) -> None:
    options = ["a"] if kind == "multiple_choice" else []
    row = create_custom_field(admin, "customer", FieldDraft(kind, {"en": "Own"}, options=options))

    with pytest.raises(Invalid):
        change_custom_field(admin, row.pk, is_indexed=True)
    assert not CustomField.objects.get(pk=row.pk).is_indexed


def test_number_of_indexes_is_limited(admin: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(customising, "MOST_INDEXES", 1)
    rows = [create_custom_field(admin, "customer", FieldDraft("date", {"en": f"Day {n}"})) for n in range(2)]
    change_custom_field(admin, rows[0].pk, is_indexed=True)

    with pytest.raises(Conflict):
        change_custom_field(admin, rows[1].pk, is_indexed=True)


def typed(name: str, text: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT custom_{name}(%s)", [text])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("name", TYPED)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2023-02-30",
        "0000-01-01",
        "2026-13-01",
        "1e5",
        "NaN",
        "9" * 40 + ".",
        "9" * 300,
        "--5",
        "5-",
        " 5",
        "+5",
        "25:00",
    ],
)
def test_what_cannot_be_read_has_no_value_and_raises_nothing(db: None, name: str, text: str) -> None:
    assert typed(name, text) is None


@READS_ONLY
@given(
    day=st.dates(),
    number=st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12),
)
def test_typed_values_are_those_that_the_kinds_write(db: None, day: Any, number: Any) -> None:
    assert typed("date", kinds["date"]().to_json(day)) == day
    assert typed("numeric", kinds["decimal"]().to_json(number)) == number


@READS_ONLY
@given(instant=st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001 hypothesis adds it
def test_typed_instants_are_those_that_the_kind_writes(db: None, instant: datetime) -> None:
    assert typed("timestamptz", kinds["datetime"]().to_json(instant)) == instant
