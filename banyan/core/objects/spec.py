"""What an object is: declared once, and everything generic is made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.languages import within_sentence
from banyan.core.objects.inference import infer_kind
from banyan.core.objects.kinds import AutoNumber, Choice, DateTime, Integer, Kind, Link, Person

if TYPE_CHECKING:
    from banyan.core.objects.models import Record

COLUMN = "column"
CUSTOM = "custom"


@dataclass(frozen=True)
class Field:
    """One field of an object.

    ``source`` says whether the value lies in a column of its own or in the ``custom`` column.
    ``weight`` (A to D) makes the value searchable. A ``read_only`` field is set by the system alone.
    An ``indexed`` custom field has an index that its comparisons must fit.
    The values of a ``sensitive`` field are encrypted in the database; while it is ``in_transition`` some still
    are not, or are no longer supposed to be. ``object_name`` is known of such fields, whose values are bound
    to it.
    ``aliases`` are further headings by which an import recognises the field. ``summed`` says whether lists
    add the values up; a sum of prices says nothing.
    A field of a ``module`` is absent where that is switched off, whatever the module of its object; its values are kept.
    """

    name: str
    kind: Kind
    label: Any
    help: Any = ""
    required: bool = False
    read_only: bool = False
    default: Any = None
    source: str = COLUMN
    attribute: str = ""
    weight: str = ""
    unique: bool = False
    indexed: bool = False
    aliases: tuple[str, ...] = ()
    summed: bool = True
    sensitive: bool = False
    in_transition: bool = False
    object_name: str = ""
    module: str = ""

    @property
    def is_sealed(self) -> bool:
        """Say whether stored values may be encrypted."""
        return self.sensitive or self.in_transition

    def default_value(self, actor: Any) -> Any:
        """Return the value of a new record when nothing is given; a callable default gets the actor."""
        return self.default(actor) if callable(self.default) else self.default


@dataclass(frozen=True)
class Section:
    """A titled group of fields in forms and on the record page."""

    title: Any
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Board:
    """A board view: one column per value of ``field``, with the sum of ``total`` on top.

    When ``field`` is a link, its target object's records (in their ``position``) are the columns,
    and ``group_field`` names the link of those records by which boards are told apart (a pipeline).
    """

    field: str
    total: str = ""
    card: tuple[str, ...] = ()
    group_field: str = ""


@dataclass(frozen=True)
class Calendar:
    """A calendar view by a date or instant."""

    start: str
    end: str = ""


@dataclass(frozen=True)
class Forecast:
    """A board by time: one column per month or quarter of the day ``date``, with the sums of two amounts on top.

    ``weighted`` names the amount as far as it may be expected. The cards are those of the object's board.
    """

    date: str
    total: str
    weighted: str = ""
    module: str = ""


@dataclass(frozen=True)
class Child:
    """A list of another object's records that point here through ``link``."""

    object_name: str
    link: str
    label: Any = ""
    columns: tuple[str, ...] = ()
    cascade: bool = True


@dataclass(frozen=True)
class ViewPreset:
    """A saved view that every organization starts with; ``filter`` is a filter tree as the API takes it.

    One of a ``module`` that is off is absent.
    """

    key: str
    label: Any
    filter: dict[str, Any] = field(default_factory=dict)
    sort: str = ""
    columns: tuple[str, ...] = ()
    display: str = "table"
    module: str = ""


