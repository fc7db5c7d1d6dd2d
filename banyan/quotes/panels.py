"""What quotes show on pages: where one stands and what comes next, the quotes of an opportunity, where a record came from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.languages import written_day
from banyan.core.listing.filters import live_rows
from banyan.core.objects.modules import module_is_on, specs_on
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.amounts import amounts_text
from banyan.core.web.answers import macro
from banyan.core.web.menu import may
from banyan.core.web.panels import TimelineEntry, TimelineQuestion
from banyan.core.web.presenting import Presenter, short_instant
from banyan.core.web.timeline_records import records_around
from banyan.quotes.choices import OPEN, REVISABLE, STATUS_COLORS, DecisionKind, QuoteStatus
from banyan.quotes.models import Quote, QuoteDecision
from banyan.quotes.queries import quote_lines, quotes_from, versions_of
from banyan.quotes.services.outcomes import origin_of, outcomes_of, quote_outcomes

TEMPLATE = "quotes/_panels.html"
#: What an entry of the timeline tells of a quote.
TOLD = ("reference", "number", "name", "status", "owner__name")
MODULE = "quotes"


def state_panel(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return where a quote stands, what can be done now, its versions, and what the customer answered."""
    quote = Quote.objects.select_related("previous").filter(pk=row["id"]).first()
    if quote is None:
        return None
    url = f"/{spec.plural}/{quote.pk}"
    may_edit = restrict(live_rows(actor, spec), actor, spec, Action.EDIT).filter(pk=quote.pk).exists()
    versions = versions_of(actor, quote)
    lines = quote_lines(quote.pk)
    return macro(
        TEMPLATE,
        "quote_state",
        {
            "live_url": f"{url}/state",
            "status": quote.status,
            "label": QuoteStatus(quote.status).label,
            "text": _told(actor, quote),
            "send_url": f"{url}/send" if may_edit and quote.status == QuoteStatus.DRAFT else "",
            "again_url": f"{url}/send" if may_edit and quote.status == QuoteStatus.SENT else "",
            "options_url": f"{url}/options" if may_edit and quote.status in OPEN and lines else "",
            "answer_url": f"{url}/answer" if may_edit and quote.status == QuoteStatus.SENT else "",
            "revise_url": f"{url}/revise" if may_edit and quote.status in REVISABLE else "",
            "template_url": f"{url}/template" if may_edit and lines else "",
            "pdf_url": f"/documents/quote/{quote.pk}" if module_is_on(actor.organization, "documents") else "",
            "decision": _decision(actor, quote, url),
            "outcomes": _outcomes(actor, quote, url) if quote.status == QuoteStatus.ACCEPTED else [],
            "versions": [_version(actor, spec, version, quote) for version in versions] if len(versions) > 1 else [],
            "choices": [_option(line) for line in lines if line["is_optional"] or line["alternative"]],
        },
    )


def _told(actor: Actor, quote: Quote) -> str:
    days = _days(actor, quote.valid_until)
    if quote.status == QuoteStatus.DRAFT:
        return _("Send it to the customer: they read it, ask, choose and sign at a link of their own.")
    if quote.status == QuoteStatus.SENT:
        sent = short_instant(quote.sent_at, actor) if quote.sent_at else ""
        return _("Sent %(when)s. %(days)s") % {"when": sent, "days": days}
    if quote.status == QuoteStatus.EXPIRED:
        return _("Nobody answered in time. Revise it to offer it again.")
    if quote.status == QuoteStatus.REPLACED:
        return _("A newer version has replaced this one.")
    return ""


def _days(actor: Actor, day: date | None) -> str:
    if day is None:
        return ""
    left = (day - today(actor.time_zone)).days
    if left <= 0:
        return _("It holds until the end of today.")
    return _("It holds until %(day)s.") % {"day": written_day(day, actor.language)}


def _decision(actor: Actor, quote: Quote, url: str) -> dict[str, Any] | None:
    decision = QuoteDecision.objects.filter(quote=quote).select_related("entered_by").first()
    if decision is None:
        return None
    return {
        "accepted": decision.kind == DecisionKind.ACCEPTED,
        "signer": decision.signer,
        "when": short_instant(decision.at, actor),
        "address": decision.address,
        "entered_by": decision.entered_by.name if decision.entered_by else "",
        "reason": decision.reason,
        "hash": decision.content_hash,
        "signature_url": f"{url}/signature" if decision.signature_id else "",
    }


