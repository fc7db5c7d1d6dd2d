"""Triggers that writes begin: created, changed, reached a value, stayed at a value."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.automation.conditions import Case
from banyan.automation.rules.timing import duration
from banyan.automation.setting import Setting
from banyan.automation.steps.base import StepContext
from banyan.automation.steps.flow import UNITS, length_words
from banyan.automation.triggers.base import CREATE, UPDATE, Json, TriggerKind, register_trigger
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.labels import labels_of
from banyan.core.objects.kinds import Choice
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records.drafts import stored_value
from banyan.core.records.events import ChangedRecord
from banyan.core.records.models import Change, ChangeAction
from banyan.core.web.plain_forms import PickField


class Created(TriggerKind):
    """A record was created."""

    name = "created"
    label = gettext_lazy("A record is created")
    help = gettext_lazy("By whomever and however, imports included.")
    icon = "plus"
    actions = (CREATE,)

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say of which object."""
        return _("When a record “%(object)s” is created") % {"object": context.spec.label}


class Changed(TriggerKind):
    """A record was changed."""

    name = "changed"
    label = gettext_lazy("A record is changed")
    help = gettext_lazy("Any field, or some fields only.")
    icon = "pencil"
    actions: ClassVar[tuple[str, ...]] = (UPDATE,)

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: which fields."""
        return _FieldsForm(data, initial={"names": config.get("fields")}, context=context)

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return the fields."""
        return {"fields": form.cleaned_data["names"]} if form.cleaned_data["names"] else {}

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return which fields are gone."""
        message = _("There is no field “%(name)s”.")
        return [message % {"name": name} for name in config.get("fields") or () if name not in context.spec.all_fields]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say which fields."""
        names = [context.setting.label_at(context.spec, name) for name in config.get("fields") or ()]
        if not names:
            return _("When a record “%(object)s” is changed") % {"object": context.spec.label}
        return _("When %(fields)s of a record “%(object)s” changes") % {
            "fields": _(", ").join(names),
            "object": context.spec.label,
        }

    def watched_fields(self, config: Json) -> frozenset[str] | None:
        """Return the fields."""
        return frozenset(config.get("fields") or ()) or None


class _FieldsForm(forms.Form):
    names = forms.MultipleChoiceField(
        label=gettext_lazy("Fields"), required=False, help_text=gettext_lazy("Without a choice: any field.")
    )

    def __init__(self, *args: Any, context: StepContext, **options: Any) -> None:
        super().__init__(*args, **options)
        left_out = {"number", "version", "created_at", "created_by", "updated_at", "updated_by"}
        entry: Any = self.fields["names"]
        entry.choices = [
            (name, str(field.label)) for name, field in context.spec.all_fields.items() if name not in left_out
        ]


