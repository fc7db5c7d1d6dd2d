"""What erasing a person would touch: the records and rows, what is deleted, what is made anonymous, what stays and why."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.encryption.columns import SealedColumn
from banyan.core.files.models import Attachment, File, FileText
from banyan.core.kernel.text.tokens import search_query
from banyan.core.listing.text_search import matches
from banyan.core.objects.models import CustomRecord
from banyan.core.objects.registry import objects, specs_here
from banyan.core.records.models import Change, ChangeAction, Merge
from banyan.core.transfer.models import Import
from banyan.privacy.choices import Reach
from banyan.privacy.references import Kept, keepers, traces
from banyan.privacy.rules import Marks
from banyan.privacy.services.finding import Findings, Search, Subject, compiled, rows_holding

#: Rooms whose tables hold colleagues, rights, keys and the log of deeds: customers and contacts have no place there.
_WITHOUT_CUSTOMERS = {"tenancy", "encryption", "identity", "access", "audit"}
_DONE_ELSEWHERE = (Change, Merge, File, FileText, Attachment)
#: Told step, amount done and total.
Report = Callable[[str, int, int], None]


@dataclass
class Plan:
    """Everything that an erasure has to do with.

    ``records`` maps objects to ids of records in whose texts the person is replaced; ``rows`` maps other tables to
    ids. ``traces`` maps names of the registry to ids of what was left beside records. ``files`` are deleted, ``imports`` lose the file they read. ``mentioning_files`` and ``namesakes`` stay, and
    somebody has to look at them.
    """

    subject: Subject
    findings: Findings
    kept: Sequence[Kept]
    records: dict[str, list[uuid.UUID]] = field(default_factory=dict)
    rows: dict[type[models.Model], list[uuid.UUID]] = field(default_factory=dict)
    traces: dict[str, list[uuid.UUID]] = field(default_factory=dict)
    files: list[uuid.UUID] = field(default_factory=list)
    imports: list[uuid.UUID] = field(default_factory=list)
    mentioning_files: list[uuid.UUID] = field(default_factory=list)
    namesakes: dict[str, list[uuid.UUID]] = field(default_factory=dict)

    @property
    def kept_fields(self) -> frozenset[str]:
        """The fields of the person's own record that stay as well."""
        return frozenset(name for kept in self.kept for name in kept.fields)

    @property
    def review_on(self) -> date | None:
        """The day after which the first reason to keep something is gone."""
        return min((kept.until for kept in self.kept), default=None)


@dataclass
class Survey:
    """Where a person stands everywhere: the records, the rows beside the objects, and the files.

    ``rows`` maps other tables to ids of rows that hold a phone, an address or the like, or are about the person;
    ``rows_by_name`` to those that hold no more than the name.
    """

    findings: Findings
    rows: dict[type[models.Model], list[uuid.UUID]] = field(default_factory=dict)
    rows_by_name: dict[type[models.Model], list[uuid.UUID]] = field(default_factory=dict)
    files: list[uuid.UUID] = field(default_factory=list)
    imports: list[uuid.UUID] = field(default_factory=list)
    mentioning_files: list[uuid.UUID] = field(default_factory=list)

    @property
    def subject(self) -> Subject:
        """The person."""
        return self.findings.subject


