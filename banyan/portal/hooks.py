"""What links and their visitors add to the pages of records: the panel, and entries of the timeline."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.languages import written_day
from banyan.core.listing.filters import live_rows
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import macro
from banyan.core.web.panels import (
    RecordPanel,
    TimelineEntry,
    TimelineQuestion,
    TimelineSource,
    record_panels,
    timeline_sources,
)
from banyan.core.web.presenting import short_instant
from banyan.portal.choices import VisitKind
from banyan.portal.models import PortalComment, PortalLink, PortalVisit
from banyan.portal.services.links import MODULE, is_on, links_of
from banyan.portal.services.pages import PortalPage, pages_of, portal_pages
from banyan.portal.services.visits import comments_of

TEMPLATE = "portal/_panel.html"
ICONS = {VisitKind.LOOK: ("eye", "grey"), VisitKind.DOWNLOAD: ("download", "grey"), VisitKind.ANSWER: ("send", "blue")}


def register_page(page: PortalPage) -> PortalPage:
    """Make a page known, and let records of its object show their links, comments and visits."""
    is_first = not pages_of(page.object_name)
    portal_pages.add(page.purpose, page)
    if is_first:
        name, objects = f"portal_{page.object_name}", (page.object_name,)
        label = gettext_lazy("Links for people outside")
        record_panels.add(name, RecordPanel(name, links_panel, objects, position=300, module=MODULE, label=label))
        source = TimelineSource(name, gettext_lazy("Visitors"), "eye", load_visits, objects, position=80, module=MODULE,
                                table=PortalLink)  # fmt: skip
        timeline_sources.add(name, source)
    return page


def links_panel(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return the links and the conversation of a record; None where there can be none."""
    return panel(actor, spec, row, error="")


def panel(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any], *, error: str) -> Markup | None:
    """Return the panel; ``error`` says why the last answer was not taken."""
    pages = [page for page in pages_of(spec.name) if is_on(actor, page)]
    if not pages:
        return None
    may_edit = restrict(live_rows(actor, spec), actor, spec, Action.EDIT).filter(pk=row["id"]).exists()
    labels = {page.purpose: str(page.label) for page in pages}
    links = [link for link in links_of(spec.name, row["id"]) if link.purpose in labels]
    comments = comments_of(spec.name, row["id"]) if any(page.has_comments for page in pages) else ()
    makes = [page for page in pages if page.may_be_made(actor, row)] if may_edit else []
    url = f"/portal/{spec.plural}/{row['id']}"
    return macro(
        TEMPLATE,
        "portal_panel",
        {
            "live_url": f"{url}/panel",
            "object": spec.plural,
            "new": [{"label": labels[page.purpose], "url": f"{url}/links/{page.purpose}/new"} for page in makes],
            "links": [_link(actor, link, labels[link.purpose], may_edit=may_edit) for link in links],
            "comments": [_comment(actor, comment) for comment in comments],
            "answer_url": f"{url}/answer" if may_edit and comments else "",
            "error": error,
        },
    )


def _link(actor: Actor, link: PortalLink, label: str, *, may_edit: bool) -> dict[str, Any]:
    state = ""
    if link.withdrawn_at is not None:
        state = _("Withdrawn")
    elif not link.is_open:
        state = _("Expired")
    return {
        "who": link.recipient or link.email or label,
        "label": label,
        "state": state,
        "until": written_day(link.expires_at.date(), actor.language),
        "looks": link.looks,
        "looked_at": short_instant(link.looked_at, actor) if link.looked_at else "",
        "sent_at": short_instant(link.sent_at, actor) if link.sent_at else "",
        "address": link.url if may_edit and not state else "",
        "visits_url": f"/portal/links/{link.pk}/visits",
        "withdraw_url": f"/portal/links/{link.pk}/withdraw" if may_edit and not state else "",
    }


def _comment(actor: Actor, comment: PortalComment) -> dict[str, Any]:
    return {
        "name": comment.name,
        "is_ours": comment.author_id is not None,
        "text": comment.text,
        "when": short_instant(comment.at, actor),
    }


def load_visits(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return what visitors did at the links of a record, and what was answered, newest first."""
    before = {} if question.before is None else {"at__lt": question.before}
    record: dict[str, Any] = {"object_name": question.spec.name, "record_id": question.record_id}
    visits = PortalVisit.objects.filter(**{f"link__{name}": value for name, value in record.items()}, **before)
    newest = visits.select_related("link").only("kind", "text", "at", "link__recipient", "link__email").order_by("-at")
    entries = [_visit_entry(visit) for visit in newest[: question.limit + 1]]
    answers = PortalComment.objects.filter(**record, **before, author__isnull=False)
    entries += [
        TimelineEntry(row.at, row.pk, {"icon": "send", "color": "blue", "who": row.name,
                                       "title": _("answered the customer"), "text": row.text})
        for row in answers.order_by("-at")[: question.limit + 1]
    ]  # fmt: skip
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _visit_entry(visit: PortalVisit) -> TimelineEntry:
    icon, color = ICONS[VisitKind(visit.kind)]
    shown = {
        "icon": icon,
        "color": color,
        "who": visit.link.recipient or visit.link.email or _("A visitor"),
        "title": VisitKind(visit.kind).label,
        "text": visit.text,
    }
    return TimelineEntry(visit.at, visit.pk, shown)


def entries_of(link_id: uuid.UUID, actor: Actor) -> list[dict[str, str]]:
    """Return the log of a link for its dialog."""
    rows = PortalVisit.objects.filter(link=link_id).order_by("-at")[:200]
    return [
        {
            "what": str(VisitKind(row.kind).label),
            "text": row.text,
            "network": row.network,
            "when": short_instant(row.at, actor),
        }
        for row in rows
    ]
