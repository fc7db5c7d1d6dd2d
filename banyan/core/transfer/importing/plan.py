"""The plan of an import: which column is which field, and what to do with duplicates."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.kinds import File
from banyan.core.objects.registry import specs_here
from banyan.core.objects.spec import ObjectSpec
from banyan.core.transfer.cells import Cell
from banyan.core.transfer.guessing import FieldHint, guess_kind, guess_mapping
from banyan.core.transfer.models import RememberedMapping
from banyan.core.transfer.parsing import guess_date_order, guess_number_style
from banyan.core.transfer.parts import PART_LABELS, part_label, part_names, split_part
from banyan.core.transfer.reading import Table

#: What a column of a file from another system may be beside a field of ours.
KEY, CREATED_AT, CREATED_BY, UPDATED_AT = "@key", "@created_at", "@created_by", "@updated_at"
ORIGIN_LABELS: dict[str, Any] = {
    KEY: gettext_lazy("Id in the other system"),
    CREATED_AT: gettext_lazy("Created there"),
    CREATED_BY: gettext_lazy("Created there by"),
    UPDATED_AT: gettext_lazy("Changed there"),
}
MATCH_MODES = ("update", "skip", "create", "ask")
LANGUAGES = ("zh-hans", "en")


@dataclass
class ColumnPlan:
    """What is done with one column: the field it fills (empty: none), and how its cells are written.

    ``field_name`` may be a part of an address, such as ``address.city``. ``new_kind`` is what a new custom
    field would be; empty, the column is not worth one. ``values`` translates what stands in cells to the
    codes of a pick list. ``kinds`` are those things of another system whose keys the column holds: its cells are
    links that are found by ``SourceKey``.
    """

    column: str
    field_name: str = ""
    new_kind: str = ""
    new_options: list[str] = field(default_factory=list)
    date_order: str = ""
    number_style: str = ""
    values: dict[str, str] = field(default_factory=dict)
    confidence: float = 0.0
    kinds: list[str] = field(default_factory=list)


@dataclass
class ImportPlan:
    """The whole plan.

    ``match`` says what happens to a row whose record is there already: ``update`` it, ``skip`` the row,
    ``create`` another record, or ``ask`` (the row waits among the rejected ones). ``match_by`` names the
    fields that tell records apart; empty, the object's duplicate rules decide. ``system`` is the other system that the
    rows come from and ``kind`` what they are there; a row whose key is known is that record, whatever ``match`` says.
    With ``lenient`` a row is taken without the values that do not fit, as long as none of them is needed.
    ``header_row`` is the number of the row with the names of the columns, where that is known.
    """

    columns: list[ColumnPlan]
    match: str = "update"
    match_by: list[str] = field(default_factory=list)
    keep_filled: bool = False
    create_options: bool = True
    create_links: list[str] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    system: str = ""
    kind: str = ""
    lenient: bool = False
    header_row: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the plan as it is stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return a stored plan; raise ``Invalid`` when somebody made up its parts."""
        try:
            columns = [ColumnPlan(**column) for column in stored.get("columns", [])]
            plan = cls(**{**stored, "columns": columns})
        except TypeError as problem:
            raise Invalid([FieldError("plan", "bad_plan", str(problem))]) from None
        if plan.match not in MATCH_MODES:
            message = _("Choose one of: %(modes)s.") % {"modes": ", ".join(MATCH_MODES)}
            raise Invalid([FieldError("match", "unknown_choice", message)])
        return plan