class Saved(Changed):
    """A record was created or changed."""

    name = "saved"
    label = gettext_lazy("A record is created or changed")
    help = gettext_lazy("For what has to hold from the beginning and later on.")
    icon = "refresh"
    actions = (CREATE, UPDATE)

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say which fields."""
        names = [context.setting.label_at(context.spec, name) for name in config.get("fields") or ()]
        if not names:
            return _("When a record “%(object)s” is created or changed") % {"object": context.spec.label}
        return _("When a record “%(object)s” is created, or its %(fields)s changes") % {
            "fields": _(", ").join(names), "object": context.spec.label
        }  # fmt: skip


class Reached(TriggerKind):
    """A field got one of some values: a stage or a state was entered."""

    name = "reached"
    label = gettext_lazy("A field reaches a value")
    help = gettext_lazy("A stage or a state is entered, a box is ticked.")
    icon = "flag"
    actions = (CREATE, UPDATE)

    def is_offered(self, context: StepContext) -> bool:
        """Say whether the object has such a field."""
        return bool(state_fields(context.spec))

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: which field, which values."""
        return StateForm(data, initial=initial_states(config), context=context, config=config)

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return field and values."""
        sent = form.cleaned_data
        found = {"field": sent["field"], "to": as_list(sent.get("to")), "from": as_list(sent.get("earlier"))}
        return {name: value for name, value in found.items() if value}

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is missing."""
        return state_problems(context, config)

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say which value of which field."""
        before = value_words(context, config, "from")
        values = {
            "field": context.setting.label_at(context.spec, str(config.get("field"))),
            "object": context.spec.label,
            "to": value_words(context, config, "to"),
            "from": before,
        }
        if before:
            return _("When “%(field)s” of a record “%(object)s” goes from %(from)s to %(to)s") % values
        return _("When “%(field)s” of a record “%(object)s” becomes %(to)s") % values

    def watched_fields(self, config: Json) -> frozenset[str] | None:
        """Return the field."""
        return frozenset({str(config.get("field"))})

    def matches(self, changed: ChangedRecord, config: Json) -> bool:
        """Say whether the field got one of the values, and had one of those it should have had."""
        pair = changed.values.get(str(config.get("field")))
        if pair is None:
            return not config.get("from") and may_begin_with(changed, config)
        before, after = (written_state(value) for value in pair)
        return (
            after in config["to"]
            and before not in config["to"]
            and (not config.get("from") or before in config["from"])
        )

    def verdicts(self, setting: Setting, spec: ObjectSpec, config: Json, cases: Sequence[Case]) -> list[str]:
        """A record that was created has to have begun with the value: a change to it has a run of its own."""
        entry = spec.all_fields[str(config["field"])]
        changed = first_states(entry, [case.record.pk for case in cases if case.cause.get("action") == CREATE])

        def fits(case: Case) -> bool:
            is_new = case.cause.get("action") == CREATE
            return not is_new or changed.get(case.record.pk, state_of(case, entry)) in config["to"]

        return ["" if fits(case) else "-" for case in cases]


class Stayed(TriggerKind):
    """A field has had one of some values for a time."""

    name = "stayed"
    label = gettext_lazy("A record stays in a stage or state")
    help = gettext_lazy("For so many hours or days without leaving it.")
    icon = "clock"
    actions = (CREATE, UPDATE)

    def is_offered(self, context: StepContext) -> bool:
        """Say whether the object has such a field."""
        return bool(state_fields(context.spec))

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: which field, which values, how long."""
        return StayForm(
            data,
            initial={"amount": 3, "unit": "days", **initial_states(config), **config},
            context=context,
            config=config,
        )

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return field, values and time."""
        sent = form.cleaned_data
        found = {"field": sent["field"], "to": as_list(sent.get("to")), "amount": sent["amount"], "unit": sent["unit"]}
        return {name: value for name, value in {**found, "existing": sent["existing"]}.items() if value}

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is missing."""
        return [*state_problems(context, config), *([] if config.get("amount") else [_("Say how long.")])]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say where and how long."""
        return _("When “%(field)s” of a record “%(object)s” has been %(to)s for %(length)s") % {
            "field": context.setting.label_at(context.spec, str(config.get("field"))),
            "object": context.spec.label,
            "to": value_words(context, config, "to"),
            "length": length_words(config.get("amount"), config.get("unit")),
        }

    def watched_fields(self, config: Json) -> frozenset[str] | None:
        """Return the field."""
        return frozenset({str(config.get("field"))})

    def matches(self, changed: ChangedRecord, config: Json) -> bool:
        """Say whether the field got one of the values from another."""
        pair = changed.values.get(str(config.get("field")))
        if pair is None:
            return may_begin_with(changed, config)
        return written_state(pair[1]) in config["to"] and written_state(pair[0]) not in config["to"]

    def delay(self, config: Json) -> timedelta | None:
        """Return how long a record has to stay."""
        return duration(int(config["amount"]), str(config["unit"]))

    def verdicts(self, setting: Setting, spec: ObjectSpec, config: Json, cases: Sequence[Case]) -> list[str]:
        """A record must still hold the value, and must not have left it since: coming back has a run of its own."""
        entry, wait = spec.all_fields[str(config["field"])], self.delay(config) or timedelta()
        since = since_when(spec, entry, [case.record.pk for case in cases])
        limit = now() - wait + timedelta(seconds=5)
        found = []
        for case in cases:
            stays = state_of(case, entry) in config["to"]
            entered = since.get(case.record.pk) or case.record.created_at
            is_the_same_stay = case.at is None or entered <= case.at
            found.append("" if stays and is_the_same_stay and entered <= limit else "-")
        return found


def may_begin_with(changed: ChangedRecord, config: Json) -> bool:
    """Say whether a new record begins with one of the values; what is only worked out later may be any."""
    name = str(config.get("field"))
    return name not in changed.held or written_state(changed.held[name]) in config["to"]


def first_states(entry: Field, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return what records held before the field first changed, by the change log; those never changed are left out."""
    rows = Change.objects.filter(record_id__in=ids, action=ChangeAction.UPDATE, values__has_key=entry.name)
    first = rows.order_by("record_id", "id").distinct("record_id").values_list("record_id", "values")
    return {record_id: written_state(values[entry.name][0]) for record_id, values in first}


