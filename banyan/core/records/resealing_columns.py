"""Columns that are always encrypted, sealed anew under the key in use, as a step of ``resealing``."""

from __future__ import annotations

import uuid

from django.apps import apps
from django.db.models import Model

from banyan.core.access.actor import Actor
from banyan.core.encryption.columns import SealedColumn
from banyan.core.records.resealing import PIECE_ROWS, Step


def column_steps() -> list[Step]:
    """Return a step for each table with such columns."""
    return [_step_of(model) for model in apps.get_models() if _sealed_columns(model)]


def _sealed_columns(model: type[Model]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if isinstance(field, SealedColumn)]  # noqa: SLF001


def _step_of(model: type[Model]) -> Step:
    rows = model._default_manager  # noqa: SLF001 Django's own name for it
    names = _sealed_columns(model)

    def work(actor: Actor, after: uuid.UUID | None) -> tuple[uuid.UUID | None, int]:
        found = rows.order_by("pk") if after is None else rows.filter(pk__gt=after).order_by("pk")
        piece = list(found.select_for_update(of=("self",))[:PIECE_ROWS])
        # Reading opens and writing seals; what is written is what was read.
        rows.bulk_update(piece, names)
        return (piece[-1].pk if piece else None), len(piece)

    return Step(model._meta.db_table, work, lambda _actor: rows.count())  # noqa: SLF001
