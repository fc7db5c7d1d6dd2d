"""Pages on which administrators make reports of their own."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from banyan.analytics.forms.own_reports import COUNT, OwnReportForm
from banyan.analytics.models import Drawing, OwnReport
from banyan.analytics.queries import MODULE
from banyan.analytics.reports.own import PREFIX
from banyan.analytics.services import OwnReportValues, delete_own_report, find_own_report, save_own_report
from banyan.analytics.views.reports import URL
from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.listing.filters import tree_to_json
from banyan.core.listing.views import find_view, list_views
from banyan.core.objects.modules import module_is_on, specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.objects.translated import Translated
from banyan.core.web.answers import page, visit
from banyan.core.web.menu import leave_message
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.views.base import signed_in

KEPT = "kept"


@signed_in("GET")
def choose(request: SignedInRequest) -> HttpResponse:
    """Ask of which records the report is."""
    _require(request.actor)
    entries = [
        {"label": str(spec.label_plural), "icon": spec.icon, "url": f"{URL}/own/new/{spec.name}"}
        for spec in reported(request.actor)
    ]
    return page(request, "analytics/own_report_objects.html", {"objects": entries})


@signed_in("GET", "POST")
def new(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Make a report of an object."""
    _require(request.actor)
    return _edited(request, _spec(request.actor, object_name), None)


@signed_in("GET", "POST")
def edit(request: SignedInRequest, key: str) -> HttpResponse:
    """Change a report."""
    _require(request.actor)
    row = find_own_report(key)
    return _edited(request, _spec(request.actor, row.object_name), row)


@signed_in("POST")
def delete(request: SignedInRequest, key: str) -> HttpResponse:
    """Delete a report; its records stay."""
    _require(request.actor)
    delete_own_report(request.actor, find_own_report(key).pk)
    leave_message(request, _("The report is deleted. The records that it counted are as they were."))
    return visit(request, URL)


def reported(actor: Actor) -> list[ObjectSpec]:
    """Return the objects that reports are made of."""
    return [spec for spec in specs_on(actor.organization).values() if spec.has_page and not spec.is_setting]


def _require(actor: Actor) -> None:
    if not module_is_on(actor.organization, MODULE):
        raise Missing("not_found", _("There is no such page."))
    require_ability(actor, Ability.CUSTOMISE)


def _spec(actor: Actor, name: str) -> ObjectSpec:
    found = next((spec for spec in reported(actor) if spec.name == name), None)
    if found is None:
        raise Missing("not_found", _("There is no such object."))
    return found


def _edited(request: SignedInRequest, spec: ObjectSpec, row: OwnReport | None) -> HttpResponse:
    actor = request.actor
    views = [("", _("All of them"))]
    views += [(view.key, view.name) for view in list_views(actor, spec) if view.is_preset or view.is_shared_with_others]
    if row is not None and row.filter:
        views.append((KEPT, _("Those of the report as it is")))
    form = OwnReportForm(spec, views, request.POST or None, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_own_report(actor, row, _values(actor, spec, row, form.cleaned_data))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            leave_message(request, _("The report is saved."))
            return visit(request, f"{URL}/{PREFIX}{saved.key}")
    title = _("Report of %(objects)s") % {"objects": spec.noun_plural} if row is None else str(_label(row))
    crumbs = [{"label": _("Reports"), "url": URL}]
    return form_answer(request, form, title=title, crumbs=crumbs, cancel_url=URL)


def _label(row: OwnReport) -> Translated:
    return Translated(row.labels, row.key)


def _initial(row: OwnReport | None) -> dict[str, Any]:
    if row is None:
        return {"measures": [COUNT], "drawing": Drawing.BARS.value}
    return {
        "label": str(_label(row)),
        "question": str(Translated(row.questions, "")),
        "by": row.by[0],
        "then_by": row.by[1] if len(row.by) > 1 else "",
        "measures": row.measures,
        "day_field": row.day_field,
        "drawing": row.drawing,
        "view": KEPT if row.filter else "",
    }


def _values(actor: Actor, spec: ObjectSpec, row: OwnReport | None, sent: dict[str, Any]) -> OwnReportValues:
    tree = row.filter if row is not None and sent["view"] == KEPT else {}
    if sent["view"] and sent["view"] != KEPT:
        tree = tree_to_json(find_view(actor, spec, sent["view"]).filter)
    language = "zh" if (get_language() or "en").startswith("zh") else "en"
    return OwnReportValues(
        labels={**(row.labels if row else {}), language: sent["label"]},
        questions={**(row.questions if row else {}), language: sent["question"]},
        object_name=spec.name,
        filter=tree,
        by=[sent["by"], sent["then_by"]],
        measures=sent["measures"],
        day_field=sent["day_field"],
        drawing=sent["drawing"],
    )
