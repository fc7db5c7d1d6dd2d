"""What the service app registers and subscribes to."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.access.ready_roles import ready_roles
from banyan.core.access.scopes import Ability
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules
from banyan.core.objects.presence import register_tables_at_records
from banyan.core.objects.registry import register_object
from banyan.core.records.merging import LinkHolder, link_holders
from banyan.core.tenancy.preparation import organization_preparations
from banyan.core.web.day import first_steps
from banyan.core.web.panels import (
    DayPanel,
    DueField,
    QuickAction,
    RecordPanel,
    TimelineSource,
    day_panels,
    due_fields,
    quick_actions,
    record_panels,
    timeline_sources,
)
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import subjects
from banyan.customers.public import CustomersOf, FigureSource, customer_figures, customer_finders, lifetime_figures
from banyan.portal.public import register_portal_page
from banyan.privacy.public import Trace, traces
from banyan.service import api, documents, jobs, objects, panels, permissions, queries  # noqa: F401 jobs are known by it
from banyan.service.choices import MODULE, RUNNING, TICKET
from banyan.service.models import IncomingMail, Ticket, TicketMessage
from banyan.service.services import mailboxes
from banyan.service.services import settings as starting
from banyan.service.views import customer, desk, settings


def customers_of_tickets(ids: Collection[uuid.UUID]) -> CustomersOf:
    """Return the customers of tickets."""
    return dict(Ticket.objects.filter(pk__in=ids).values_list("pk", "customer_id"))


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add(
        MODULE,
        Module(
            MODULE,
            _("Tickets"),
            _("What customers want solved, with promised times, the conversation and the knowledge base."),
            editions=(STANDARD, ENTERPRISE),
            requires=("customers",),
            section=_("Service"),
            position=60,
            needed_by=_("Companies whose customers wait for answers that several people give."),
            spared_by=_("Companies that answer a few calls by themselves."),
            chapters=("service",),
            start="/tickets",
        ),
    )
    documents.register()
    for spec in objects.OBJECTS:
        register_object(spec)
    register_tables_at_records(MODULE, Ticket)
    link_holders.add("service.message", LinkHolder(TicketMessage, "ticket_id", TICKET))
    link_holders.add("service.mail", LinkHolder(IncomingMail, "ticket_id", TICKET))
    customer_finders.add(TICKET, customers_of_tickets)
    ready_roles.add(permissions.SERVICE.key, permissions.SERVICE)
    organization_preparations.add("service.roles", permissions.prepare_organization)
    said = Trace(TicketMessage, queries.messages_about, names=("name", "text"), emptied={"mailed_to": ""})
    traces.add("service.messages", said)
    mails = Trace(IncomingMail, queries.mails_about, names=("name", "subject"), emptied={"sender": ""})
    traces.add("service.mails", mails)
    organization_preparations.add("service.answers", starting.prepare_organization)
    subjects.add(starting.SUBJECT, pgettext_lazy("ticket", "Ready answer"))
    subjects.add(mailboxes.SUBJECT, _("Mailbox"))
    for page in (customer.PAGE, desk.PAGE):
        register_portal_page(page)
    api.register()
    _register_pages()


def _register_pages() -> None:
    """Register what the app shows on tickets, customers, contacts and on my day."""
    customer_figures.add(
        MODULE, FigureSource(MODULE, panels.customer_figures, module=MODULE, position=40, table=Ticket)
    )
    lifetime_figures.add(
        MODULE, FigureSource(MODULE, panels.lifetime_figures, module=MODULE, position=40, table=Ticket)
    )
    panel = RecordPanel(
        "ticket_conversation", panels.conversation, (TICKET,), place="before", position=20, module=MODULE,
        label=pgettext_lazy("ticket", "Conversation"),
    )  # fmt: skip
    record_panels.add(panel.name, panel)
    source = TimelineSource(
        "tickets", _("Tickets"), "ticket", panels.load_tickets, ("customer", "contact"), position=50, module=MODULE,
        table=Ticket,
    )  # fmt: skip
    timeline_sources.add(source.name, source)
    day_panels.add(panels.MINE.name, DayPanel(panels.MINE.name, panels.MINE.render, "main", 16, MODULE))
    day_panels.add(panels.FREE.name, DayPanel(panels.FREE.name, panels.FREE.render, "side", 50, MODULE))
    first_steps.add(panels.FIRST_STEP.name, panels.FIRST_STEP)
    open_when = {"state": tuple(state.value for state in RUNNING)}
    due_fields.add("ticket_due", DueField("ticket_due", (TICKET,), "due_at", open_when, module=MODULE))
    spec = objects.TICKET_SPEC
    create = QuickAction(
        spec.name, spec.label, f"/{spec.plural}/new", spec.icon, position=45, module=MODULE, may=panels.may_create,
        creates=spec.name,
    )  # fmt: skip
    quick_actions.add(create.name, create)
    register_settings_page(
        SettingsPage(
            settings.PAGE,
            _("Service"),
            settings.URL,
            "ticket",
            "objects",
            _("Service hours, promised times and answers"),
            ability=Ability.CUSTOMISE,
            module=MODULE,
            words=(_("service hours"), "SLA", "工单", "服务时间", "知识库"),
            routes=settings.ROUTES,
        )
    )
