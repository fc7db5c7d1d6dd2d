"""Big papers are made in the background."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.jobs.models import JobRun
from banyan.core.jobs.registration import IMMEDIATE, defer, job
from banyan.core.jobs.runs import begin_run, watched
from banyan.core.tenancy.scope import organization_scope
from banyan.documents.services import papers

MAKE = "documents.make"


@job(MAKE, label=gettext_lazy("A document is made as PDF"), queue=IMMEDIATE, attempts=2, in_transaction=False)
def make_paper(actor: Actor, *, run_id: str, kind: str, record_id: str, language: str, keeps: bool) -> None:
    """Make the paper of a record as PDF for the person who asked, with the rights of now."""
    with watched(actor, run_id) as report, organization_scope(actor.organization_id):
        found, spec = papers.kind_for(actor, kind)
        row = papers.load_row(actor, found, spec, uuid.UUID(record_id))
        name, content = papers.pdf_of(actor, found, row, language)
        if keeps:
            file = papers.keep_paper(actor, found, uuid.UUID(record_id), name, content)
        else:
            file = papers.hand_over(actor, name, content)
        papers.tell_ready(actor, file)
        report.outcome = {"file": str(file.pk), "name": file.name}


def start_paper(actor: Actor, kind: str, record_id: uuid.UUID, language: str, *, keeps: bool) -> JobRun:
    """Have a paper made in the background and return the run to watch."""
    run = begin_run(actor, MAKE, subject=f"{kind}:{record_id}")
    defer(make_paper, actor, run_id=str(run.pk), kind=kind, record_id=str(record_id), language=language, keeps=keeps)
    return run
