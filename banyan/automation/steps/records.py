"""Steps that write records: set fields, create a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.automation.steps.base import Json, Outcome, StepContext, StepKind, Work, register_step
from banyan.automation.values import computed, problems_of, row_words
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door

Values = Mapping[str, Any]


def update_each(works: Sequence[Work], values: Mapping[Any, Values]) -> list[Outcome]:
    """Write values into the records of the works in one go, and say of each what changed.

    Raises ``Invalid`` for the first record that refuses when it is alone; otherwise what all of them refuse.
    """
    outcome = door.update_many(works[0].actor, works[0].spec, values)
    if outcome.rejected:
        raise Invalid(next(iter(outcome.rejected.values())))
    changed = set(outcome.updated)
    return [_told(work, values[work.record.pk], is_changed=work.record.pk in changed) for work in works]


def _told(work: Work, values: Values, *, is_changed: bool) -> Outcome:
    if not is_changed:
        return Outcome(_("Everything was so already."))
    texts, details = [], {}
    for name, value in values.items():
        entry = work.spec.all_fields[name]
        if entry.sensitive:
            texts.append(_("%(field)s was set") % {"field": entry.label})
            continue
        before = work.setting.display(entry, work.value(name)) or "–"
        after = work.setting.display(entry, entry.kind.parse(value, work.setting.reading)) or "–"
        texts.append(_("%(field)s: %(before)s → %(after)s") % {"field": entry.label, "before": before, "after": after})
        details[name] = [before, after]
    return Outcome("; ".join(texts), {"changed": details})


class SetFields(StepKind):
    """Write fields of the record."""

    name = "set_fields"
    label = gettext_lazy("Set fields")
    help = gettext_lazy("Fixed values, values of other fields, texts, days from then.")
    icon = "pencil"
    fills = True

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is wrong with the values."""
        rows = config.get("values") or []
        if not rows:
            return [_("Choose at least one field to set.")]
        return problems_of(context.setting, context.spec, context.spec, rows)

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say which fields get which values."""
        rows = [row_words(context.setting, context.spec, context.spec, row) for row in config.get("values") or []]
        return _("Set %(values)s") % {"values": _(", ").join(rows)} if rows else str(self.label)

    def sets(self, config: Json) -> dict[str, Json]:
        """Return the rows by their fields."""
        return {str(row.get("field")): row for row in config.get("values") or []}

    def run_many(self, works: Sequence[Work]) -> list[Outcome]:
        """Write all records in a handful of statements."""
        rows = works[0].config.get("values") or []
        return update_each(works, {work.record.pk: computed(work.moment, work.spec, rows) for work in works})


class CreateRecord(StepKind):
    """Create a record of any object."""

    name = "create_record"
    label = gettext_lazy("Create a record")
    help = gettext_lazy("With values from this record, linked back to it.")
    icon = "plus"
    fills = True

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: which object."""
        return _ObjectForm(data, initial=dict(config), context=context)

    def target(self, context: StepContext, config: Json) -> ObjectSpec | None:
        """Return the object whose fields are filled."""
        return context.setting.specs.get(str(config.get("object")))

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is wrong with the object or its values; required fields have to be filled."""
        target = self.target(context, config)
        if target is None:
            return [_("Choose what kind of record is created.")]
        rows = config.get("values") or []
        filled = {str(row.get("field")) for row in rows}
        missing = [
            _("“%(label)s” is needed.") % {"label": entry.label}
            for name, entry in target.writable_fields.items()
            if entry.required and entry.default is None and name not in filled
        ]
        return [*missing, *problems_of(context.setting, context.spec, target, rows)]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say what is created with which values."""
        target = self.target(context, config)
        if target is None:
            return str(self.label)
        rows = [row_words(context.setting, context.spec, target, row) for row in config.get("values") or []]
        return _("Create a record “%(object)s”: %(values)s") % {"object": target.label, "values": _(", ").join(rows)}

    def run_many(self, works: Sequence[Work]) -> list[Outcome]:
        """Create one record for each run."""
        target = self.target(StepContext(works[0].setting, works[0].rule, works[0].spec), works[0].config)
        if target is None:
            raise Invalid([FieldError("object", "unknown_object", _("The kind of record to create is gone."))])
        rows = works[0].config.get("values") or []
        outcome = door.create_many(works[0].actor, target, [computed(work.moment, target, rows) for work in works])
        if outcome.rejected:
            raise Invalid(next(iter(outcome.rejected.values())))
        return [
            Outcome(
                _("A record “%(object)s” was created.") % {"object": target.label},
                {"created": [target.name, str(pk)]},
                remember={"created": {work.instruction.step_id: [target.name, str(pk)]}},
            )
            for work, pk in zip(works, outcome.created, strict=True)
        ]


class _ObjectForm(forms.Form):
    object = forms.ChoiceField(label=gettext_lazy("What is created"))

    def __init__(self, *args: Any, context: StepContext, **options: Any) -> None:
        super().__init__(*args, **options)
        entry: Any = self.fields["object"]
        entry.choices = [
            (spec.name, str(spec.label))
            for spec in context.setting.specs.values()
            if not spec.is_setting and spec.has_page
        ]
        entry.widget.attrs["refreshes"] = True


for _kind in (SetFields(), CreateRecord()):
    register_step(_kind)
