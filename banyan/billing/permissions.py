"""The role of those who keep the money: what they see and what they may do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.access.ready_roles import OWN_WORK, ReadyRole, make_ready_role
from banyan.core.access.roles import ALL_ACTIONS, grants
from banyan.core.access.scopes import Ability, Action, Scope
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization

MODULE = "billing"
EVERYTHING = grants(Scope.ALL, *ALL_ACTIONS)

FINANCE = ReadyRole(
    "finance",
    _("Finance"),
    _("Payments, instalments, invoices and subscriptions of all orders; reads everything else."),
    MODULE,
    {
        "*": grants(Scope.ALL, Action.VIEW, Action.EXPORT),
        "customer": grants(Scope.ALL, Action.VIEW, Action.EDIT, Action.EXPORT),
        "contact": grants(Scope.ALL, Action.VIEW, Action.CREATE, Action.EDIT, Action.EXPORT),
        "order": grants(Scope.ALL, Action.VIEW, Action.EDIT, Action.EXPORT),
        "contract": grants(Scope.ALL, Action.VIEW, Action.EDIT, Action.EXPORT),
        "payment_plan": EVERYTHING,
        "payment": EVERYTHING,
        "invoice": EVERYTHING,
        "invoice_line": EVERYTHING,
        "subscription": EVERYTHING,
        "task": OWN_WORK,
        "activity": OWN_WORK,
    },
    (Ability.KEEP_ACCOUNTS,),
)
READY = (FINANCE,)


def prepare_organization(organization: Organization) -> None:
    """Give a new organization the roles of its edition."""
    if module_is_on(organization, MODULE):
        for role in READY:
            make_ready_role(organization, role)
