"""Objects that the organization has made for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.kernel.document_shapes import Flag, Number, Property, Table, Text, Words
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.objects.custom_objects import (
    ObjectDraft,
    change_custom_object,
    create_custom_object,
    delete_custom_object,
)
from banyan.core.objects.custom_specs import model_of
from banyan.core.objects.models import CustomObject
from banyan.core.objects.translated import Translated
from banyan.core.tenancy.models import Organization

#: Properties of the file and the columns that hold them, as far as they can be changed later.
CHANGEABLE = {
    "label": "labels", "label_plural": "labels_plural", "name_label": "title_labels", "description": "descriptions",
    "icon": "icon", "number_pattern": "number_pattern", "main_label": "main_labels", "main_required": "main_required",
    "follows_main": "follows_main", "shape": "shape", "in_menu": "in_menu", "active": "is_active", "position": "position",
}  # fmt: skip
FIXED = {"path": "plural", "main": "main_object"}


def _read(_organization: Organization) -> list[dict[str, Any]]:
    return [
        {
            KEY: row.name,
            **{name: getattr(row, column) for name, column in (*FIXED.items(), *CHANGEABLE.items())},
        }
        for row in CustomObject.objects.order_by("position", "name")
    ]


def _apply(actor: Actor, change: Change) -> None:
    row = CustomObject.objects.filter(name=change.key).first()
    if change.is_removal:
        _remove(actor, row)
        return
    entry = change.values()
    if row is None:
        row = create_custom_object(
            actor,
            ObjectDraft(
                labels=entry["label"],
                labels_plural=entry["label_plural"],
                title_labels=entry["name_label"],
                descriptions=entry["description"],
                name=change.key,
                plural=entry["path"],
                icon=entry["icon"],
                number_pattern=entry["number_pattern"],
                main_object=entry["main"],
                main_labels=entry["main_label"],
                main_required=entry["main_required"],
                follows_main=entry["follows_main"],
                in_menu=entry["in_menu"],
            ),
        )
    changes = {
        column: entry[name]
        for name, column in CHANGEABLE.items()
        if entry[name] not in (None, "", {}) or (not change.is_new and name in change.changed())
    }
    changes = {column: value for column, value in changes.items() if getattr(row, column) != value}
    if changes:
        change_custom_object(actor, row.pk, **changes)


def _remove(actor: Actor, row: CustomObject | None) -> None:
    """Delete an object that has no records; one that has is switched off and keeps them."""
    if row is None:
        return
    if model_of(row.name)._default_manager.exists():  # noqa: SLF001 Django's own name for it
        change_custom_object(actor, row.pk, is_active=False)
    else:
        delete_custom_object(actor, row.pk)


def _needs(entry: Mapping[str, Any]) -> Sequence[str]:
    return (entry["main"],) if entry["main"] else ()


OBJECTS_PART = ConfigurationPart(
    name="objects",
    label=gettext_lazy("Own objects"),
    key_help=gettext_lazy("the name, such as project"),
    help=gettext_lazy("An object with records that is removed is switched off; its records are kept."),
    properties={
        "label": Property(Words(), gettext_lazy("Label"), needed=True),
        "label_plural": Property(Words(), gettext_lazy("Label of several"), default={}),
        "path": Property(Text(longest=60), gettext_lazy("Path"), needed=True, fixed=True),
        "name_label": Property(Words(), gettext_lazy("Label of the name"), default={}),
        "description": Property(Words(), gettext_lazy("Description"), default={}),
        "icon": Property(Text(longest=40), gettext_lazy("Icon"), default="package"),
        "number_pattern": Property(Text(longest=40), gettext_lazy("Numbers"), default=""),
        "main": Property(Text(), gettext_lazy("Belongs to"), gettext_lazy("The name of an object."), "", fixed=True),
        "main_label": Property(Words(), gettext_lazy("Label of what it belongs to"), default={}),
        "main_required": Property(Flag(), gettext_lazy("Must belong to something"), default=False),
        "follows_main": Property(Flag(), gettext_lazy("Seen by whoever sees what it belongs to"), default=False),
        "shape": Property(Table(), gettext_lazy("Columns, board and calendar"), default={}),
        "in_menu": Property(Flag(), gettext_lazy("In the menu"), default=True),
        "active": Property(Flag(), gettext_lazy("In use"), default=True),
        "position": Property(Number(least=0), gettext_lazy("Position")),
    },
    read=_read,
    apply=_apply,
    needs=_needs,
    is_gone=lambda entry: not entry["active"],
    title=lambda entry: str(Translated(entry["label"], entry[KEY])) if entry["label"] else _("Object"),
)