@dataclass(frozen=True)
class ObjectSpec:
    """Everything the product knows about one object.

    ``fields`` is a sequence of model field names, or ``Field`` entries where the model does not say
    enough; kinds, labels, lengths, choices and whether a value is needed come from the model.
    ``own_fields`` are the user fields that make a record somebody's own, ``shared_field`` a list of users
    who see it besides, ``territory_field`` the path to the territory it lies in, ``pool_field`` the link to the
    public pool in which it waits for an owner, ``inherits_from`` the link to the record whose visibility it shares.
    ``is_setting`` marks records that belong to the organization's set-up, such as pipelines: everybody
    sees them, and only those who may customise change them.
    ``fixed`` are columns of the table that all records of the object have alike; ``is_custom`` says that the
    organization has made the object itself.
    ``ability`` keeps an object for those who have that right, whatever roles say of objects in general.
    ``open_filter`` tells which records are still under way, as a filter tree: when somebody leaves, those are
    handed over, and what is finished stays in their name. Empty means all.
    ``namesake_order`` says which of several records of one name is meant where only the name is known, as in
    a file: the first in this order of the database, else the oldest.
    ``shaping`` is what else the organization has made of the object, by the name of the room that reads it (see
    ``banyan.core.objects.registry.shapings``); nothing but a specification shaped for an organization has it.
    ``prepare`` is the object's business rules: it gets the drafts of a write, set-based, and may set
    values or add errors (see ``banyan.core.records``).
    """

    name: str
    plural: str
    model: type[Record]
    module: str
    label: Any
    label_plural: Any
    icon: str
    fields: Sequence[str | Field]
    title: str = "name"
    subtitle: tuple[str, ...] = ()
    number_pattern: str = "{number}"
    columns: tuple[str, ...] = ()
    sort: str = "-updated_at"
    sections: tuple[Section, ...] = ()
    quick_fields: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    views: tuple[ViewPreset, ...] = ()
    board: Board | None = None
    calendar: Calendar | None = None
    forecast: Forecast | None = None
    children: tuple[Child, ...] = ()
    own_fields: tuple[str, ...] = ("owner",)
    shared_field: str = ""
    territory_field: str = ""
    pool_field: str = ""
    inherits_from: str = ""
    prepare: Callable[[Any, Any], None] | None = None
    has_page: bool = True
    in_menu: bool = True
    importable: bool = True
    timeline: bool = True
    is_setting: bool = False
    ability: str = ""
    namesake_order: tuple[str, ...] = ()
    open_filter: dict[str, Any] = field(default_factory=dict)
    description: Any = ""
    custom_fields: tuple[Field, ...] = ()
    shaping: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    is_custom: bool = False

    @cached_property
    def all_fields(self) -> dict[str, Field]:
        """Return every field by name: system fields, built-in fields, custom fields."""
        entries = [*self._system_fields(), *(self._complete(entry) for entry in self.fields), *self.custom_fields]
        return {entry.name: entry for entry in entries}

    @cached_property
    def writable_fields(self) -> dict[str, Field]:
        """Return the fields that people and programs may set."""
        return {name: entry for name, entry in self.all_fields.items() if not entry.read_only}

    @cached_property
    def links(self) -> dict[str, Field]:
        """Return the fields that hold the id of another record or a person."""
        return {name: entry for name, entry in self.all_fields.items() if getattr(entry.kind, "target", "")}

    @cached_property
    def sealed_fields(self) -> dict[str, Field]:
        """Return the fields whose values are encrypted in the database."""
        return {name: entry for name, entry in self.all_fields.items() if entry.is_sealed}

    @property
    def noun(self) -> str:
        """Return what one record is called amid a sentence."""
        return within_sentence(str(self.label))

    @property
    def noun_plural(self) -> str:
        """Return what several records are called amid a sentence."""
        return within_sentence(str(self.label_plural))

    @property
    def parent(self) -> ObjectSpec | None:
        """Return the specification from which visibility is inherited."""
        from banyan.core.objects.registry import specs_here  # noqa: PLC0415 specifications refer to each other by name

        if not self.inherits_from:
            return None
        return specs_here().get(getattr(self.all_fields[self.inherits_from].kind, "target", ""))

    @property
    def parent_path(self) -> str:
        """Return the model path of the link from which visibility is inherited."""
        return self.all_fields[self.inherits_from].attribute

    @property
    def table(self) -> str:
        """Return the database table."""
        return self.model._meta.db_table  # noqa: SLF001 Django's public model API is named so

    def layout(self) -> tuple[Section, ...]:
        """Return the sections of forms and record pages; fields that no section names go to the last one."""
        named = {name for section in self.sections for name in section.fields}
        # What an own field computes is to be seen, too.
        shown = (name for name, entry in self.all_fields.items() if not entry.read_only or entry.source == CUSTOM)
        rest = tuple(name for name in shown if name not in named and name != "owner")
        sections = self.sections or (Section("", ()),)
        # Own fields that work themselves out stand there, too: forms leave them out, pages show them.
        extra = tuple(entry.name for entry in self.custom_fields if entry.name not in named)
        plain = tuple(name for name in rest if self.all_fields[name].source != CUSTOM)
        first = replace(sections[0], fields=(*sections[0].fields, *plain))
        more = (Section(_("More details"), extra),) if extra else ()
        return tuple(
            replace(section, fields=tuple(name for name in section.fields if name in self.all_fields))
            for section in (first, *sections[1:], *more)
        )

    def _complete(self, entry: str | Field) -> Field:
        if isinstance(entry, Field):
            return entry if entry.attribute else replace(entry, attribute=_attribute(self.model, entry.name))
        column = self.model._meta.get_field(entry)  # noqa: SLF001
        return describe(column)

    def _system_fields(self) -> list[Field]:
        return [
            Field("number", AutoNumber(), _("Number"), read_only=True, attribute="number", weight="A"),
            Field(
                "owner",
                Person(),
                _("Owner"),
                attribute="owner_id",
                default=lambda actor: actor.user_id,
                aliases=("负责人", "所有人", "销售", "业务员", "owner", "sales rep", "sales agent"),
            ),
            Field("created_at", DateTime(), _("Created"), read_only=True, attribute="created_at"),
            Field("created_by", Person(), _("Created by"), read_only=True, attribute="created_by_id"),
            Field("updated_at", DateTime(), _("Changed"), read_only=True, attribute="updated_at"),
            Field("updated_by", Person(), _("Changed by"), read_only=True, attribute="updated_by_id"),
            Field("version", Integer(), _("Version"), read_only=True, attribute="version"),
        ]


