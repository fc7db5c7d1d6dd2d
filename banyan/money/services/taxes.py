"""Tax rates and the rules which of them holds for customers of which country."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.tenancy.models import Organization
from banyan.money.models import TaxRate, TaxRule
from banyan.money.usual_taxes import usual_rates

FIELDS = ("name", "rate", "country", "valid_from", "valid_to", "is_default", "is_active", "note")
HUNDRED = Decimal(100)


@transaction.atomic
def save_tax_rate(actor: Actor, row: TaxRate | None, values: Mapping[str, Any]) -> TaxRate:
    """Add or change a tax rate; documents that exist keep the rate they have.

    A new usual rate takes the place of the one that was it in the same country. Raises ``NotAllowed``, ``Invalid``.
    """
    require_ability(actor, Ability.CUSTOMISE)
    lock_organization(actor)
    made = row or TaxRate(organization_id=actor.organization_id)
    before = {name: _told(getattr(made, name)) for name in FIELDS} if row else {}
    for name in FIELDS:
        if name in values:
            setattr(made, name, values[name])
    _check(made)
    if made.is_default:
        others = TaxRate.objects.filter(country=made.country, is_default=True).exclude(pk=made.pk)
        others.update(is_default=False)
    made.save(force_insert=row is None)
    after = {name: _told(getattr(made, name)) for name in FIELDS}
    action = "update" if row else "create"
    tell_setup_changed(actor, "tax_rate", made.pk, action, values=difference(before, after))
    return made


@transaction.atomic
def remove_tax_rate(actor: Actor, row: TaxRate) -> None:
    """Remove a tax rate with its rules; products that named it name none, documents keep their number."""
    require_ability(actor, Ability.CUSTOMISE)
    tell_setup_changed(actor, "tax_rate", row.pk, "delete", values={"name": (row.name, None)})
    row.delete()


@transaction.atomic
def save_tax_rule(actor: Actor, *, country: str, instead_of: TaxRate | None, rate: TaxRate) -> TaxRule:
    """Say which rate holds for customers of a country; a rule for the same case is replaced. Raises ``NotAllowed``."""
    require_ability(actor, Ability.CUSTOMISE)
    if instead_of is not None and instead_of.pk == rate.pk:
        raise Invalid([FieldError("rate", "same_rate", _("Choose another rate than the one it replaces."))])
    lock_organization(actor)
    made, is_new = TaxRule.objects.update_or_create(
        organization_id=actor.organization_id, country=country, instead_of=instead_of, defaults={"rate": rate}
    )
    tell_setup_changed(
        actor,
        "tax_rule",
        made.pk,
        "create" if is_new else "update",
        values={"country": (None, country or "*"), "rate": (None, rate.name)},
    )
    return made


@transaction.atomic
def remove_tax_rule(actor: Actor, rule_id: uuid.UUID) -> None:
    """Remove a rule; raises ``NotAllowed``, ``Missing``."""
    require_ability(actor, Ability.CUSTOMISE)
    rule = TaxRule.objects.filter(pk=rule_id).first()
    if rule is None:
        raise Missing("not_found", _("There is no such rule."))
    tell_setup_changed(actor, "tax_rule", rule.pk, "delete", values={"country": (rule.country or "*", None)})
    rule.delete()


def find_tax_rate(rate_id: uuid.UUID) -> TaxRate:
    """Return a tax rate; raise ``Missing``."""
    row = TaxRate.objects.filter(pk=rate_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such tax rate."))
    return row


def prepare_organization(organization: Organization) -> None:
    """Give a new organization the usual tax rates of its country; those that it has stay as they are."""
    known = set(TaxRate.objects.filter(country=organization.country).values_list("name", flat=True))
    with override(organization.language):
        rates = [
            TaxRate(
                organization=organization, country=organization.country, name=str(usual.name), rate=usual.rate,
                note=str(usual.note), is_default=usual.is_default and not known,
            )
            for usual in usual_rates(organization.country)
            if str(usual.name) not in known
        ]  # fmt: skip
    TaxRate.objects.bulk_create(rates)


@transaction.atomic
def add_usual(actor: Actor, country: str) -> int:
    """Add the usual rates of a country that are not there yet; return how many. Raises ``NotAllowed``."""
    require_ability(actor, Ability.CUSTOMISE)
    lock_organization(actor)
    existing = TaxRate.objects.filter(country=country)
    known, has_default = set(existing.values_list("name", flat=True)), existing.filter(is_default=True).exists()
    missing = [usual for usual in usual_rates(country) if str(usual.name) not in known]
    for usual in missing:
        values = {
            "name": str(usual.name), "rate": usual.rate, "country": country, "note": str(usual.note),
            "is_default": usual.is_default and not has_default,
        }  # fmt: skip
        save_tax_rate(actor, None, values)
    return len(missing)


def _check(row: TaxRate) -> None:
    errors = []
    if not 0 <= row.rate <= HUNDRED:
        errors.append(FieldError("rate", "out_of_range", _("A tax rate lies between 0 and 100 %.")))
    if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
        errors.append(FieldError("valid_to", "before_start", _("It ends before it begins. Choose a later day.")))
    same = TaxRate.objects.filter(country=row.country, name=row.name).exclude(pk=row.pk)
    if same.exists():
        message = _("There is a rate “%(name)s” in this country already. Give this one another name.")
        errors.append(FieldError("name", "not_unique", message % {"name": row.name}))
    if row.is_default and not row.is_active:
        message = _("The usual rate must be in use. Make another one the usual rate first.")
        errors.append(FieldError("is_default", "not_in_use", message))
    if errors:
        raise Invalid(errors)


def _told(value: Any) -> Any:
    return str(value) if isinstance(value, (Decimal, date)) else value
