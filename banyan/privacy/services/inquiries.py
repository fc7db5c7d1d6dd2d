"""Looking through everything for a person: at once where there is little, in the background where it takes a while.

What was found is kept for some hours as ids alone, so that the page, the copy and the preview of an erasure need not look again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.audit.notes import note
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Missing
from banyan.core.objects.registry import specs_for
from banyan.core.tenancy.scope import organization_scope
from banyan.privacy.models import Inquiry
from banyan.privacy.services.finding import Findings, Search, Subject, subject_of, subject_typed
from banyan.privacy.services.planning import Report, Survey, Surveying, other_models

FOUND = "privacy.found"
#: Tables of this size together are read within about a second, while the page waits.
BYTES_AT_ONCE = 200_000_000
#: How long the result of a look stands for a page, and when it is forgotten.
FRESH, KEPT = timedelta(minutes=30), timedelta(hours=12)
_RECORDS = ("linked", "mentioned", "namesakes")
_ROWS, _FILES = ("rows", "rows_by_name"), ("files", "imports", "mentioning_files")
Json = dict[str, Any]


def takes_long(actor: Actor) -> bool:
    """Say whether so much has to be read that nobody should wait for it in a request."""
    specs = specs_for(actor.organization).values()
    tables = [*{spec.table for spec in specs}, *(model._meta.db_table for model in other_models())]  # noqa: SLF001 Django's public model API is named so
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(pg_table_size(to_regclass(name))), 0) FROM unnest(%s::text[]) AS name", [tables]
        )
        (size,) = cursor.fetchone()
    return int(size) > BYTES_AT_ONCE


def begin_inquiry(
    actor: Actor, *, typed: str = "", object_name: str = "", record_id: uuid.UUID | None = None
) -> Inquiry:
    """Note that somebody wants everything about a person, known by a text or by a record; ``look`` finds it.

    Raises ``NotAllowed``, or ``Missing`` when there is no such person. The audit log keeps that it was asked.
    """
    require_ability(actor, Ability.MANAGE_PRIVACY)
    if record_id is not None:
        subject_of(actor, object_name, record_id)
    note(actor, FOUND, object_name=object_name, record_id=record_id)
    return Inquiry.objects.create(
        organization_id=actor.organization_id,
        typed=typed,
        object_name=object_name,
        record_id=record_id,
        actor_id=actor.user_id,
    )


def look(
    actor: Actor, inquiry: Inquiry, report: Report = lambda step, done, total: None, *, in_scope: bool = True
) -> None:
    """Find what an inquiry asks for and keep it.

    ``in_scope`` says that the organization's scope is open already; otherwise each table is read in one of its own,
    so that progress can be told in between.
    """
    scope: Callable[[], AbstractContextManager[Any]] = (
        nullcontext if in_scope else partial(organization_scope, actor.organization_id)
    )
    with scope():
        subject = subject_asked(actor, inquiry)
    search: Search | Surveying = Surveying(actor, subject) if inquiry.record_id else Search(actor, subject)
    steps = list(search.steps())
    for number, (label, step) in enumerate(steps):
        report(label, number, len(steps))
        with scope():
            step()
    survey = search.made if isinstance(search, Surveying) else Survey(search.found)
    with scope():
        inquiry.found, inquiry.done_at = _as_json(survey), now()
        inquiry.save(update_fields=["found", "done_at"])


def subject_asked(actor: Actor, inquiry: Inquiry) -> Subject:
    """Return whom an inquiry is about; raise ``Missing`` when the person's record is gone."""
    if inquiry.record_id is None:
        return subject_typed(actor, inquiry.typed)
    return subject_of(actor, inquiry.object_name, inquiry.record_id)


def survey_found(actor: Actor, inquiry: Inquiry) -> Survey:
    """Return what a finished inquiry found."""
    survey = Survey(Findings(subject_asked(actor, inquiry)))
    kept, known = inquiry.found, specs_for(actor.organization)
    for name in _RECORDS:
        setattr(survey.findings, name, {key: _ids(ids) for key, ids in kept[name].items() if key in known})
    for name in _ROWS:
        setattr(survey, name, dict(_rows(kept[name])))
    for name in _FILES:
        setattr(survey, name, _ids(kept[name]))
    return survey


def find_inquiry(actor: Actor, inquiry_id: uuid.UUID) -> Inquiry:
    """Return an inquiry of one's own; raise ``Missing``."""
    row = Inquiry.objects.filter(pk=inquiry_id, actor_id=actor.user_id).first()
    if row is None:
        raise Missing("not_found", _("What was found is no longer kept. Please search again."))
    return row


def latest_inquiry(actor: Actor, object_name: str, record_id: uuid.UUID) -> Inquiry | None:
    """Return one's own latest inquiry about a person that still counts."""
    rows = Inquiry.objects.filter(object_name=object_name, record_id=record_id, actor_id=actor.user_id)
    return rows.filter(at__gte=now() - FRESH).first()


def forget_inquiries(at: datetime) -> int:
    """Delete what inquiries found some hours before a moment, and return how many there were."""
    return Inquiry.objects.filter(at__lt=at - KEPT).delete()[0]


def _as_json(survey: Survey) -> Json:
    written: Json = {}
    for name in _RECORDS:
        groups: dict[str, list[uuid.UUID]] = getattr(survey.findings, name)
        written[name] = {key: [str(pk) for pk in ids] for key, ids in groups.items()}
    for name in _ROWS:
        rows: dict[type[models.Model], list[uuid.UUID]] = getattr(survey, name)
        written[name] = {model._meta.label: [str(pk) for pk in ids] for model, ids in rows.items()}  # noqa: SLF001 as above
    for name in _FILES:
        written[name] = [str(pk) for pk in getattr(survey, name)]
    return written


def _rows(kept: dict[str, list[str]]) -> Iterator[tuple[type[models.Model], list[uuid.UUID]]]:
    for label, ids in kept.items():
        try:
            yield apps.get_model(label), _ids(ids)
        except LookupError:
            # The version before knew a table that there no longer is.
            continue


def _ids(texts: list[str]) -> list[uuid.UUID]:
    return [uuid.UUID(text) for text in texts]