def since_when(spec: ObjectSpec, entry: Field, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """Return when the field of each record last changed, by the change log; records never changed are left out."""
    rows = Change.objects.filter(record_id__in=ids, action=ChangeAction.UPDATE, values__has_key=entry.name)
    return dict(rows.order_by().values_list("record_id").annotate(at=Max("at")))


class StateForm(forms.Form):
    """Which field, which values, which values before."""

    #: What the choice of values is called.
    to_label: Any = gettext_lazy("Becomes")
    field = forms.ChoiceField(label=gettext_lazy("Field"))

    def __init__(self, *args: Any, context: StepContext, config: Json, **options: Any) -> None:
        super().__init__(*args, **options)
        entry: Any = self.fields["field"]
        entry.choices = [(field.name, str(field.label)) for field in state_fields(context.spec)]
        entry.widget.attrs["refreshes"] = True
        known = {field.name: field for field in state_fields(context.spec)}
        chosen = known.get(str(self.data.get("field") or config.get("field") or ""), next(iter(known.values()), None))
        if chosen is not None:
            self.initial["field"] = chosen.name
            self.fields["to"] = value_field(context, chosen, str(self.to_label))
            if self.asks_for_earlier():
                self.fields["earlier"] = value_field(context, chosen, _("Was before"), required=False)

    def asks_for_earlier(self) -> bool:
        """Say whether the value before matters."""
        return True


class StayForm(StateForm):
    """Which field, which values, and for how long."""

    to_label = gettext_lazy("Stays in")
    amount = forms.IntegerField(label=gettext_lazy("For"), min_value=1, max_value=10_000)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNITS[1:])
    existing = forms.BooleanField(
        label=gettext_lazy("Also for records that are there already when the rule is switched on"), required=False
    )
    field_order = ("field", "to", "amount", "unit", "existing")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.order_fields(self.field_order)

    def asks_for_earlier(self) -> bool:
        """Say that it does not matter."""
        return False


def state_fields(spec: ObjectSpec) -> list[Field]:
    """Return the fields that have states: choices, links and boxes, those first that boards are made of."""
    left_out = {"created_by", "updated_by"}
    found = [
        entry
        for name, entry in spec.all_fields.items()
        if name not in left_out and not entry.sensitive and not entry.kind.many
        and (entry.kind.widget in {"choice", "boolean"} or entry.kind.widget in {"link", "person"})
    ]  # fmt: skip
    board = spec.board.field if spec.board else ""
    return sorted(found, key=lambda entry: (entry.name != board, entry.kind.widget != "choice"))


def value_field(context: StepContext, entry: Field, label: str, *, required: bool = True) -> forms.Field:
    """Return the form field in which values of a field are chosen."""
    if isinstance(entry.kind, Choice):
        choices = [(option.code, str(option.label)) for option in entry.kind.options]
        return forms.MultipleChoiceField(label=label, choices=choices, required=required)
    if entry.kind.widget == "boolean":
        return forms.MultipleChoiceField(
            label=label, choices=[("true", _("yes")), ("false", _("no"))], required=required
        )
    target = str(getattr(entry.kind, "target", ""))

    def names(values: list[str]) -> dict[str, str]:
        ids = [pk for value in values if (pk := parse_id(value)) is not None]
        return {str(pk): name for pk, name in labels_of({target: ids}, actor=context.setting.system).items()}

    return PickField(label=label, pick_url=f"/pick/{target}", names=names, multiple=True, required=required)


def initial_states(config: Json) -> dict[str, Any]:
    """Return what a form of states shows."""
    return {"field": config.get("field"), "to": config.get("to"), "earlier": config.get("from")}


def as_list(value: Any) -> list[str]:
    """Return what was chosen as a list of texts."""
    return [str(entry) for entry in value] if isinstance(value, (list, tuple)) else [str(value)] if value else []


def written_state(value: Any) -> str:
    """Return a value of the change log as rules hold it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def state_of(case: Case, entry: Field) -> str:
    """Return the value that the record holds now."""
    return written_state(entry.kind.to_json(stored_value(case.record, entry)))


def state_problems(context: StepContext, config: Json) -> list[str]:
    """Return what is wrong with field and values."""
    entry = next((entry for entry in state_fields(context.spec) if entry.name == config.get("field")), None)
    if entry is None:
        return [_("Choose the field.")]
    if not config.get("to"):
        return [_("Choose the value that “%(label)s” has to reach.") % {"label": entry.label}]
    if isinstance(entry.kind, Choice):
        known = {option.code for option in entry.kind.options}
        gone = [code for code in (*config["to"], *(config.get("from") or ())) if code not in known]
        return [_("“%(label)s” has no value “%(value)s”.") % {"label": entry.label, "value": code} for code in gone]
    return []


def value_words(context: StepContext, config: Json, key: str) -> str:
    """Return the chosen values in words."""
    entry = context.spec.all_fields.get(str(config.get("field")))
    given = config.get(key) or []
    if entry is None:
        return ", ".join(map(str, given))
    if entry.kind.widget == "boolean":
        return ", ".join(_("yes") if value == "true" else _("no") for value in given)
    joint = _(" or ")
    return joint.join(context.setting.display(entry, entry.kind.from_json(value)) or str(value) for value in given)


for _kind in (Created(), Changed(), Saved(), Reached(), Stayed()):
    register_trigger(_kind)