def _outcomes(actor: Actor, quote: Quote, url: str) -> list[dict[str, Any]]:
    made = outcomes_of(quote.pk)
    shown = []
    for outcome in quote_outcomes:
        target = specs_on(actor.organization).get(outcome.object_name)
        if target is None or not module_is_on(actor.organization, outcome.module):
            continue
        known = made.get(outcome.name)
        if known is not None:
            rows = restrict(live_rows(actor, target), actor, target).filter(pk=known.record_id)
            if rows.exists():
                href = f"/{target.plural}/{known.record_id}"
                shown.append({"label": str(target.label), "icon": outcome.icon, "href": href, "post": ""})
                continue
        if may(actor, target, Action.CREATE):
            post = f"{url}/become/{outcome.name}"
            shown.append({"label": str(outcome.label), "icon": outcome.icon, "href": "", "post": post})
    return shown


def _version(actor: Actor, spec: ObjectSpec, version: Quote, current: Quote) -> dict[str, Any]:
    url = f"/{spec.plural}/{version.pk}"
    return {
        "label": _("Version %(number)d") % {"number": version.revision},
        "url": url,
        "status": QuoteStatus(version.status).label,
        "color": STATUS_COLORS[version.status],
        "is_current": version.pk == current.pk,
        "compare_url": "" if version.pk == current.pk else f"/{spec.plural}/{current.pk}/compare?with={version.pk}",
    }


def _option(line: Mapping[str, Any]) -> dict[str, Any]:
    kind = _("Optional") if line["is_optional"] else _("Alternative %(group)s") % {"group": line["alternative"]}
    return {"name": line["name"], "kind": kind, "counts": line["counts"]}


def opportunity_quotes(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return the quotes of an opportunity, and the button that writes one with its products."""
    quote_spec = spec_for(actor.organization, "quote")
    if not may(actor, quote_spec, Action.VIEW):
        return None
    quotes = quotes_from(actor, row["id"])
    may_create = may(actor, quote_spec, Action.CREATE) and bool(row.get("customer"))
    if not quotes and not may_create:
        return None
    sees_amounts = bool(Presenter(actor, quote_spec).visible(["amount"]))
    shown = [
        {
            "title": quote.known_as,
            "url": f"/{quote_spec.plural}/{quote.pk}",
            "status": QuoteStatus(quote.status).label,
            "color": STATUS_COLORS[quote.status],
            "amount": amounts_text(actor, {quote.currency: quote.amount})
            if sees_amounts and quote.amount is not None
            else "",
        }
        for quote in quotes
    ]
    return macro(TEMPLATE, "opportunity_quotes", shown, f"/{spec.plural}/{row['id']}/quote" if may_create else "")


def origin_panel(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return the quote that a record was made from, for those who may see it."""
    quote = origin_of(spec.name, row["id"])
    if quote is None:
        return None
    quote_spec = spec_for(actor.organization, "quote")
    rows = restrict(live_rows(actor, quote_spec), actor, quote_spec)
    if not rows.filter(pk=quote.pk).exists():
        return None
    return macro(TEMPLATE, "quote_origin", f"/{quote_spec.plural}/{quote.pk}", quote.known_as)


def load_quotes(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return what happened with the quotes of a customer, contact or opportunity, newest first."""
    return records_around(
        question, "quote", _sent_quote, names=TOLD, recorded="sent_at", among=Q(sent_at__isnull=False)
    )


def _sent_quote(shown: Presenter, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "icon": "file-dollar",
        "color": "purple",
        "who": row["owner__name"] or _("The system"),
        "title": _("sent a quote · %(status)s") % {"status": QuoteStatus(row["status"]).label},
        "links": [{"text": f"{row['reference'] or row['number']} {row['name']}".strip(), "href": shown.url(row["pk"])}],
    }


def may_create(actor: Actor) -> bool:
    """Say whether somebody may write quotes."""
    return may(actor, spec_for(actor.organization, "quote"), Action.CREATE)
