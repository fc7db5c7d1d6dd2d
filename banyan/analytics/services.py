"""Making, changing and deleting reports of one's own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.analytics.models import Drawing, OwnReport
from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.listing.filters import parse_tree, tree_to_json
from banyan.core.listing.groups import group_by
from banyan.core.listing.query import ListRequest
from banyan.core.objects.kinds import Date, DateTime
from banyan.core.objects.registry import field_name_from_label, specs_for
from banyan.core.objects.translated import Translated

SUBJECT = "own_report"
MOST_REPORTS = 100
MOST_MEASURES = 3
LONGEST_LABEL = 80
LONGEST_QUESTION = 200
LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class OwnReportValues:
    """What a report says; see ``OwnReport``."""

    labels: Mapping[str, str]
    object_name: str
    by: Sequence[str]
    measures: Sequence[str] = ("count",)
    questions: Mapping[str, str] = field(default_factory=dict)
    filter: Mapping[str, Any] = field(default_factory=dict)
    day_field: str = ""
    drawing: str = Drawing.BARS.value


@transaction.atomic
def save_own_report(
    actor: Actor, row: OwnReport | None, values: OwnReportValues, *, key: str = "", position: int | None = None
) -> OwnReport:
    """Make a report, or change one; raise ``NotAllowed``, ``Conflict`` or ``Invalid`` with what is wrong."""
    require_ability(actor, Ability.CUSTOMISE)
    wanted = _checked(actor, values)
    is_new = row is None
    if row is None:
        if OwnReport.objects.count() >= MOST_REPORTS:
            message = _("There can be at most %(most)d reports of your own. Delete one first.") % {"most": MOST_REPORTS}
            raise Conflict("too_many_reports", message)
        row = OwnReport(organization=actor.organization, key=key or _free_key(wanted["labels"]))
        row.position = OwnReport.objects.count()
    before = {} if is_new else {name: getattr(row, name) for name in wanted}
    for name, value in wanted.items():
        setattr(row, name, value)
    row.position = row.position if position is None else position
    row.save()
    told = {"name": (None, str(Translated(row.labels, row.key))), **difference(before, wanted)}
    tell_setup_changed(actor, SUBJECT, row.pk, "create" if is_new else "update", values=told)
    return row


def find_own_report(key: str) -> OwnReport:
    """Return a report; raise ``Missing``."""
    row = OwnReport.objects.filter(key=key).first()
    if row is None:
        raise Missing("not_found", _("There is no such report."))
    return row


@transaction.atomic
def delete_own_report(actor: Actor, report_id: uuid.UUID) -> None:
    """Delete a report; its records are not touched. Raises ``NotAllowed``."""
    require_ability(actor, Ability.CUSTOMISE)
    row = OwnReport.objects.filter(pk=report_id).first()
    if row is not None:
        row.delete()
        name = str(Translated(row.labels, row.key))
        tell_setup_changed(actor, SUBJECT, report_id, "delete", values={"name": (name, None)})


def _checked(actor: Actor, values: OwnReportValues) -> dict[str, Any]:
    wanted = asdict(values)
    wanted["labels"] = _words(values.labels, "labels", LONGEST_LABEL)
    wanted["questions"] = _words(values.questions, "questions", LONGEST_QUESTION)
    if not wanted["labels"]:
        raise Invalid([FieldError("labels", "required", _("Write a name."))])
    spec = specs_for(actor.organization).get(values.object_name)
    if spec is None or spec.is_setting:
        message = _("There is no object “%(name)s”.") % {"name": values.object_name[:60]}
        raise Invalid([FieldError("object_name", "unknown_object", message)])
    by, measures = [name for name in values.by if name], [name for name in values.measures if name]
    if not by:
        raise Invalid([FieldError("by", "required", _("Choose by what the records are grouped."))])
    if not 0 < len(measures) <= MOST_MEASURES:
        message = _("Choose from one to %(most)d figures.") % {"most": MOST_MEASURES}
        raise Invalid([FieldError("measures", "required", message)])
    day = spec.all_fields.get(values.day_field)
    if values.day_field and (day is None or not isinstance(day.kind, Date | DateTime)):
        message = _("“%(name)s” is no date of these records.") % {"name": values.day_field[:60]}
        raise Invalid([FieldError("day_field", "not_a_day", message)])
    tree = parse_tree(dict(values.filter))
    # What cannot be grouped, added up or filtered like this is refused here, not when somebody opens the report.
    whole = system_actor(actor.organization)
    group_by(whole, spec, ListRequest(filter=tree), by=by[:2], measures=measures)
    return {**wanted, "by": by[:2], "measures": measures, "filter": tree_to_json(tree)}


def _words(words: Mapping[str, str], place: str, longest: int) -> dict[str, str]:
    found = {name: clean_text(str(words.get(name) or "")) for name in LANGUAGES}
    if any(len(text) > longest for text in found.values()):
        message = _("At most %(longest)d characters.") % {"longest": longest}
        raise Invalid([FieldError(place, "too_long", message)])
    return {name: text for name, text in found.items() if text}


def _free_key(labels: Mapping[str, str]) -> str:
    stem = field_name_from_label(labels.get("en") or next(iter(labels.values())))[:32].strip("_") or "report"
    taken = set(OwnReport.objects.values_list("key", flat=True))
    numbered = (f"{stem}_{number}" for number in range(2, MOST_REPORTS + 3))
    return stem if stem not in taken else next(key for key in numbered if key not in taken)
