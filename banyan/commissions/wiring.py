"""What the commissions app registers."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from banyan.commissions import api, jobs
from banyan.commissions.choices import Base
from banyan.commissions.queries.credits import credit_sources, ordered, paid, won
from banyan.commissions.queries.statements import concerns
from banyan.commissions.services.plans import SUBJECT
from banyan.commissions.views import plans
from banyan.commissions.views.frame import MODULE, SETTINGS, URL
from banyan.core.access.scopes import Ability
from banyan.core.objects.modules import ENTERPRISE, Module, modules
from banyan.core.web.panels import MenuEntry, menu_entries
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import subjects

__all__ = ["jobs", "register"]

ROUTES = (
    path("commissions", plans.plans, name="settings-commissions"),
    path("commissions/new", plans.new_plan, name="settings-commissions-new"),
    path("commissions/<uuid:plan_id>", plans.edit_plan, name="settings-commissions-plan"),
    path("commissions/<uuid:plan_id>/delete", plans.delete_plan, name="settings-commissions-delete"),
    path("commissions/<uuid:plan_id>/give", plans.assign, name="settings-commissions-give"),
    path("commissions/<uuid:plan_id>/given/<uuid:assignment_id>/end", plans.end, name="settings-commissions-end"),
    path(
        "commissions/<uuid:plan_id>/given/<uuid:assignment_id>/withdraw",
        plans.withdraw,
        name="settings-commissions-withdraw",
    ),
)


def register() -> None:
    """Register module, sources of credit, menu and settings."""
    subjects.add(SUBJECT, _("Commission plan"))
    modules.add(
        MODULE,
        Module(
            MODULE,
            _("Commissions"),
            _("What sales earn by plan, with statements that are traced line by line."),
            editions=(ENTERPRISE,),
            requires=("opportunities", "orders"),
            needed_by=_("Companies that pay their salespeople by results."),
            spared_by=_("Companies that pay fixed wages."),
            chapters=("commissions",),
            start="/commissions",
        ),
    )
    for base, source in ((Base.WON, won), (Base.ORDERED, ordered), (Base.PAID, paid)):
        credit_sources.add(base, source)
    api.register()
    menu_entries.add(
        MODULE,
        MenuEntry(
            MODULE, _("Commissions"), URL, "percentage", section=_("Analysis"), position=78, module=MODULE, may=concerns
        ),
    )
    register_settings_page(
        SettingsPage(
            plans.PAGE,
            _("Commissions"),
            SETTINGS,
            "percentage",
            "rules",
            _("What sales earn: tiers, accelerators, caps, and who has which plan"),
            ability=Ability.KEEP_ACCOUNTS,
            module=MODULE,
            words=(_("commission plan"), "提成", "佣金"),
            routes=ROUTES,
        )
    )
