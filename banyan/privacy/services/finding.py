"""Finding everything about a person: by the record that stands for the person, or by a phone, an e-mail or a name.

It reads whole tables, since a name may stand in any text; where there are many rows, ``inquiries`` has it done in the background. Who
may see which record is no question here: only those who manage personal data may ask, and the log keeps that they did.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from django.db import connection
from django.db.models import F, Value
from django.utils.translation import gettext as _
from psycopg import sql

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.text.phone import normalize_phone
from banyan.core.listing.labels import title_of
from banyan.core.listing.text_search import Matches, Query, either_query
from banyan.core.objects.columns import SealableColumn
from banyan.core.objects.kinds import (
    BankAccount,
    ContactPoints,
    Email,
    IdentityNumber,
    Phone,
    Reference,
    Unacceptable,
    reference_to,
)
from banyan.core.objects.kinds.points import PHONE
from banyan.core.objects.registry import spec_for, specs_for, specs_here
from banyan.core.objects.sealing import query as sealed_query
from banyan.core.objects.spec import COLUMN, CUSTOM, Field, ObjectSpec
from banyan.core.records.drafts import reading_for, stored_value
from banyan.core.records.models import Change, Merge
from banyan.core.records.recycle import links_to
from banyan.core.records.sealing import readable_pair
from banyan.privacy.queries import is_person
from banyan.privacy.references import person_kinds
from banyan.privacy.rules import Marks, marks_of

#: Longest list of records on a page or in the copy for the person, for each object; counts are exact.
MOST_NAMED = 500
#: The names of objects that belong to a person, and those that mention one, as they are told apart.
OWN, LINKED, MENTIONED, NAMESAKE = "own", "linked", "mentioned", "namesake"


@dataclass(frozen=True)
class Subject:
    """A person: the records that stand for this one, merged ones included, and by what texts are recognised.

    Without ``object_name`` there is no such record, and a phone, an e-mail or a name was typed.
    """

    title: str
    marks: Marks
    object_name: str = ""
    ids: tuple[uuid.UUID, ...] = ()

    @cached_property
    def references(self) -> list[str]:
        """The texts by which other records point to these."""
        return [reference_to(self.object_name, pk) for pk in self.ids]


@dataclass
class Findings:
    """The records about a person: ids by object, in the order of how sure it is that they are about this person.

    ``linked`` point to the person, ``mentioned`` hold a phone or address, ``namesakes`` no more than the name.
    """

    subject: Subject
    linked: dict[str, list[uuid.UUID]] = field(default_factory=dict)
    mentioned: dict[str, list[uuid.UUID]] = field(default_factory=dict)
    namesakes: dict[str, list[uuid.UUID]] = field(default_factory=dict)

    def parts(self) -> Iterator[tuple[str, str, list[uuid.UUID]]]:
        """Yield how records were found, their object, and their ids."""
        if self.subject.ids:
            yield OWN, self.subject.object_name, list(self.subject.ids)
        for how, groups in ((LINKED, self.linked), (MENTIONED, self.mentioned), (NAMESAKE, self.namesakes)):
            for name, ids in groups.items():
                yield how, name, ids


def subject_of(actor: Actor, object_name: str, record_id: uuid.UUID) -> Subject:
    """Return the person for whom a record stands, in the recycle bin or not; raise ``Missing`` when none does."""
    kind = person_kinds.get(object_name)
    spec = spec_for(actor.organization, object_name) if kind else None
    record = spec.model._default_manager.filter(pk=record_id).first() if spec else None  # noqa: SLF001 Django's own
    if spec is None or record is None or not is_person(object_name, record):
        raise Missing("not_found", _("There is no such person."))
    dropped = Merge.objects.filter(kept_id=record_id, object_name=object_name, undone_at=None)
    ids = (record_id, *(uuid.UUID(pk) for gone in dropped.values_list("dropped", flat=True) for pk in gone))
    rows = list(spec.model._default_manager.filter(pk__in=ids))  # noqa: SLF001 as above
    title = title_of(spec, stored_value(record, spec.all_fields[spec.title]), record.number)
    return Subject(title, _marks_of_records(actor, spec, rows), object_name, ids)


def subject_typed(actor: Actor, text: str) -> Subject:
    """Return a person who is known by a phone, an e-mail address or a name alone."""
    typed = text.strip()
    phone = normalize_phone(typed, actor.organization.country)
    if phone:
        return Subject(typed, marks_of((), [phone], ()))
    return Subject(typed, marks_of((), (), [typed]) if "@" in typed else marks_of([typed], (), ()))


def find(actor: Actor, subject: Subject) -> Findings:
    """Return all records about a person, those in the recycle bin included."""
    search = Search(actor, subject)
    for _label, step in search.steps():
        step()
    return search.found


class Search:
    """Finding the records about a person, object by object, so that progress can be told between two of them."""

    def __init__(self, actor: Actor, subject: Subject) -> None:
        self.actor, self.subject, self.found = actor, subject, Findings(subject)
        self._seen: dict[str, set[uuid.UUID]] = {subject.object_name: set(subject.ids)} if subject.ids else {}

    def steps(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield what has to be done, each with what it looks through; to be run in order, within the organization's scope."""
        if self.subject.ids:
            yield "", lambda: _take(self.found.linked, self._seen, _pointing(self.actor, self.subject))
        for spec in specs_for(self.actor.organization).values():
            yield str(spec.label_plural), partial(self._look_through, spec)

    def _look_through(self, spec: ObjectSpec) -> None:
        surely, perhaps = _holding(self.actor, spec, self.subject.marks)
        _take(self.found.mentioned, self._seen, [(spec.name, surely)])
        _take(self.found.namesakes, self._seen, [(spec.name, perhaps)])


