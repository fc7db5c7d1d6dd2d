"""Triggers that other rooms tell of: a stage of a process was entered, a form was sent."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.automation.steps.base import StepContext
from banyan.automation.triggers.base import Json, TriggerKind, newest, register_trigger
from banyan.automation.triggers.changes import as_list
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.kinds import Choice
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import ActiveProcess, field_of_process, processes_of
from banyan.leads.public import LeadForm, LeadSubmission


class Entered(TriggerKind):
    """A record came into a stage of a process."""

    name = "stage"
    label = gettext_lazy("A stage of a process is entered")
    help = gettext_lazy("By moving there, or because the record begins there.")
    icon = "layout-kanban"

    def is_offered(self, context: StepContext) -> bool:
        """Say whether the object has a process in force."""
        return bool(processes_of(context.spec))

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: which stages of which process."""
        chosen = [f"{config.get('process')}:{stage}" for stage in config.get("stages") or ()]
        return _StageForm(data, initial={"stages": chosen}, context=context)

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return process and stages; those of one process belong together."""
        pairs = [value.partition(":") for value in form.cleaned_data["stages"]]
        process = pairs[0][0]
        return {"process": process, "stages": [stage for owner, _colon, stage in pairs if owner == process]}

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is missing."""
        process = _process(context.spec, config)
        if process is None:
            return [_("Choose the stage. The process may have been put out of force.")]
        gone = [stage for stage in config.get("stages") or () if stage not in process.definition.keys]
        if gone or not config.get("stages"):
            return [_("Choose the stage: one that was chosen is no longer part of the process.")]
        return []

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say which stages."""
        process = _process(context.spec, config)
        words = dict(_stages(context.spec, process)) if process is not None else {}
        stages = _(" or ").join(words.get(stage, stage) for stage in config.get("stages") or ())
        return _("When a record “%(object)s” enters %(stages)s of “%(process)s”") % {
            "object": context.spec.label, "stages": stages or "…", "process": process.label if process else "…",
        }  # fmt: skip


def _process(spec: ObjectSpec, config: Json) -> ActiveProcess | None:
    wanted = parse_id(config.get("process"))
    return next((process for process in processes_of(spec) if process.id == wanted), None)


def _stages(spec: ObjectSpec, process: ActiveProcess) -> list[tuple[str, str]]:
    """Return the stages of a process with their names."""
    kind = field_of_process(spec, process).kind
    if isinstance(kind, Choice):
        return [(key, str(option.label) if (option := kind.option(key)) else key) for key in process.definition.keys]
    model: Any = _target_model(spec, process)
    names: Mapping[str, str] = {}
    if model is not None:
        ids = [pk for key in process.definition.keys if (pk := parse_id(key)) is not None]
        names = {str(pk): name for pk, name in model.objects.filter(pk__in=ids).values_list("pk", "name")}
    return [(key, names.get(key, key)) for key in process.definition.keys]


def _target_model(spec: ObjectSpec, process: ActiveProcess) -> Any:
    column: Any = spec.model._meta.get_field(process.field_name) if process.field_name in spec.all_fields else None  # noqa: SLF001 Django's own name
    return getattr(column, "related_model", None)


class _StageForm(forms.Form):
    stages = forms.MultipleChoiceField(label=gettext_lazy("Stages"))

    def __init__(self, *args: Any, context: StepContext, **options: Any) -> None:
        super().__init__(*args, **options)
        entry: Any = self.fields["stages"]
        processes = processes_of(context.spec)
        entry.choices = [
            (f"{process.id}:{key}", f"{process.label}: {label}" if len(processes) > 1 else label)
            for process in processes
            for key, label in _stages(context.spec, process)
        ]


class Sent(TriggerKind):
    """Somebody outside sent a form, and a lead came of it or was there already."""

    name = "form"
    label = gettext_lazy("A form is sent")
    help = gettext_lazy("On a public page or your web site; the record is the lead behind it.")
    icon = "clipboard-list"

    def is_offered(self, context: StepContext) -> bool:
        """Say whether the object is what forms bring."""
        return context.spec.name == "lead"

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: which forms, and whether only new leads count."""
        return _SentForm(data, initial={"chosen": config.get("forms"), "only_new": config.get("only_new")})

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return the forms."""
        found = {"forms": as_list(form.cleaned_data["chosen"]), "only_new": form.cleaned_data["only_new"]}
        return {name: value for name, value in found.items() if value}

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return which forms are gone."""
        wanted = [pk for value in config.get("forms") or () if (pk := parse_id(value)) is not None]
        known = LeadForm.objects.filter(pk__in=wanted).count() if wanted else 0
        return (
            [] if known == len(config.get("forms") or ()) else [_("A form that was chosen is deleted. Choose again.")]
        )

    def past(self, spec: ObjectSpec, config: Json, most: int) -> list[uuid.UUID]:
        """Return the leads behind what was sent last."""
        rows = LeadSubmission.objects.filter(form__isnull=False)
        wanted = [pk for value in config.get("forms") or () if (pk := parse_id(value)) is not None]
        if wanted:
            rows = rows.filter(form__in=wanted)
        if config.get("only_new"):
            rows = rows.filter(is_first=True)
        return newest(rows.order_by("-pk").values_list("lead", flat=True), most)

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say which forms."""
        wanted = [pk for value in config.get("forms") or () if (pk := parse_id(value)) is not None]
        names = list(LeadForm.objects.filter(pk__in=wanted).values_list("name", flat=True)) if wanted else []
        if not names:
            text = _("When any form is sent")
        else:
            text = _("When the form %(names)s is sent") % {"names": _(" or ").join(f"“{name}”" for name in names)}
        return f"{text} ({_('new leads only')})" if config.get("only_new") else text


class _SentForm(forms.Form):
    chosen = forms.MultipleChoiceField(
        label=gettext_lazy("Forms"), required=False, help_text=gettext_lazy("Without a choice: any form.")
    )
    only_new = forms.BooleanField(label=gettext_lazy("Only when a new lead comes of it"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        entry: Any = self.fields["chosen"]
        entry.choices = [(str(pk), name) for pk, name in LeadForm.objects.values_list("pk", "name")]


for _kind in (Entered(), Sent()):
    register_trigger(_kind)
