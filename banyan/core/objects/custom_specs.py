"""Specifications of the objects that organizations make: from rows instead of code, and equal to built-in ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.objects.kinds import Choice, Date, DateTime, Link, Money
from banyan.core.objects.models import CustomObject, CustomRecord
from banyan.core.objects.spec import Board, Calendar, Field, ObjectSpec, field_of
from banyan.core.objects.translated import Translated

MODULE = "custom_objects"
TITLE = "name"
#: Where the id of the record lies that a custom record belongs to.
MAIN_COLUMN = "belongs_to"
#: How many fields a list shows unless somebody chose its columns.
COLUMNS_SHOWN = 6


class _RowsOf(models.Manager[CustomRecord]):
    """The rows of one custom object."""

    def __init__(self, object_name: str) -> None:
        super().__init__()
        self.object_name = object_name

    def get_queryset(self) -> models.QuerySet[CustomRecord]:
        """Return the rows of the object alone, whatever else the table holds."""
        return super().get_queryset().filter(object_name=self.object_name)


@cache
def model_of(object_name: str) -> type[CustomRecord]:
    """Return the model of a custom object: the one table of all of them, limited to its rows.

    Organizations that use the same name share the model; row-level security keeps their rows apart.
    """

    class Meta:
        proxy = True
        app_label = "objects"
        default_manager_name = "rows"
        ordering: ClassVar = ["name"]

    name = f"Custom_{object_name}"
    model = type(name, (CustomRecord,), {"__module__": __name__, "Meta": Meta, "rows": _RowsOf(object_name)})
    # Whoever walks the application's models wants its tables, and this one has none of its own.
    del apps.all_models["objects"][name.lower()]
    apps.clear_cache()
    return model


def custom_spec(row: CustomObject, fields: tuple[Field, ...]) -> ObjectSpec:
    """Return the specification that a custom object's row and its fields make."""
    model = model_of(row.name)
    title = field_of(model, TITLE, weight="A", label=Translated(row.title_labels, _("Name")))
    main = _main_link(row)
    by_name = {entry.name: entry for entry in fields}
    own_order = [entry.name for entry in fields if entry.kind.widget != "long_text"]
    chosen = [
        name for name in row.shape.get("columns", ()) if name in by_name or name in {"number", "owner", "updated_at"}
    ]
    columns = chosen or [*([main.name] if main else []), *own_order[: COLUMNS_SHOWN - 2], "owner", "updated_at"]
    return ObjectSpec(
        name=row.name,
        plural=row.plural,
        model=model,
        module=MODULE,
        label=Translated(row.labels, row.name),
        label_plural=Translated(row.labels_plural or row.labels, row.plural),
        description=Translated(row.descriptions, ""),
        icon=row.icon,
        fields=(title, *([main] if main else [])),
        custom_fields=fields,
        title=TITLE,
        subtitle=(*([main.name] if main else []), *own_order[:2]),
        number_pattern=row.number_pattern,
        columns=(TITLE, *dict.fromkeys(columns)),
        quick_fields=(TITLE, *([main.name] if main else []), *(entry.name for entry in fields if entry.required)),
        filters=tuple(entry.name for entry in fields if entry.kind.operators and entry.kind.widget != "long_text")[:12],
        board=_board(row.shape, by_name, main),
        calendar=_calendar(row.shape, by_name),
        inherits_from=main.name if main and row.follows_main else "",
        in_menu=row.in_menu,
        fixed={"object_name": row.name},
        is_custom=True,
    )


def _main_link(row: CustomObject) -> Field | None:
    if not row.main_object:
        return None
    return Field(
        row.main_name,
        Link(target=row.main_object),
        Translated(row.main_labels, row.main_name),
        required=row.main_required,
        attribute=MAIN_COLUMN,
    )


def _board(shape: Mapping[str, Any], fields: Mapping[str, Field], main: Field | None) -> Board | None:
    """Return the board by the chosen choice, or by the first one that there is.

    Unless somebody chose otherwise, it adds up the first money and its cards show the main record and that money.
    """
    choices = [name for name, entry in fields.items() if isinstance(entry.kind, Choice)]
    name = shape.get("board_field") or next(iter(choices), "")
    if name not in choices or shape.get("board_field") == "":
        return None
    money = next((entry.name for entry in fields.values() if isinstance(entry.kind, Money)), "")
    total = shape.get("board_total", money)
    usual = [*([main.name] if main else []), *([money] if money else [])]
    card = tuple(entry for entry in shape.get("board_card", usual) if entry in fields or (main and entry == main.name))
    return Board(name, total=total if total in fields and fields[total].kind.totals else "", card=card)


def _calendar(shape: Mapping[str, Any], fields: Mapping[str, Field]) -> Calendar | None:
    """Return the calendar by the chosen days, or by the first field of a day that there is."""
    days = [name for name, entry in fields.items() if isinstance(entry.kind, (Date, DateTime))]
    name = shape.get("calendar_start") or next(iter(days), "")
    if name not in days or shape.get("calendar_start") == "":
        return None
    end = shape.get("calendar_end", "")
    return Calendar(name, end=end if end in days else "")
