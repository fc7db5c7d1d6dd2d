"""The plan of a prepared table's import: what its description says, and guesses for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import override

from banyan.core.access.actor import Actor
from banyan.core.kernel.text.folding import fold
from banyan.core.objects.registry import specs_here
from banyan.core.objects.spec import ObjectSpec
from banyan.core.transfer.cells import Cell
from banyan.core.transfer.guessing import guess_kind, guess_mapping
from banyan.core.transfer.importing.plan import (
    CREATED_BY,
    KEY,
    LANGUAGES,
    ColumnPlan,
    ImportPlan,
    creatable_links,
    field_hints,
    propose_plan,
)
from banyan.core.transfer.reading import Table
from banyan.migration.keys import is_called_id
from banyan.migration.people import People, Stages
from banyan.migration.sources import Part, file_of, folded, systems
from banyan.migration.staging import MADE, ROW, Prepared

SURE = 0.9
#: What a plain spreadsheet most likely holds, the likeliest first.
GUESSED = ("customer", "contact", "lead", "opportunity", "product", "order", "activity", "task")
_IDS = frozenset(
    {
        "id",
        "编号",
        "客户编号",
        "客户id",
        "recordid",
        "externalid",
        "外部编号",
        "数据id",
        "唯一性id",
        "guid",
        "uuid",
        "编码",
    }
)
#: Fields that no other object has: who names them means this one.
TELLING = {
    "opportunity": frozenset({"stage"}),
    "contact": frozenset({"role", "birthday"}),
    "lead": frozenset({"rating", "campaign"}),
    "activity": frozenset({"text", "happened_at"}),
    "task": frozenset({"due_on", "assignee"}),
    "order": frozenset({"ordered_on"}),
    "product": frozenset({"price", "code"}),
}
#: Fields that name somebody here.
PEOPLE = frozenset({"owner", "assignee", "our_signer", CREATED_BY})
_LEAST_FIT = 1.5
_NAME_BONUS = 1.5


def plan_of(
    actor: Actor, spec: ObjectSpec, table: Table, prepared: Prepared, part: Part | None, *, origin: tuple[str, str]
) -> ImportPlan:
    """Return the plan that fits a prepared table; columns of which nothing is known may become own fields.

    ``origin`` is the system that the rows come from, and what they are there.
    """
    plan = propose_plan(actor, spec, table)
    samples = table.column_samples()
    described = set(prepared.uses.values()) | (part.constants.keys() if part else set())
    taken: set[str] = set()
    settled = settled_columns(*origin)
    settings = {name for name in spec.links if _is_setting(spec, name)} if part else set()
    for column, cells in zip(plan.columns, samples, strict=True):
        if column.column in prepared.uses:
            _describe(column, prepared)
        elif column.column == ROW or column.column.startswith(MADE):
            column.field_name, column.new_kind = "", ""
        else:
            _guess(column, cells, described | taken | settings, is_known=part is not None)
        if not column.field_name and folded(column.column) in settled:
            column.new_kind, column.new_options = "", []
        taken.add(column.field_name)
    if part is None and not _has_key(prepared) and (key := key_column(spec, table.columns, samples)) is not None:
        _take_key(plan, key)
    plan.system, plan.kind = origin
    plan.lenient, plan.header_row = True, 1
    plan.encoding, plan.separator, plan.sheet = "utf-8", ",", ""
    if part is not None:
        plan.constants = dict(part.constants)
        plan.match_by = list(part.match_by)
    elif spec.all_fields[spec.title].unique and spec.title in {column.field_name for column in plan.columns}:
        plan.match_by = [spec.title]
    plan.create_links = links_to_make(spec, plan)
    return plan


def settled_columns(system: str, kind: str) -> frozenset[str]:
    """Return the headings of a kind of file that are used in some way, or that nobody misses."""
    file = file_of(system, kind)
    ignored = systems()[system].ignored if system in systems() else frozenset()
    return ignored | (file.known if file else frozenset())


def links_to_make(spec: ObjectSpec, plan: ImportPlan) -> list[str]:
    """Return the links whose records may be made by their names; never of ids, and nothing of the set-up, as a stage."""
    titles = [column for column in plan.columns if not column.kinds and not is_called_id(column.column)]
    names = creatable_links(spec, [column.field_name for column in titles])
    return [name for name in names if not _is_setting(spec, name)]


def _is_setting(spec: ObjectSpec, name: str) -> bool:
    """Say whether a link leads to what belongs to the set-up, such as a pipeline."""
    target = specs_here().get(getattr(spec.links[name].kind, "target", ""))
    return target is not None and target.is_setting


def _describe(column: ColumnPlan, prepared: Prepared) -> None:
    name = column.column
    column.field_name, column.confidence, column.new_kind, column.new_options = prepared.uses[name], 1.0, "", []
    column.kinds = list(prepared.kinds.get(name, ()))
    column.values = dict(prepared.values.get(name, {}))


def _guess(column: ColumnPlan, cells: Sequence[Cell], taken: set[str], *, is_known: bool) -> None:
    """Leave out what would fill a field twice, and in files of known systems all that is not sure."""
    doubtful = is_known and column.confidence < SURE
    if column.field_name and (column.field_name in taken or doubtful or column.field_name.partition(".")[0] in taken):
        found = guess_kind(cells)
        column.field_name, column.new_kind, column.new_options = "", found.kind, list(found.options)


def _has_key(prepared: Prepared) -> bool:
    """Say whether a column of the file itself is the key; one that was made of the cells is not."""
    return any(to == KEY and not name.startswith(MADE) for name, to in prepared.uses.items())


def _take_key(plan: ImportPlan, position: int) -> None:
    for column in plan.columns:
        if column.field_name == KEY:
            column.field_name = ""
    plan.columns[position].field_name, plan.columns[position].new_kind = KEY, ""


def key_column(spec: ObjectSpec, columns: Sequence[str], samples: Sequence[Sequence[Cell]]) -> int | None:
    """Return the column of a plain spreadsheet that tells its rows apart, by its heading and its cells."""
    rows = max((len(cells) for cells in samples), default=0)
    for position, (name, cells) in enumerate(zip(columns, samples, strict=True)):
        bare = folded(name).replace("_", "")
        if (
            (bare in _IDS or bare in {f"{folded(str(word))}id" for word in (spec.name, spec.label)})
            and len(cells) == rows
            and len({str(cell) for cell in cells}) == rows
        ):
            return position
    return None


def guess_object(specs: Mapping[str, ObjectSpec], columns: Sequence[str], name: str) -> str:
    """Return the object that the rows of a plain spreadsheet most likely are; an empty text when none fits."""
    best, most = "", _LEAST_FIT
    for object_name in GUESSED:
        spec = specs.get(object_name)
        if spec is None:
            continue
        guesses = guess_mapping(list(columns), [[] for _column in columns], field_hints(spec))
        score = sum(guess.confidence for guess in guesses if guess.field)
        found = {guess.field.partition(".")[0] for guess in guesses if guess.field}
        has_title = spec.title in found or not spec.all_fields[spec.title].required
        score += _NAME_BONUS * bool(found & TELLING.get(object_name, frozenset()))
        score += _NAME_BONUS * any(word in fold(name) for word in words_of(spec))
        if has_title and score > most:
            best, most = object_name, score
    return best


def words_of(spec: ObjectSpec) -> frozenset[str]:
    """Return what the records of an object are called, in every language that files may be in."""
    words = {spec.name, spec.plural}
    for language in LANGUAGES:
        with override(language):
            words |= {str(spec.label), str(spec.label_plural)}
    return frozenset(fold(word) for word in words)


def apply_people(plan: ImportPlan, people: People) -> None:
    """Let columns that name people mean users; who is nobody here leaves the field as it is without."""
    values = people.values()
    for column in plan.columns:
        if column.field_name in PEOPLE:
            column.values = dict(values)


def apply_stages(plan: ImportPlan, stages: Stages) -> None:
    """Let columns that name stages mean ours."""
    values = stages.values()
    for column in plan.columns:
        if column.field_name == "stage":
            column.values = {text: stage for text, stage in values.items() if stage}
