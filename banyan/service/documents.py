"""What administrators choose about service, as parts of the configuration file: promised times, and texts to answer with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.kernel.document_shapes import Number, Property, Shape, Text
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart, register_part
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization
from banyan.service.choices import MODULE
from banyan.service.models import CannedAnswer
from banyan.service.services import settings as services
from banyan.service.setting import SETTING, ServiceSetting, service_setting

SINGLE = "service"
USUAL = ServiceSetting().stored()
#: What means the same in another organization; the supervisor is a person, days off are those of a place and year.
PORTABLE = ("week", "targets", "levels", "warn_percent", "close_days")
LABELS = {
    "week": gettext_lazy("Service hours"),
    "targets": gettext_lazy("Promised times"),
    "levels": gettext_lazy("By level of the customer"),
    "warn_percent": gettext_lazy("Warn after"),
    "close_days": gettext_lazy("Close after days"),
}


def read_setting(organization: Organization) -> list[dict[str, Any]]:
    """Return the promises of service; none where there are no tickets and nothing was promised."""
    if not module_is_on(organization, MODULE) and SETTING not in organization.settings:
        return []
    stored = service_setting(organization).stored()
    return [{KEY: SINGLE, **{name: stored[name] for name in PORTABLE}}]


def apply_setting(actor: Actor, change: Change) -> None:
    """Change the promises of service."""
    wanted = {name: value for name, (_now, value) in change.changed().items() if value is not None}
    if "targets" in wanted:
        wanted["targets"] = {name: (int(pair[0]), int(pair[1])) for name, pair in wanted["targets"].items()}
    for name in ("warn_percent", "close_days"):
        if name in wanted:
            wanted[name] = int(wanted[name])
    services.save_setting(actor, **wanted)


def read_answers(organization: Organization) -> Sequence[dict[str, Any]]:
    """Return the texts to answer with, by name in their order."""
    found: dict[str, dict[str, Any]] = {}
    for row in CannedAnswer.objects.all():
        found.setdefault(row.name, {KEY: row.name, "text": row.text})
    return list(found.values())


def apply_answer(actor: Actor, change: Change) -> None:
    """Make, change or delete a text to answer with."""
    row = CannedAnswer.objects.filter(name=change.key).first()
    if change.entry is not None:
        services.save_answer(actor, row, name=change.key, text=str(change.entry["text"]))
    elif row is not None:
        services.delete_answer(actor, row.pk)


def register() -> None:
    """Make the parts known."""
    register_part(
        ConfigurationPart(
            name="service_settings",
            label=gettext_lazy("Promises of service"),
            properties={
                name: Property(
                    Number(least=0) if name in ("warn_percent", "close_days") else Shape(), label, default=USUAL[name]
                )
                for name, label in LABELS.items()
            },
            read=read_setting,
            apply=apply_setting,
            after=("organization",),
            removable=False,
        )
    )
    register_part(
        ConfigurationPart(
            name="service_answers",
            label=gettext_lazy("Texts to answer with"),
            key_help=gettext_lazy("the name"),
            properties={
                "text": Property(Text(may_be_empty=False, longest=5000), pgettext_lazy("ticket", "Text"), needed=True)
            },
            read=read_answers,
            apply=apply_answer,
            after=("organization",),
        )
    )
