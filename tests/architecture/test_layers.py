"""Foreign keys are strings, so import-linter cannot see them: these tests do."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from banyan.core.objects.models import Record
from tests.architecture.layout import depth, place

OURS = [model for model in apps.get_models() if model.__module__.startswith("banyan.")]
RECORDS = [model for model in OURS if issubclass(model, Record)]


def relations(model: type[models.Model]) -> list[models.Field]:
    return [field for field in model._meta.get_fields() if field.is_relation and not field.auto_created]


def is_upward(model: type[models.Model], target: type[models.Model]) -> bool:
    if not target.__module__.startswith("banyan.") or place(model.__module__) == place(target.__module__):
        return False
    return depth(model.__module__) >= depth(target.__module__)


def test_relations_point_downward() -> None:
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in OURS
        for field in relations(model)
        if isinstance(field.related_model, type) and is_upward(model, field.related_model)
    ]

    assert upward == []


@pytest.mark.parametrize("model", RECORDS, ids=lambda model: model._meta.label)
def test_record_reads_well_when_printed(model: type[models.Model]) -> None:
    assert model.__str__ is not models.Model.__str__


@pytest.mark.parametrize("model", RECORDS, ids=lambda model: model._meta.label)
def test_record_has_an_order(model: type[models.Model]) -> None:
    assert model._meta.ordering
