"""The settings page of pipelines and their stages."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpResponse, QueryDict
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.kernel.errors import DomainError, FieldError, Invalid, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.modules import module_is_on
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.lists import color_choices
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in
from banyan.sales.choices import DEAL_WORK, ForecastCategory, Outcome
from banyan.sales.models import Opportunity, Pipeline, Stage
from banyan.sales.services.pipelines import (
    STARTING_STAGES,
    StageDraft,
    StartingStage,
    create_pipeline,
    delete_pipeline,
    shape_pipeline,
)

PAGE = "pipelines"
URL = "/settings/pipelines"
EMPTY_LINES = 2


class PipelineForm(forms.Form):
    """The name of a new pipeline."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, widget=forms.TextInput(attrs={"autofocus": True}))


@signed_in("GET")
def pipelines(request: SignedInRequest) -> HttpResponse:
    """List the pipelines with their stages."""
    require_page(request.actor, PAGE)
    stages: dict[uuid.UUID, list[Stage]] = {}
    for stage in _live_stages():
        stages.setdefault(stage.pipeline_id, []).append(stage)
    rows = [
        {"id": row.pk, "name": row.name, "is_default": row.is_default, "stages": stages.get(row.pk, [])}
        for row in _live_pipelines()
    ]
    actions = [{"label": _("New pipeline"), "url": f"{URL}/new", "icon": "plus", "opens": "dialog", "primary": True}]
    return settings_answer(request, PAGE, "sales/pipelines.html", {"pipelines": rows, "actions": actions})


@signed_in("GET", "POST")
def new_pipeline(request: SignedInRequest) -> HttpResponse:
    """Create a pipeline with the usual stages, to be changed afterwards."""
    require_page(request.actor, PAGE)
    form = PipelineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        stages = tuple(StartingStage(_(stage.name), stage.probability, stage.outcome) for stage in STARTING_STAGES)
        try:
            made = create_pipeline(request.actor, name=form.cleaned_data["name"], stages=stages)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The pipeline is created. Adapt its stages now."), f"{URL}/{made.pk}")
    return settings_form(request, PAGE, form, title=_("New pipeline"), submit_label=_("Create"), cancel_url=URL)


@signed_in("GET", "POST")
def pipeline(request: SignedInRequest, pipeline_id: uuid.UUID) -> HttpResponse:
    """Show and change one pipeline and its stages."""
    require_page(request.actor, PAGE)
    current = _live_pipelines().filter(pk=pipeline_id).first()
    if current is None:
        raise Missing("not_found", _("There is no such pipeline."))
    if request.method == "POST":
        shape_pipeline(
            request.actor,
            pipeline_id,
            name=request.POST.get("name", ""),
            is_default=request.POST.get("is_default") == "true",
            stages=list(read_stages(request.POST)),
        )
        return saved(request, _("The pipeline is saved."), f"{URL}/{pipeline_id}")
    in_stage: Counter[Any] = Counter(
        dict(
            Opportunity.objects.filter(pipeline=current, deleted_at__isnull=True)
            .values_list("stage_id")
            .annotate(count=Count("pk"))
            .order_by()
        )
    )
    context = {
        "pipeline": current,
        "stages": [{"row": stage, "opportunities": in_stage[stage.pk]} for stage in _live_stages(current)],
        "new_lines": range(EMPTY_LINES),
        "outcomes": [{"value": value, "label": str(label)} for value, label in Outcome.choices],
        "colors": color_choices(),
        "categories": _categories() if module_is_on(request.actor.organization, DEAL_WORK) else [],
    }
    return settings_answer(request, PAGE, "sales/pipeline.html", context)


@signed_in("POST")
def remove_pipeline(request: SignedInRequest, pipeline_id: uuid.UUID) -> HttpResponse:
    """Put a pipeline that nothing is in into the recycle bin."""
    require_page(request.actor, PAGE)
    delete_pipeline(request.actor, pipeline_id)
    return saved(request, _("The pipeline is in the recycle bin."), URL)


def read_stages(sent: QueryDict) -> Iterator[StageDraft]:
    """Yield the stages that the page sent, in its order; lines without name are not meant."""
    removed = set(sent.getlist("removed"))
    columns = ("id", "stage", "probability", "outcome", "stale_days", "color", "card_limit")
    ids = sent.getlist("id")
    categories: list[str | None] = [*sent.getlist("forecast_category")] or [None] * len(ids)
    for stage_id, name, probability, outcome, stale_days, color, card_limit, category in zip(
        *(sent.getlist(column) for column in columns), categories, strict=False
    ):
        if name.strip() or stage_id:
            yield StageDraft(
                id=parse_id(stage_id),
                name=name.strip(),
                probability=_number(probability, "probability"),
                outcome=outcome,
                stale_days=_number(stale_days, "stale_days"),
                color=color,
                card_limit=_number(card_limit, "card_limit"),
                forecast_category=category,
                is_removed=bool(stage_id) and stage_id in removed,
            )


def _number(text: str, field: str) -> int:
    if not text.strip():
        return 0
    if not text.strip().isdecimal() or len(text.strip()) > 6:
        raise Invalid([FieldError(field, "not_a_number", _("“%(text)s” is not a whole number.") % {"text": text[:40]})])
    return int(text)


def _categories() -> list[dict[str, str]]:
    """Return the forecast categories that a stage may give; the first one follows from its probability."""
    closed = ForecastCategory.CLOSED.value
    found = [{"value": value, "label": str(label)} for value, label in ForecastCategory.choices if value != closed]
    return [{"value": "", "label": _("by probability")}, *found]


def _live_pipelines() -> Any:
    return Pipeline.objects.filter(deleted_at__isnull=True).order_by("-is_default", "position", "name")


def _live_stages(of_pipeline: Pipeline | None = None) -> Any:
    rows = Stage.objects.filter(deleted_at__isnull=True).order_by("position", "pk")
    return rows.filter(pipeline=of_pipeline) if of_pipeline else rows


routes = (
    path("pipelines", pipelines, name="settings-pipelines"),
    path("pipelines/new", new_pipeline, name="settings-pipeline-new"),
    path("pipelines/<uuid:pipeline_id>", pipeline, name="settings-pipeline"),
    path("pipelines/<uuid:pipeline_id>/delete", remove_pipeline, name="settings-pipeline-delete"),
)
