"""The role of those who answer customers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.access.ready_roles import OWN_WORK, ReadyRole, make_ready_role
from banyan.core.access.roles import ALL_ACTIONS, grants
from banyan.core.access.scopes import Action, FieldAccess, Scope
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization

MODULE = "tickets"
#: What one has to know to answer a customer; no deals, money or targets.
READ = (
    "customer", "contact_role", "relationship", "product", "contract", "contract_amendment", "subscription",
    "order", "order_line", "order_return", "delivery",
)  # fmt: skip

SERVICE = ReadyRole(
    "service",
    _("Service"),
    _(
        "Answers tickets and writes the knowledge base; reads customers, products, contracts, orders and deliveries, but no deals."
    ),
    MODULE,
    {
        **dict.fromkeys(READ, grants(Scope.ALL, Action.VIEW)),
        "ticket": grants(Scope.ALL, *(action for action in ALL_ACTIONS if action is not Action.DELETE)),
        "article": grants(Scope.ALL, *ALL_ACTIONS),
        "contact": grants(Scope.ALL, Action.VIEW, Action.CREATE, Action.EDIT),
        "task": OWN_WORK,
        "activity": OWN_WORK,
    },
    field_grants={"product.cost": FieldAccess.HIDDEN.key},
)


def prepare_organization(organization: Organization) -> None:
    """Give a new organization the role when its edition has tickets."""
    if module_is_on(organization, MODULE):
        make_ready_role(organization, SERVICE)
