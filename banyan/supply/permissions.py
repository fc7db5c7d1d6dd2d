"""Who works with stock: whoever may change deliveries of others works in the warehouse."""

from __future__ import annotations

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_own_eyes
from banyan.core.access.scopes import Action, Scope
from banyan.core.kernel.errors import Missing, NotAllowed
from banyan.core.objects.modules import module_is_on
from banyan.supply.choices import PURCHASE, STOCK


def sees_stock(actor: Actor) -> bool:
    """Say whether somebody may see how much there is: whoever may see orders may."""
    return module_is_on(actor.organization, STOCK) and actor.may("order", Action.VIEW)


def works_with_stock(actor: Actor) -> bool:
    """Say whether somebody picks, ships, moves and counts goods: whoever may change more than the own deliveries."""
    return module_is_on(actor.organization, STOCK) and actor.scope("delivery", Action.EDIT) > Scope.OWN


def buys(actor: Actor) -> bool:
    """Say whether somebody orders from suppliers: whoever may change more than the own purchase orders."""
    return module_is_on(actor.organization, PURCHASE) and actor.scope("purchase_order", Action.EDIT) > Scope.OWN


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