class Surveying:
    """Making a survey, table by table; ``made`` is whole when all steps were run in order."""

    def __init__(self, actor: Actor, subject: Subject) -> None:
        self.actor, self.subject = actor, subject
        self._search = Search(actor, subject)
        self.made = Survey(self._search.found)

    def steps(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield what has to be done, each with what it looks through; to be run within the organization's scope."""
        yield from self._search.steps()
        for model in other_models():
            yield model._meta.db_table, partial(self._look_through, model)  # noqa: SLF001 Django's public model API is named so
        yield str(_("Files")), self._look_through_files

    def _look_through(self, model: type[models.Model]) -> None:
        surely, perhaps = _rows_of(model, self.actor, self.subject)
        for found, into in ((surely, self.made.rows), (perhaps - surely, self.made.rows_by_name)):
            if found:
                into[model] = sorted(found)

    def _look_through_files(self) -> None:
        subject, made = self.subject, self.made
        attached = Attachment.objects.filter(about__in=[*subject.references])
        made.files = list(attached.values_list("file_id", flat=True).distinct())
        made.imports = _imports_of(subject)
        made.mentioning_files = [pk for pk in _files_holding(subject.marks) if pk not in made.files]


def survey_of(actor: Actor, subject: Subject) -> Survey:
    """Look through everything for a person, at once and within the organization's scope."""
    surveying = Surveying(actor, subject)
    for _label, step in surveying.steps():
        step()
    return surveying.made


def plan_of(actor: Actor, survey: Survey, reach: str) -> Plan:
    """Return what erasing a person touches; runs within the organization's scope and writes nothing."""
    findings, subject = survey.findings, survey.subject
    kept = [entry for keeper in keepers for entry in keeper(actor, subject.object_name, subject.ids) if entry.ids]
    everywhere = reach == Reach.EVERYWHERE
    stays = {name: ids for entry in kept for name, ids in [(entry.object_name, entry.ids)]}
    found = Plan(
        subject, findings, kept, files=survey.files, imports=survey.imports, mentioning_files=survey.mentioning_files
    )
    found.namesakes = {} if everywhere else findings.namesakes
    for groups in (findings.linked, findings.mentioned, findings.namesakes if everywhere else {}):
        for name, ids in groups.items():
            left = [pk for pk in ids if pk not in stays.get(name, ())]
            if left:
                found.records[name] = sorted({*found.records.get(name, []), *left})
    for rows in (survey.rows, survey.rows_by_name if everywhere else {}):
        for model, ids in rows.items():
            found.rows[model] = sorted({*found.rows.get(model, []), *ids})
    # What somebody said at the person's own records goes with them, whatever name they gave.
    own = {subject.object_name: list(subject.ids)} if subject.object_name else {}
    own |= {name: [pk for pk in ids if pk not in stays.get(name, ())] for name, ids in findings.linked.items()}
    for key in traces.keys():  # noqa: SIM118 a registry, whose iteration yields entries
        left = sorted(traces[key].rows(own).values_list("pk", flat=True))
        if left:
            found.traces[key] = left
    return found


def other_models() -> Iterator[type[models.Model]]:
    """Yield the tables of an organization that are no objects and may hold what people wrote about customers."""
    of_objects = {CustomRecord, *(spec.model for spec in objects)}
    for model in apps.get_models():
        meta = model._meta  # noqa: SLF001 Django's public model API is named so
        names = {column.name for column in meta.concrete_fields}
        is_ours = {"id", "organization"} <= names and meta.app_label not in _WITHOUT_CUSTOMERS
        if is_ours and model not in of_objects and model not in _DONE_ELSEWHERE:
            yield model


def _rows_of(model: type[models.Model], actor: Actor, subject: Subject) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    """Return the rows of a table in which the person stands, and those that hold at least the name.

    Texts that were made from records of the person, such as notices, name the record: there the name is enough.
    """
    meta = model._meta  # noqa: SLF001 as above
    held = rows_holding(meta.db_table, actor.organization_id, subject.marks)
    surely = {pk for pk, holds_point in held if holds_point}
    perhaps = {pk for pk, _holds_point in held}
    points, anything = compiled(subject.marks.points), compiled(subject.marks)
    columns = {column.name for column in meta.concrete_fields}
    if "about" in columns and subject.ids:
        rows = model._default_manager.filter(about__in=subject.references)  # noqa: SLF001 as above
        surely.update(row.pk for row in rows.iterator(500) if anything.search(" ".join(texts_of(row))))
    if any(isinstance(column, SealedColumn) for column in meta.concrete_fields):
        for row in model._default_manager.all().iterator(500):  # noqa: SLF001 as above
            text = " ".join(texts_of(row))
            if anything.search(text):
                (surely if points.search(text) else perhaps).add(row.pk)
    return surely, perhaps


def texts_of(row: models.Model) -> Iterator[str]:
    """Yield the texts in a row of any table, encrypted columns opened."""
    for column in row._meta.concrete_fields:  # noqa: SLF001 as above
        value = getattr(row, column.attname)
        if isinstance(value, (str, dict, list)):
            yield str(value)


def _imports_of(subject: Subject) -> list[uuid.UUID]:
    """Return the imports that made the person's records and whose file is still there."""
    made = Change.objects.filter(
        object_name=subject.object_name, record_id__in=subject.ids, action=ChangeAction.CREATE, channel="import"
    )
    rows = Import.objects.filter(batch_id__in=made.values("batch_id"), file__isnull=False)
    return list(rows.values_list("pk", flat=True))


def _files_holding(marks: Marks) -> list[uuid.UUID]:
    """Return the files whose name or text holds one of the marks."""
    pattern = compiled(marks)
    found: list[uuid.UUID] = []
    for text in (*marks.names, *marks.words, *(phone[-11:] for phone in marks.phones)):
        query = search_query(text)
        if not query:
            continue
        rows = FileText.objects.filter(matches(query)).select_related("file").iterator(100)
        found += [row.file_id for row in rows if pattern.search(row.text) or pattern.search(row.file.name)]
    return sorted(set(found))


def told(plan: Plan) -> list[dict[str, Any]]:
    """Return the plan in words, table by table: ``{table, what, count}``."""
    own = specs_here()[plan.subject.object_name]
    lines = [{"table": str(own.label_plural), "what": _("made anonymous"), "count": len(plan.subject.ids)}]
    lines += [
        {"table": str(specs_here()[name].label_plural), "what": _("person replaced in texts"), "count": len(ids)}
        for name, ids in plan.records.items()
    ]
    lines += [
        {"table": model._meta.db_table, "what": _("person replaced in texts"), "count": len(ids)}  # noqa: SLF001 as above
        for model, ids in plan.rows.items()
    ]
    lines += [
        {"table": traces[key].model._meta.db_table, "what": _("made anonymous"), "count": len(ids)}  # noqa: SLF001 as above
        for key, ids in plan.traces.items()
    ]
    changes = Change.objects.filter(object_name=own.name, record_id__in=plan.subject.ids).exclude(values={}).count()
    for label, what, count in (
        (_("Change log"), _("old values erased"), changes),
        (_("Files"), _("deleted"), len(plan.files)),
        (_("Source files of imports"), _("deleted"), len(plan.imports)),
    ):
        if count:
            lines.append({"table": label, "what": what, "count": count})
    return lines


def told_kept(plan: Plan) -> list[dict[str, Any]]:
    """Return what stays and why, as the certificate keeps it; without any value."""
    return [
        {
            "object": kept.object_name,
            "count": len(kept.ids),
            "reason": kept.reason,
            "law": kept.law,
            "until": kept.until.isoformat(),
            "fields": sorted(kept.fields),
        }
        for kept in plan.kept
    ]


def counted(groups: Mapping[str, Sequence[uuid.UUID]]) -> int:
    """Return how many records there are in groups."""
    return sum(len(ids) for ids in groups.values())
