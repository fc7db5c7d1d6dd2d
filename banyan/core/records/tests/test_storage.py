"""Rows on their way to a table: many at once, with what they have in common."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import new_id
from banyan.core.records.models import Change
from banyan.core.records.storage import MADE_TOGETHER, insert_rows
from tests.cast import Cast

MANY = 2 * MADE_TOGETHER + 7


def _rows(scope: Cast, **others: Any) -> Iterator[dict[str, Any]]:
    for position in range(MANY):
        given = {name: value[position] for name, value in others.items()}
        yield {
            "id": new_id(),
            "organization_id": scope.organization.pk,
            "batch_id": scope.organization.pk,
            "object_name": "customer",
            "record_id": new_id(),
            "action": "create",
            "channel": "import",
            **given,
        }


def test_many_rows_keep_what_is_their_own(scope: Cast) -> None:
    values = [[{}, {"n": [0, 1]}, {"n": [0, True]}, {"n": [0, 1.0]}][position % 4] for position in range(MANY)]
    moments = [now() + timedelta(seconds=position // 300) for position in range(MANY)]

    insert_rows(Change, _rows(scope, values=values, at=moments))

    stored = list(Change.objects.filter(batch_id=scope.organization.pk).order_by("id"))
    assert [row.values for row in stored] == values
    assert [repr(row.values) for row in stored[:3]] == ["{}", "{'n': [0, 1]}", "{'n': [0, True]}"]
    assert [row.at for row in stored] == moments
    assert all(row.actor_id is None for row in stored)


def test_a_column_that_some_rows_lack_gets_its_default(scope: Cast) -> None:
    rows = list(_rows(scope, values=[{"n": [0, position]} for position in range(MANY)]))
    del rows[3]["values"], rows[-1]["values"]

    insert_rows(Change, rows)

    stored = Change.objects.filter(batch_id=scope.organization.pk).order_by("id").values_list("values", flat=True)
    assert (stored[3], stored[4], stored[MANY - 1]) == ({}, {"n": [0, 4]}, {})


@pytest.mark.parametrize("wrong", [3, MANY - 1])
def test_one_wrong_row_keeps_all_of_them_out(scope: Cast, wrong: int) -> None:
    ids = [new_id() for _ in range(MANY)]
    ids[wrong] = ids[wrong - 1]

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Change, _rows(scope, id=ids))

    assert not Change.objects.filter(batch_id=scope.organization.pk).exists()


def test_rows_may_ask_the_database_while_others_are_written(scope: Cast) -> None:
    def asking() -> Iterator[dict[str, Any]]:
        for row in _rows(scope):
            assert Change.objects.filter(pk=row["id"]).first() is None
            yield row

    insert_rows(Change, asking())

    assert Change.objects.filter(batch_id=scope.organization.pk).count() == MANY
