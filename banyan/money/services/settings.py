"""What an organization chooses about money: currencies in use, the fiscal year, prices with or without tax."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.tenancy.models import Organization
from banyan.money.conversion import known_currency
from banyan.money.queries import SETTING


def set_currencies(actor: Actor, currencies: Iterable[str]) -> None:
    """Set which currencies people choose from beside the organization's own; raises ``NotAllowed``, ``Invalid``."""
    wanted = [code for code in dict.fromkeys(currencies) if code != actor.organization.currency]
    unknown = [code for code in wanted if not known_currency(code)]
    if unknown:
        message = _("There is no currency %(currency)s.") % {"currency": ", ".join(unknown)}
        raise Invalid([FieldError("currencies", "unknown_currency", message)])
    choose(actor, {"currencies": wanted})


def set_fiscal_year(actor: Actor, *, first_month: int, is_named_after_end: bool) -> None:
    """Set when the fiscal year begins and which calendar year names it; raises ``NotAllowed``, ``Invalid``."""
    if not 1 <= first_month <= 12:
        raise Invalid([FieldError("first_month", "out_of_range", _("Choose one of the twelve months."))])
    choose(actor, {"fiscal_year": {"first_month": first_month, "is_named_after_end": is_named_after_end}})


def set_prices_include_tax(actor: Actor, *, include: bool) -> None:
    """Set whether prices are written with tax on new documents; raises ``NotAllowed``."""
    choose(actor, {"prices_include_tax": include})


@transaction.atomic
def choose(actor: Actor, values: dict[str, Any]) -> None:
    """Write what an organization has chosen, and tell what changed; raises ``NotAllowed``."""
    require_ability(actor, Ability.CUSTOMISE)
    lock_organization(actor)
    organization = Organization.objects.get(pk=actor.organization_id)
    before = organization.settings.get(SETTING, {})
    organization.settings = {**organization.settings, SETTING: {**before, **values}}
    organization.save(update_fields=["settings"])
    actor.organization.settings = organization.settings
    changed = {name: (before.get(name), value) for name, value in values.items() if before.get(name) != value}
    tell_setup_changed(actor, "organization", organization.pk, "update", values=changed)
