"""Reports of one's own in a configuration file."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from banyan.analytics.models import Drawing, OwnReport
from banyan.analytics.services import OwnReportValues, delete_own_report, save_own_report
from banyan.core.access.actor import Actor
from banyan.core.kernel.document_shapes import Filter, Items, Number, Property, Text, Words
from banyan.core.listing.portable import local_filter, portable_filter
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.objects.registry import specs_for
from banyan.core.objects.translated import Translated
from banyan.core.tenancy.models import Organization


def _read(organization: Organization) -> list[dict[str, Any]]:
    specs = specs_for(organization)
    return [
        {
            KEY: row.key,
            "name": row.labels,
            "question": row.questions,
            "object": row.object_name,
            "filter": portable_filter(organization, specs[row.object_name], row.filter),
            "by": row.by,
            "measures": row.measures,
            "day": row.day_field,
            "drawing": row.drawing,
            "position": row.position,
        }
        for row in OwnReport.objects.all()
        if row.object_name in specs
    ]


def _apply(actor: Actor, change: Change) -> None:
    row = OwnReport.objects.filter(key=change.key).first()
    if change.is_removal:
        if row is not None:
            delete_own_report(actor, row.pk)
        return
    entry = change.values()
    spec = specs_for(actor.organization).get(entry["object"])
    tree = local_filter(actor.organization, spec, entry["filter"]) if spec is not None else {}
    values = OwnReportValues(
        labels=entry["name"],
        questions=entry["question"],
        object_name=entry["object"],
        filter=tree,
        by=entry["by"],
        measures=entry["measures"],
        day_field=entry["day"],
        drawing=entry["drawing"],
    )
    save_own_report(actor, row, values, key=change.key, position=entry["position"])


PART = ConfigurationPart(
    name="reports",
    label=gettext_lazy("Reports"),
    key_help=gettext_lazy("a short word of small letters"),
    properties={
        "name": Property(Words(), gettext_lazy("Name"), needed=True),
        "question": Property(Words(), gettext_lazy("Which question it answers"), default={}),
        "object": Property(Text(longest=60), gettext_lazy("Object"), needed=True, fixed=True),
        "filter": Property(Filter(), gettext_lazy("Which records"), default={}),
        "by": Property(
            Items(Text()), gettext_lazy("Grouped by"), gettext_lazy("One or two fields; dates as due_on:month."), []
        ),
        "measures": Property(
            Items(Text()), gettext_lazy("Figures"), gettext_lazy("count, sum:field or average:field."), ["count"]
        ),
        "day": Property(Text(longest=60), gettext_lazy("Date that the period is about"), default=""),
        "drawing": Property(Text(tuple(Drawing.values)), gettext_lazy("Drawn as"), default=Drawing.BARS.value),
        "position": Property(Number(least=0), gettext_lazy("Position")),
    },
    read=_read,
    apply=_apply,
    after=("objects", "fields", "pick_lists", "departments", "territories", "pipelines", "stages"),
    title=lambda entry: str(Translated(entry["name"], entry[KEY])) if entry["name"] else entry[KEY],
)
