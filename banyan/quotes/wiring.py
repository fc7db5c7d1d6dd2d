"""What the quotes app registers and subscribes to."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.urls import path
from django.utils.translation import gettext_lazy as _

from banyan.core.access.scopes import Ability
from banyan.core.approvals.events import ApprovalChanged, ApprovalEnded
from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules
from banyan.core.objects.presence import register_tables_at_records
from banyan.core.objects.registry import register_object
from banyan.core.records.events import RecordsChanged
from banyan.core.records.locks import register_locks
from banyan.core.records.policies import register_policy
from banyan.core.web.panels import (
    DueField,
    QuickAction,
    RecordPanel,
    TimelineSource,
    due_fields,
    quick_actions,
    record_panels,
    timeline_sources,
)
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.customers.public import CustomersOf, customer_finders
from banyan.documents.public import DocumentKind, register_document_kind
from banyan.portal.public import register_portal_page
from banyan.privacy.public import Trace, keepers, traces
from banyan.products.public import register_lines
from banyan.quotes import api, jobs, objects, panels, preparation, queries, reactions
from banyan.quotes.events import QuoteAccepted
from banyan.quotes.models import Quote, QuoteDecision, QuoteOutcome
from banyan.quotes.services import papers
from banyan.quotes.views import customer, templates

MODULE = "quotes"
INTRO_ZH = "尊敬的{customer}：\n感谢您的垂询，现就您的需求报价如下："
INTRO_EN = "Dear {customer},\nthank you for your enquiry. We are pleased to offer you the following:"
TERMS_ZH = "1. 报价在有效期内有效。\n2. 价格以本报价单所列为准，交货期以双方确认为准。"
TERMS_EN = (
    "1. This quotation holds until the date given above.\n2. Delivery times follow from the confirmation of the order."
)


def customers_of_quotes(ids: Collection[uuid.UUID]) -> CustomersOf:
    """Return the customers of quotes."""
    return dict(Quote.objects.filter(pk__in=ids).values_list("pk", "customer_id"))


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add(
        MODULE,
        Module(
            MODULE,
            _("Quotes"),
            _("Offers with versions and options that customers read and sign at a link."),
            editions=(STANDARD, ENTERPRISE),
            requires=("customers", "products", "documents", "portal"),
            section=_("Sales"),
            position=30,
            needed_by=_("Companies that write offers which customers compare and sign."),
            spared_by=_("Companies that name a price in a message."),
            start="/quotes",
        ),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    register_tables_at_records(MODULE, Quote, QuoteOutcome)
    register_policy(preparation.CLOSED)
    register_locks(preparation.LOCKS)
    register_lines(preparation.LINES)
    subscribe(RecordsChanged, "quotes.closed_lines", preparation.judge_closed_lines)
    subscribe(QuoteAccepted, "quotes.keep_signed", jobs.keep_accepted)
    subscribe(ApprovalChanged, "quotes.approval", reactions.follow_approval)
    subscribe(ApprovalEnded, "quotes.approval", reactions.follow_approval)
    customer_finders.add("quote", customers_of_quotes)
    keepers.add("quotes", queries.kept_as_evidence)
    traces.add(
        "quotes.decisions",
        Trace(
            QuoteDecision,
            lambda records: QuoteDecision.objects.filter(quote__in=list(records.get("quote", ()))),
            names=("signer",),
            emptied={"reason": "", "address": "", "user_agent": "", "content": {}, "content_hash": ""},
        ),
    )
    register_document_kind(
        DocumentKind(
            "quote",
            _("Quotation"),
            "quote",
            papers.build_paper,
            language=papers.paper_language,
            size=papers.line_count,
            texts={
                "zh-hans": {"intro": INTRO_ZH, "terms": TERMS_ZH},
                "en": {"intro": INTRO_EN, "terms": TERMS_EN},
            },
            module=MODULE,
        )
    )
    register_portal_page(customer.PAGE)
    api.register()
    _register_pages()


def _register_pages() -> None:
    """Register what the app shows on quotes, opportunities and customers, and its settings."""
    for panel in (
        RecordPanel("quote_state", panels.state_panel, ("quote",), "before", 5, MODULE, ("quote",), _("State of the quote")),
        RecordPanel(
            "opportunity_quotes", panels.opportunity_quotes, ("opportunity",), position=40, module=MODULE,
            covers=("quote",), label=_("Quotes"),
        ),
        RecordPanel(
            "quote_origin", panels.origin_panel, ("order", "contract"), "before", 6, MODULE, label=_("Its quote"),
            table=QuoteOutcome,
        ),
    ):  # fmt: skip
        record_panels.add(panel.name, panel)
    source = TimelineSource(
        MODULE,
        _("Quotes"),
        "file-dollar",
        panels.load_quotes,
        ("customer", "contact", "opportunity"),
        position=45,
        module=MODULE,
        table=Quote,
    )
    timeline_sources.add(source.name, source)
    due_fields.add(MODULE, DueField(MODULE, ("quote",), "valid_until", {"status": ("sent",)}, module=MODULE))
    create = QuickAction(
        "quote", objects.QUOTE.label, "/quotes/new", objects.QUOTE.icon, position=35, module=MODULE,
        may=panels.may_create, creates="quote",
    )  # fmt: skip
    begin = QuickAction(
        "quote_template", _("Quote from a template"), "/quotes/from-template", "file-dollar", position=36, module=MODULE,
        may=panels.may_create,
    )  # fmt: skip
    quick_actions.add(create.name, create)
    quick_actions.add(begin.name, begin)
    register_settings_page(
        SettingsPage(
            templates.PAGE,
            _("Quotes"),
            templates.URL,
            "file-dollar",
            "rules",
            _("How long quotes hold, reminders, templates"),
            ability=Ability.CUSTOMISE,
            module=MODULE,
            routes=(
                path("quotes", templates.settings, name="settings-quotes"),
                path("quotes/templates/<uuid:template_id>", templates.rename, name="settings-quote-template"),
                path(
                    "quotes/templates/<uuid:template_id>/delete",
                    templates.remove,
                    name="settings-quote-template-delete",
                ),
            ),
        )
    )