def _take(
    into: dict[str, list[uuid.UUID]],
    seen: dict[str, set[uuid.UUID]],
    found: Iterable[tuple[str, Collection[uuid.UUID]]],
) -> None:
    """Add records that were not found in a surer way before."""
    for name, ids in found:
        new = sorted(set(ids) - seen.get(name, set()))
        if new:
            seen.setdefault(name, set()).update(new)
            into[name] = sorted([*into.get(name, []), *new])


def _pointing(actor: Actor, subject: Subject) -> Iterator[tuple[str, list[uuid.UUID]]]:
    spec = specs_here()[subject.object_name]
    for other, link in links_to(spec):
        rows = other.model._default_manager.filter(**{f"{link.attribute}__in": subject.ids})  # noqa: SLF001 as above
        yield other.name, list(rows.values_list("pk", flat=True))
    for other in specs_here().values():
        for entry in other.all_fields.values():
            if isinstance(entry.kind, Reference) and entry.source == COLUMN:
                rows = other.model._default_manager.filter(  # noqa: SLF001 as above
                    **{f"{entry.attribute}__in": subject.references}
                )
                yield other.name, list(rows.values_list("pk", flat=True))
    for other in specs_for(actor.organization).values():
        wanted = {str(pk) for pk in subject.ids}
        for entry in other.custom_fields:
            if getattr(entry.kind, "target", "") == subject.object_name:
                rows = other.model._default_manager.filter(**{f"custom__{entry.name}__in": wanted})  # noqa: SLF001 as above
                yield other.name, list(rows.values_list("pk", flat=True))


def _holding(actor: Actor, spec: ObjectSpec, marks: Marks) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    """Return the records of an object in which a phone or the like stands, and those that hold no more than the name.

    In the clear they are found anywhere, encrypted ones by their fields.
    """
    found = rows_holding(spec.table, actor.organization_id, marks)
    surely = {pk for pk, holds_point in found if holds_point}
    perhaps = {pk for pk, _holds_point in found}
    for some, into in ((marks.points, surely), (Marks(names=marks.names), perhaps)):
        sealed = _sealed_query(actor, spec, some)
        if sealed:
            rows = spec.model._default_manager.filter(Matches(F("search"), Query(Value(sealed))))  # noqa: SLF001 as above
            into.update(rows.values_list("pk", flat=True))
    return surely, perhaps - surely


