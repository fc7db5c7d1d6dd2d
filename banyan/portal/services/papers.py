"""The paper of a record as a page for people without an account, with its PDF."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.timezone import localtime

from banyan.core.kernel.languages import written_instant
from banyan.documents.public import can_draw, filled, kind_for, paper_of, pdf_answer, pdf_of
from banyan.portal.services.pages import Visit
from banyan.portal.services.visits import comments_of

#: The part of the address under which a page gives away its paper.
PDF = "pdf"


def show_paper(visit: Visit, kind_name: str) -> HttpResponse:
    """Answer with what stands on the paper of the record, readable on a phone."""
    kind, _spec = kind_for(visit.actor, kind_name)
    paper = paper_of(visit.actor, kind, visit.row, visit.language)
    values = {"number": paper.number, "organization": visit.head.name, **paper.values}
    comments = comments_of(visit.spec.name, visit.record_id) if visit.page.has_comments else ()
    context = {
        "paper": paper,
        "intro": filled(paper.intro, values),
        "terms": filled(paper.terms, values),
        "pdf_url": "" if can_draw() else visit.url(PDF),
        "has_comments": visit.page.has_comments,
        "comments": [
            {
                "name": row.name, "is_ours": row.author_id is not None, "text": row.text,
                "when": written_instant(localtime(row.at), visit.language),
            }
            for row in comments
        ],
    }  # fmt: skip
    return visit.answer("portal/paper.html", context)


def give_paper(visit: Visit, kind_name: str) -> HttpResponse:
    """Give away the paper as PDF."""
    kind, _spec = kind_for(visit.actor, kind_name)
    return pdf_answer(*pdf_of(visit.actor, kind, visit.row, visit.language))
