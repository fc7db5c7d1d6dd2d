"""What own fields add to the one door: defaults by formula, computed values, numbers, choices that go together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.kernel.clock import now
from banyan.core.objects.definitions import COUNT, SUM, Numbering, OwnFields, own_fields
from banyan.core.objects.field_settings import converted
from banyan.core.objects.kinds import Choice, MultipleChoice
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.own_fields.computing import compute, moment_of
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.linked import LinkedValues
from banyan.core.records.policies import Phase, WritePolicy, register_policy
from banyan.core.tenancy.sequences import take_numbers

_SHOWN = 12


def _here(spec: ObjectSpec) -> OwnFields:
    return own_fields(spec) or OwnFields()


def fill_defaults(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Give new records what formulas say of fields that nobody has filled in."""
    spec = drafts[0].spec
    defaults = _here(spec).defaults
    new = [draft for draft in drafts if draft.is_new and not defaults.keys() <= draft.values.keys()]
    if not new:
        return
    paths = {path for compiled in defaults.values() for path in compiled.paths}
    linked = LinkedValues(context.actor, spec, new, paths)
    moment = moment_of(context.actor)
    for draft in new:
        values = _with_constants(draft, linked.of(draft), context)
        for name, compiled in defaults.items():
            if name not in draft.given and name not in draft.values:
                value = converted(spec.all_fields[name].kind, compiled.evaluate(values, moment))
                if value is not None:
                    draft.set(name, value)


def _with_constants(draft: Draft, values: Callable[[str], Any], context: WriteContext) -> Callable[[str], Any]:
    """Return the values that a draft is going to have: constant defaults are filled in later."""

    def value(path: str) -> Any:
        entry = draft.spec.all_fields.get(path)
        if entry is None or path in draft.values or entry.default is None:
            return values(path)
        return entry.default_value(context.actor)

    return value


def derive(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Number new records, begin their roll-ups, and compute formulas."""
    spec = drafts[0].spec
    here = _here(spec)
    new = [draft for draft in drafts if draft.is_new]
    for draft in new:
        for rollup in here.rollups:
            if rollup.function in {COUNT, SUM}:
                draft.set(rollup.name, converted(rollup.kind, 0))
    if new:
        for numbering in here.numberings:
            number_records(context.actor.organization_id, spec, numbering, new, context)
    compute(context.actor, spec, drafts)


def number_records(
    organization_id: Any, spec: ObjectSpec, numbering: Numbering, drafts: Sequence[Draft], context: WriteContext
) -> None:
    """Give records the next numbers of the current year or month."""
    local = now().astimezone(moment_of(context.actor).zone)
    key = numbering.counter(spec.name, local.year, local.month)
    first = take_numbers(organization_id, key, len(drafts)) + numbering.first - 1
    for position, draft in enumerate(drafts):
        draft.set(numbering.name, numbering.written(first + position, local.year, local.month))


def judge_choices(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse values of choices that do not go with the value of the choice on which they depend."""
    if context.exempt:
        return
    spec = drafts[0].spec
    for narrowing in _here(spec).narrowings:
        entry, by = spec.all_fields[narrowing.name], spec.all_fields[narrowing.by]
        for draft in drafts:
            value, beside = draft.get(narrowing.name), draft.get(narrowing.by)
            if entry.kind.is_empty(value) or beside is None or not draft.changes(narrowing.name, narrowing.by):
                continue
            if not narrowing.allows(value, beside):
                options = ", ".join(_label(entry, code) for code in narrowing.values[str(beside)][:_SHOWN])
                message = _("With “%(other)s” = %(beside)s, “%(label)s” can be: %(options)s.")
                words = {
                    "other": by.label,
                    "beside": _label(by, beside),
                    "label": entry.label,
                    "options": options or "–",
                }
                draft.refuse(narrowing.name, "does_not_go_with", message % words)


def _label(entry: Field, code: Any) -> str:
    kind = entry.kind
    options = kind.options if isinstance(kind, (Choice, MultipleChoice)) else ()
    return next((str(option.label) for option in options if option.code == code), str(code))


def register() -> None:
    """Let the one door ask these policies."""
    register_policy(
        WritePolicy("own_fields.defaults", Phase.ASSIGN, lambda spec: bool(_here(spec).defaults), fill_defaults)
    )
    register_policy(WritePolicy("own_fields.derive", Phase.DERIVE, _derives, derive))
    register_policy(
        WritePolicy("own_fields.choices", Phase.JUDGE, lambda spec: bool(_here(spec).narrowings), judge_choices)
    )


def _derives(spec: ObjectSpec) -> bool:
    here = own_fields(spec)
    return here is not None and bool(here.formulas or here.numberings or here.rollups)
