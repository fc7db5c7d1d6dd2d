"""What an organization decides about payment, and what holds for one customer: terms, headers of invoices, series."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from banyan.billing.choices import HeaderKind
from banyan.billing.models import BillingSettings, BuyerHeader, CustomerTerms, InvoiceSeries
from banyan.billing.preparation.invoices import OLD_NUMBER, tax_number_problem
from banyan.billing.queries import settings_of, terms_of
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability, require_own_eyes
from banyan.core.access.scopes import Ability, Action
from banyan.core.kernel.errors import FieldError, Invalid, Missing, NotAllowed, Refused
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for

NAMES = ("term_days", "needs_confirmation", "credit_mode", "level_limits", "reminds_owner", "reminds_customer",
         "first_days", "second_days", "third_days")  # fmt: skip


@transaction.atomic
def save_settings(actor: Actor, values: Mapping[str, Any]) -> BillingSettings:
    """Store what the organization decides; raise ``Invalid`` unless the reminders follow one another."""
    require_ability(actor, Ability.CUSTOMISE)
    found = settings_of(actor.organization)
    is_new = found._state.adding  # noqa: SLF001 Django's own mark of a row that is not stored
    before = {name: getattr(found, name) for name in NAMES}
    for name, value in values.items():
        if name in NAMES:
            setattr(found, name, value)
    if not found.first_days < found.second_days < found.third_days:
        text = _("Each reminder comes after the one before it.")
        raise Invalid([FieldError("second_days", "not_in_order", text)])
    for level, limit in found.level_limits.items():
        if limit not in {None, ""} and Decimal(str(limit)) < 0:
            raise Invalid([FieldError(f"limit_{level}", "negative", _("A credit limit is not below zero."))])
    found.save()
    changed = {name: (str(before[name]), str(getattr(found, name))) for name in NAMES
               if before[name] != getattr(found, name)}  # fmt: skip
    tell_setup_changed(actor, "billing", found.pk, "create" if is_new else "update", values=changed)
    return found


@transaction.atomic
def save_terms(actor: Actor, customer_id: uuid.UUID, values: Mapping[str, Any]) -> CustomerTerms:
    """Store what holds for a customer; the credit limit only for those who keep accounts."""
    require_customer(actor, customer_id)
    found = terms_of(actor.organization, customer_id)
    before = (found.credit_limit, found.credit_mode)
    for name in ("credit_limit", "credit_mode", "term_days", "email", "has_no_reminders"):
        if name in values:
            setattr(found, name, values[name])
    if (found.credit_limit, found.credit_mode) != before:
        require_ability(actor, Ability.KEEP_ACCOUNTS)
    if found.credit_limit is not None and not 0 <= found.credit_limit < Decimal(10) ** 15:
        raise Invalid([FieldError("credit_limit", "negative", _("A credit limit is not below zero."))])
    found.save()
    return found


@transaction.atomic
def save_header(
    actor: Actor, customer_id: uuid.UUID, header: BuyerHeader | None, values: Mapping[str, Any]
) -> BuyerHeader:
    """Store an invoice header of a customer; the first one is the default, and one at most is.

    Raises ``Invalid`` for a wrong tax number; an older one has to be confirmed (``warning.old_tax_number``).
    """
    require_customer(actor, customer_id)
    found = header or BuyerHeader(organization_id=actor.organization_id, customer_id=customer_id)
    for name, value in values.items():
        setattr(found, name, value)
    found.tax_number = found.tax_number.replace(" ", "").upper()
    if not found.title.strip():
        raise Invalid([FieldError("title", "required", _("An invoice needs the name of the buyer."))])
    if found.tax_number and found.kind == HeaderKind.COMPANY and actor.organization.country == "CN":
        problem = tax_number_problem(found.tax_number)
        if problem is not None and not (problem[0] == OLD_NUMBER and actor.has_confirmed(OLD_NUMBER)):
            raise Invalid([FieldError("tax_number", *problem)])
    others = BuyerHeader.objects.filter(customer_id=customer_id).exclude(pk=found.pk)
    if found.is_default:
        others.filter(is_default=True).update(is_default=False)
    elif not others.filter(is_default=True).exists():
        found.is_default = True
    try:
        with transaction.atomic():
            found.save()
    except IntegrityError:
        raise Refused("default_taken", _("Somebody chose another default just now. Look again.")) from None
    return found


@transaction.atomic
def remove_header(actor: Actor, customer_id: uuid.UUID, header_id: uuid.UUID) -> None:
    """Delete an invoice header; invoices keep what they said. The next one becomes the default."""
    require_customer(actor, customer_id)
    BuyerHeader.objects.filter(pk=header_id, customer_id=customer_id).delete()
    rest = BuyerHeader.objects.filter(customer_id=customer_id).first()
    if rest is not None and not rest.is_default:
        BuyerHeader.objects.filter(pk=rest.pk).update(is_default=True)


def find_header(customer_id: uuid.UUID, header_id: uuid.UUID) -> BuyerHeader:
    """Return an invoice header of a customer; raise ``Missing``."""
    found = BuyerHeader.objects.filter(pk=header_id, customer_id=customer_id).first()
    if found is None:
        raise Missing("not_found", _("There is no such invoice header any more."))
    return found


@transaction.atomic
def save_series(actor: Actor, series: InvoiceSeries | None, values: Mapping[str, Any]) -> InvoiceSeries:
    """Store a series of numbers; its pattern has to hold year and number, and stays once it was used."""
    require_ability(actor, Ability.CUSTOMISE)
    found = series or InvoiceSeries(organization_id=actor.organization_id)
    old = found.pattern
    for name, value in values.items():
        setattr(found, name, value)
    try:
        sample = {found.pattern.format(year=2026, number=number) for number in (1, 2)}
        is_right = "{year" in found.pattern and len(sample) == 2 and all(len(text) <= 40 for text in sample)
    except (KeyError, IndexError, ValueError, AttributeError):
        is_right = False
    if not is_right:
        text = _("The pattern needs {year} and {number}, such as INV-{year}-{number:06d}.")
        raise Invalid([FieldError("pattern", "wrong_pattern", text)])
    others = InvoiceSeries.objects.filter(name=found.name)
    if (others.exclude(pk=series.pk) if series else others).exists():
        raise Invalid([FieldError("name", "taken", _("There is a series of this name already."))])
    found.save()
    changed = {"pattern": (old, found.pattern)} if series and old != found.pattern else {}
    tell_setup_changed(actor, "invoice_series", found.pk, "update" if series else "create", values=changed)
    return found


def require_customer(actor: Actor, customer_id: uuid.UUID, action: Action = Action.EDIT) -> Any:
    """Return a customer that the actor may change; raise ``Missing`` or ``NotAllowed``."""
    if action != Action.VIEW:
        require_own_eyes(actor)
    spec = spec_for(actor.organization, "customer")
    rows = live_rows(actor, spec).filter(pk=customer_id)
    found = restrict(rows, actor, spec, action).first()
    if found is None and restrict(rows, actor, spec).exists():
        raise NotAllowed("not_allowed", _("You may see this record, but not change it."))
    if found is None:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    return found
