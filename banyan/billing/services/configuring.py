"""What an organization decides about payment, and its ways to pay, as parts of the configuration file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from banyan.billing.choices import CreditMode, DueEvent
from banyan.billing.models import MOST_DAYS, BillingSettings, PlanTemplate
from banyan.billing.queries import settings_of
from banyan.billing.services.deciding import save_settings
from banyan.billing.services.plans import remove_template, save_template
from banyan.core.access.actor import Actor
from banyan.core.kernel.document_shapes import Flag, Items, Number, Properties, Property, Shape, Text
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization

MODULE, SINGLE = "billing", "billing"
DAYS = ("term_days", "first_days", "second_days", "third_days")
SWITCHES = ("needs_confirmation", "reminds_owner", "reminds_customer")
NAMES = (*DAYS, *SWITCHES, "credit_mode", "level_limits")


def read_settings(organization: Organization) -> list[dict[str, Any]]:
    """Return what is decided about payment."""
    if not module_is_on(organization, MODULE):
        return []
    row = settings_of(organization)
    return [{KEY: SINGLE, **{name: getattr(row, name) for name in NAMES}}]


def apply_settings(actor: Actor, change: Change) -> None:
    """Decide about payment."""
    save_settings(actor, {name: value for name, (_now, value) in change.changed().items() if value is not None})


def read_templates(organization: Organization) -> Sequence[dict[str, Any]]:
    """Return the ways to pay by name."""
    if not module_is_on(organization, MODULE):
        return []
    return [{KEY: row.name, "rows": row.rows} for row in PlanTemplate.objects.order_by("name")]


def apply_template(actor: Actor, change: Change) -> None:
    """Make, change or remove a way to pay."""
    row = PlanTemplate.objects.filter(name=change.key).first()
    if change.entry is None:
        if row is not None:
            remove_template(actor, row.pk)
        return
    save_template(actor, row, name=change.key, rows=list(change.entry["rows"]))


def _of(name: str) -> Property:
    column: Any = BillingSettings._meta.get_field(name)  # noqa: SLF001 Django's public model API is named so
    shape: Shape = Number(least=0, most=MOST_DAYS)
    if name in SWITCHES:
        shape = Flag()
    elif name == "credit_mode":
        shape = Text(choices=tuple(CreditMode.values))
    elif name == "level_limits":
        shape = Shape()
    default = column.default() if callable(column.default) else column.default
    label = gettext_lazy("Credit limits by level") if name == "level_limits" else column.verbose_name
    return Property(shape, label, default=default)


PARTS_OF_FILE = (
    ConfigurationPart(
        name="billing",
        label=gettext_lazy("Payments and invoices"),
        properties={name: _of(name) for name in NAMES},
        read=read_settings,
        apply=apply_settings,
        after=("organization",),
        removable=False,
    ),
    ConfigurationPart(
        name="payment_terms",
        label=gettext_lazy("Payment terms"),
        key_help=gettext_lazy("the name"),
        properties={
            "rows": Property(
                Items(
                    Properties(
                        {
                            "name": Property(Text(longest=120), gettext_lazy("Instalment name"), default=""),
                            "percent": Property(Text(longest=10), gettext_lazy("Share in %"), needed=True),
                            "event": Property(Text(choices=tuple(DueEvent.values)), gettext_lazy("Due"), needed=True),
                            "days_after": Property(
                                Number(least=0, most=MOST_DAYS), gettext_lazy("Days after"), default=0
                            ),
                        }
                    )
                ),
                gettext_lazy("Instalments"),
                needed=True,
            )
        },
        read=read_templates,
        apply=apply_template,
        after=("organization",),
    ),
)
