"""The paper of a record: put together, as PDF, kept among the record's files, in the background when it is big."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.files.models import File
from banyan.core.files.services import attach, store_file
from banyan.core.identity.events import PeopleToTell
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.events import publish
from banyan.core.kernel.languages import LANGUAGES, written_day
from banyan.core.listing.query import fetch_row
from banyan.core.objects.modules import module_is_on, specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.documents.kinds import DocumentKind, Paper, Row, document_kinds
from banyan.documents.services.rendering import render_paper
from banyan.documents.services.texts import texts_of

MODULE = "documents"
#: Papers with more lines are made in a job: drawing a line takes some ten milliseconds.
MOST_AT_ONCE = 80
READY = gettext_noop("The PDF “%(name)s” is ready.")


def kind_for(actor: Actor, name: str) -> tuple[DocumentKind, ObjectSpec]:
    """Return a kind of paper and its object; raise ``Missing`` when there is none or a module is off."""
    kind = document_kinds.get(name)
    organization = actor.organization
    spec = specs_on(organization).get(kind.object_name) if kind else None
    is_on = module_is_on(organization, MODULE) and (
        not kind or not kind.module or module_is_on(organization, kind.module)
    )
    if kind is None or spec is None or not is_on:
        raise Missing("not_found", _("There is no such page."))
    return kind, spec


def chosen_language(asked: str, fallback: str) -> str:
    """Return a language of the product: the one that was asked for, else the other."""
    known = {code for code, _name in LANGUAGES}
    return asked if asked in known else (fallback if fallback in known else "zh-hans")


def load_row(actor: Actor, kind: DocumentKind, spec: ObjectSpec, record_id: uuid.UUID) -> Row:
    """Return a record whose paper is wanted; raise ``Missing`` when it may not be seen or has no such paper now."""
    row = fetch_row(actor, spec, record_id)
    if not kind.is_offered(actor, row):
        raise Missing("no_paper", _("There is no such paper of this record now."))
    return row


def paper_of(actor: Actor, kind: DocumentKind, row: Row, language: str) -> Paper:
    """Return what stands on the paper of a record in a language, with the texts of its kind."""
    with translation.override(language):
        paper = kind.build(actor, row)
        day = written_day(today(actor.time_zone), language)
    texts = texts_of(kind, language)
    return replace(
        paper,
        intro=paper.intro or texts["intro"],
        terms=paper.terms or texts["terms"],
        values={"date": day, **paper.values},
    )


def pdf_of(actor: Actor, kind: DocumentKind, row: Row, language: str) -> tuple[str, bytes]:
    """Return the name and content of a record's paper as PDF; raise ``PdfUnavailable``."""
    paper = paper_of(actor, kind, row, language)
    return file_name(paper), render_paper(actor.organization, paper, language, template=kind.template)


def file_name(paper: Paper) -> str:
    """Return what the file of a paper is called."""
    return " ".join(filter(None, (paper.title, paper.number))).replace("/", "-") + ".pdf"


def is_big(actor: Actor, kind: DocumentKind, row: Row) -> bool:
    """Say whether a paper takes longer than somebody wants to wait."""
    return kind.size(actor, row) > MOST_AT_ONCE


@transaction.atomic
def keep_paper(actor: Actor, kind: DocumentKind, record_id: uuid.UUID, name: str, content: bytes) -> File:
    """Attach a paper to its record; the same name again makes a new version."""
    upload = SimpleUploadedFile(name, content)
    return attach(actor, object_name=kind.object_name, record_id=record_id, upload=upload).file


@transaction.atomic
def hand_over(actor: Actor, name: str, content: bytes) -> File:
    """Store a paper for the person who asked for it, and tell them."""
    return store_file(actor, SimpleUploadedFile(name, content))


def tell_ready(actor: Actor, file: File) -> None:
    """Tell somebody that their paper is ready."""
    if actor.user_id is not None:
        place = f"/files/{file.pk}?show"
        publish(PeopleToTell(actor.organization_id, (actor.user_id,), READY, place, {"name": file.name}))
