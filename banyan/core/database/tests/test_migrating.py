"""Migrations that draw one model at a time make every table as its model says."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.state import ProjectState

from banyan.core.database.migrating import one_model_at_a_time


@pytest.mark.django_db
def test_every_table_has_the_columns_indexes_and_constraints_of_its_model() -> None:
    wrong = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if not model._meta.managed:
                continue
            table = model._meta.db_table
            columns = {column.name for column in connection.introspection.get_table_description(cursor, table)}
            names = connection.introspection.get_constraints(cursor, table).keys()
            declared = {entry.name for entry in (*model._meta.indexes, *model._meta.constraints)}
            missing = declared - names
            if columns != {field.column for field in model._meta.local_concrete_fields if field.column} or missing:
                wrong.append((table, missing))

    assert wrong == []


def test_djangos_way_is_back_afterwards() -> None:
    usual = ProjectState._find_reload_model  # type: ignore[attr-defined]
    with one_model_at_a_time():
        assert ProjectState._find_reload_model is not usual  # type: ignore[attr-defined]

    assert ProjectState._find_reload_model is usual  # type: ignore[attr-defined]