def describe(column: Any, **changes: Any) -> Field:
    """Return the field that a model's column makes; keyword arguments override what is inferred."""
    found = Field(
        name=column.name,
        kind=changes.pop("kind", None) or infer_kind(column),
        label=column.verbose_name,
        help=column.help_text,
        required=not column.blank and not column.has_default(),
        read_only=not column.editable,
        default=column.default if column.has_default() and not callable(column.default) else None,
        attribute=column.attname,
    )
    return replace(found, **changes)


def field_of(model: type[models.Model], name: str, **changes: Any) -> Field:
    """Return the field of a model's column, with changes to what the model says."""
    return describe(model._meta.get_field(name), **changes)  # noqa: SLF001


def choice_of(model: type[models.Model], name: str, *, colors: Mapping[str, str], **changes: Any) -> Field:
    """Return the field of a column with choices, whose values are shown in colours."""
    found = field_of(model, name, **changes)
    if not isinstance(found.kind, Choice):
        raise TypeError(f"{name} has no choices.")
    options = tuple(replace(option, color=colors.get(option.code, "")) for option in found.kind.options)
    return replace(found, kind=replace(found.kind, options=options))


def link_of(model: type[models.Model], name: str, *, narrowed_by: str, **changes: Any) -> Field:
    """Return the field of a link that offers only records of the same ``narrowed_by``, such as a customer's contacts."""
    found = field_of(model, name, **changes)
    if not isinstance(found.kind, Link):
        raise TypeError(f"{name} is no link.")
    return replace(found, kind=replace(found.kind, narrowed_by=narrowed_by))


def _attribute(model: type[models.Model], name: str) -> str:
    return str(model._meta.get_field(name).attname)  # type: ignore[union-attr]  # noqa: SLF001