def propose_plan(actor: Actor, spec: ObjectSpec, table: Table) -> ImportPlan:
    """Return the plan that fits a file best: as it was the last time, else as its columns suggest."""
    samples = table.column_samples()
    remembered = _remembered(spec, table.columns)
    hints = field_hints(spec)
    possible = {hint.name for hint in hints} | ORIGIN_LABELS.keys()
    kept = _system_headings(spec)
    guesses = guess_mapping(table.columns, samples, hints)
    columns = []
    for guess, cells in zip(guesses, samples, strict=True):
        known = remembered.get(guess.column)
        chosen = known if known is not None and (known in possible or not known) else guess.field or ""
        column = ColumnPlan(guess.column, chosen, confidence=1.0 if known else guess.confidence)
        columns.append(column)
        _note_writing(column, cells)
        if guess.column in kept:
            column.new_kind = ""
    plan = ImportPlan(columns, encoding=table.encoding or "", separator=table.separator or "", sheet=table.sheet or "")
    plan.create_links = creatable_links(spec, [column.field_name for column in columns])
    return plan


def creatable_links(spec: ObjectSpec, names: Sequence[str]) -> list[str]:
    """Return those of the fields that link to records which a name alone is enough to create.

    People are never created on the way.
    """
    found = []
    for name in names:
        target = specs_here().get(getattr(spec.links[name].kind, "target", "")) if name in spec.links else None
        if target is None or target.name == spec.name:
            continue
        needed = [entry.name for entry in target.writable_fields.values() if entry.required and entry.default is None]
        if needed in ([], [target.title]):
            found.append(name)
    return found


def _note_writing(column: ColumnPlan, cells: Sequence[Cell]) -> None:
    order, style, guess = guess_date_order(cells), guess_number_style(cells), guess_kind(cells)
    column.date_order = order.value if order else ""
    column.number_style = style.value if style else ""
    column.new_kind = "" if column.field_name else guess.kind
    column.new_options = [] if column.field_name else list(guess.options)


def possible_names(spec: ObjectSpec, plan: ImportPlan) -> set[str]:
    """Return everything that a column of a plan may go to."""
    names = {hint.name for hint in field_hints(spec)}
    return names | ORIGIN_LABELS.keys() if plan.system else names


def field_hints(spec: ObjectSpec) -> list[FieldHint]:
    """Return what columns can be: every field that people may write, and the parts of addresses and names.

    The first address of an object claims columns that are called city or postcode and no more.
    """
    fields = [entry for entry in spec.writable_fields.values() if not isinstance(entry.kind, File)]
    hints = [FieldHint(entry.name, entry.kind.name, _in_all_languages(entry.label), entry.aliases) for entry in fields]
    claimed: set[str] = set()
    for entry in fields:
        for name in part_names(entry):
            part = split_part(name)[1]
            bare = () if part in claimed else _in_all_languages(PART_LABELS[part])
            claimed.add(part)
            hints.append(FieldHint(name, "text", _in_all_languages(part_label(entry, part)), bare))
    return hints


def _in_all_languages(label: Any) -> tuple[str, ...]:
    labels = []
    for language in LANGUAGES:
        with override(language):
            labels.append(str(label))
    return tuple(dict.fromkeys(labels))


def _system_headings(spec: ObjectSpec) -> set[str]:
    """Return what exported files call the fields that the system keeps: nobody wants another field of that name."""
    return {text for entry in spec.all_fields.values() if entry.read_only for text in _in_all_languages(entry.label)}


def signature(columns: Sequence[str]) -> str:
    """Return what identifies files with the same columns, in whatever order."""
    return hashlib.sha256("\n".join(sorted(columns)).encode()).hexdigest()


def _remembered(spec: ObjectSpec, columns: Sequence[str]) -> dict[str, str]:
    row = RememberedMapping.objects.filter(object_name=spec.name, signature=signature(columns)).first()
    return dict(row.mapping) if row else {}


def remember(actor: Actor, spec: ObjectSpec, plan: ImportPlan) -> None:
    """Keep a mapping for the next file with the same columns."""
    RememberedMapping.objects.update_or_create(
        organization_id=actor.organization_id,
        object_name=spec.name,
        signature=signature([column.column for column in plan.columns]),
        defaults={"mapping": {column.column: column.field_name for column in plan.columns}},
    )
