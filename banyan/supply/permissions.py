"""Who works with stock: whoever may change deliveries of others works in the warehouse."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_own_eyes
from banyan.core.access.ready_roles import OWN_WORK, ReadyRole, make_ready_role
from banyan.core.access.roles import ALL_ACTIONS, grants
from banyan.core.access.scopes import Action, FieldAccess, Scope
from banyan.core.kernel.errors import Missing, NotAllowed
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization
from banyan.supply.choices import PURCHASE, STOCK

OWN_PART = grants(Scope.ALL, Action.VIEW)
EVERYTHING = grants(Scope.ALL, *ALL_ACTIONS)
WAREHOUSE = ReadyRole(
    "warehouse",
    _lazy("Warehouse"),
    _lazy("Picks, ships, receives and counts; sees orders and their goods, but no cost prices and no deals."),
    STOCK,
    {
        "customer": OWN_PART,
        "contact": OWN_PART,
        "product": OWN_PART,
        "order": OWN_PART,
        "order_line": OWN_PART,
        "order_return": OWN_PART,
        "delivery": EVERYTHING,
        "warehouse": grants(Scope.ALL, Action.VIEW, Action.CREATE, Action.EDIT),
        # To receive goods, not to order them.
        "purchase_order": grants(Scope.ALL, Action.VIEW, Action.EDIT),
        "purchase_order_line": OWN_PART,
        "task": OWN_WORK,
        "activity": OWN_WORK,
    },
    field_grants={"product.cost": FieldAccess.HIDDEN.key},
)
BUYER = ReadyRole(
    "purchase",
    _lazy("Purchase"),
    _lazy("Orders from suppliers and keeps their conditions; sees orders, stock and deliveries."),
    PURCHASE,
    {
        "customer": grants(Scope.ALL, Action.VIEW, Action.CREATE, Action.EDIT),
        "contact": grants(Scope.ALL, Action.VIEW, Action.CREATE, Action.EDIT),
        "product": grants(Scope.ALL, Action.VIEW, Action.CREATE, Action.EDIT),
        "order": OWN_PART,
        "order_line": OWN_PART,
        "delivery": OWN_PART,
        "warehouse": OWN_PART,
        "purchase_order": EVERYTHING,
        "purchase_order_line": EVERYTHING,
        "task": OWN_WORK,
        "activity": OWN_WORK,
    },
)
READY = (WAREHOUSE, BUYER)


def prepare_organization(organization: Organization) -> None:
    """Give a new organization the roles of its edition."""
    for role in READY:
        if module_is_on(organization, role.module):
            make_ready_role(organization, role)


def sees_stock(actor: Actor) -> bool:
    """Say whether somebody may see how much there is: whoever may see orders may."""
    return module_is_on(actor.organization, STOCK) and actor.may("order", Action.VIEW)


def works_with_stock(actor: Actor) -> bool:
    """Say whether somebody picks, ships, moves and counts goods: whoever may change more than the own deliveries."""
    return module_is_on(actor.organization, STOCK) and actor.scope("delivery", Action.EDIT) > Scope.OWN


def buys(actor: Actor) -> bool:
    """Say whether somebody orders from suppliers: whoever makes purchase orders, and may change more than the own."""
    is_buyer = actor.may("purchase_order", Action.CREATE) and actor.scope("purchase_order", Action.EDIT) > Scope.OWN
    return is_buyer and module_is_on(actor.organization, PURCHASE)


def require_sight(actor: Actor) -> None:
    """Raise ``Missing`` or ``NotAllowed`` unless somebody may see the stock."""
    _require(actor, STOCK, is_allowed=sees_stock(actor))


def require_stock_work(actor: Actor) -> None:
    """Raise ``Missing`` or ``NotAllowed`` unless somebody works with stock."""
    require_own_eyes(actor)
    _require(actor, STOCK, is_allowed=works_with_stock(actor))


def require_buyer(actor: Actor) -> None:
    """Raise ``Missing`` or ``NotAllowed`` unless somebody orders from suppliers."""
    require_own_eyes(actor)
    _require(actor, PURCHASE, is_allowed=buys(actor))


def _require(actor: Actor, module: str, *, is_allowed: bool) -> None:
    if not module_is_on(actor.organization, module):
        raise Missing("not_found", _("There is no such page."))
    if not is_allowed:
        raise NotAllowed("not_allowed", _("You do not have the right to do this. An administrator can give it to you."))