def rows_holding(table: str, organization_id: uuid.UUID, marks: Marks) -> list[tuple[uuid.UUID, bool]]:
    """Return the ids of a table's rows in which one of the marks stands, whatever the column.

    Each comes with whether it is a phone, an address or the like, and not the name alone. The table is read once.
    """
    if not marks:
        return []
    points = marks.points.pattern(for_database=True)
    query = sql.SQL(
        "SELECT id, %s <> '' AND line::text ~* %s FROM {table} AS line WHERE organization_id = %s AND line::text ~* %s"
    ).format(table=sql.Identifier(table))
    with connection.cursor() as cursor:
        cursor.execute(query, [points, points, organization_id, marks.pattern(for_database=True)])
        return list(cursor.fetchall())


def _sealed_query(actor: Actor, spec: ObjectSpec, marks: Marks) -> str:
    queries = []
    for entry in spec.all_fields.values():
        if not entry.is_sealed or "eq" not in entry.kind.operators:
            continue
        for text in (*marks.phones, *marks.words, *marks.names):
            try:
                value = entry.kind.parse(text, reading_for(actor))
            except Unacceptable:
                continue
            if not entry.kind.is_empty(value):
                queries.append(sealed_query(entry, [value]))
    return either_query(*queries)


def _marks_of_records(actor: Actor, spec: ObjectSpec, rows: Sequence[Any]) -> Marks:
    """Return the marks of a person from the records, and from what stood in them earlier."""
    telling = {name: entry for name, entry in spec.all_fields.items() if _tells(spec, entry)}
    values: list[tuple[Field, Any]] = [
        (entry, stored_value(record, entry)) for record in rows for entry in telling.values()
    ]
    for change in Change.objects.filter(object_name=spec.name, record_id__in=[record.pk for record in rows]):
        for name, pair in change.values.items():
            if name in telling:
                values += [(telling[name], old) for old in readable_pair(telling[name], change.record_id, pair)]
    names, phones, words = [], [], []
    for entry, value in values:
        if entry.kind.is_empty(value):
            continue
        if isinstance(entry.kind, ContactPoints):
            phones += [point["value"] for point in value if point.get("type") == PHONE]
            words += [point["value"] for point in value if point.get("type") != PHONE]
        elif isinstance(entry.kind, Phone):
            phones.append(value)
        elif entry.name == spec.title:
            names.append(value)
        else:
            words.append(value)
    return marks_of(names, phones, words)


def _tells(spec: ObjectSpec, entry: Field) -> bool:
    """Say whether a field's value stands for one person and nobody else, or is the name."""
    if entry.name == spec.title or isinstance(entry.kind, (Phone, Email, ContactPoints, IdentityNumber, BankAccount)):
        return True
    if entry.source == CUSTOM or entry.read_only:
        return False
    return isinstance(spec.model._meta.get_field(entry.attribute), SealableColumn)  # noqa: SLF001 as above


def titles_of(actor: Actor, object_name: str, ids: Collection[uuid.UUID]) -> list[Mapping[str, Any]]:
    """Return the first of the records as ``{id, number, title, url, is_deleted}``, by number."""
    spec = spec_for(actor.organization, object_name)
    title = spec.all_fields[spec.title]
    rows = spec.model._default_manager.filter(pk__in=list(ids)[:MOST_NAMED]).order_by("number")  # noqa: SLF001 as above
    return [
        {
            "id": record.pk,
            "number": record.number,
            "title": title_of(spec, stored_value(record, title), record.number),
            "url": f"/{spec.plural}/{record.pk}" if spec.has_page and record.deleted_at is None else "",
            "is_deleted": record.deleted_at is not None,
        }
        for record in rows
    ]


def compiled(marks: Marks) -> re.Pattern[str]:
    """Return what recognises the marks in Python; without marks it fits nothing."""
    return re.compile(marks.pattern() or r"(?!)", re.IGNORECASE)
