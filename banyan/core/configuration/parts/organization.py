"""The organization itself: language, money, place, modules; and its rules for signing in. No names, no secrets."""

from __future__ import annotations

import zoneinfo
from dataclasses import asdict, fields
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import catalogue_changed, require_ability
from banyan.core.access.scopes import Ability
from banyan.core.access.security import change_policy
from banyan.core.identity.policy.queries import policy_of
from banyan.core.identity.policy.rules import SignInRules
from banyan.core.kernel.document_shapes import Items, Number, Property, Text
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.languages import LANGUAGES, babel_locale
from banyan.core.objects.choosing import COLUMNS as CHOICE
from banyan.core.objects.choosing import choose
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.objects.modules import EVERY_EDITION, Mixture, mixture_of, modules
from banyan.core.tenancy.models import Organization

ORGANIZATION, SIGN_IN = "organization", "sign_in"
COLUMNS = ("language", "currency", "time_zone", "country", "industry", "edition", "modules_on", "modules_off")


def _module_names() -> list[str]:
    return modules.keys()


@cache
def _currencies() -> list[str]:
    return sorted(str(code) for code in babel_locale("en").currencies)


@cache
def _countries() -> list[str]:
    return sorted(code for code in map(str, babel_locale("en").territories) if len(code) == 2)


@cache
def _time_zones() -> list[str]:
    return sorted(zoneinfo.available_timezones())


def read_organization(organization: Organization) -> list[dict[str, Any]]:
    """Return what the organization's own page and that of its modules say."""
    return [{KEY: ORGANIZATION, **{name: getattr(organization, name) for name in COLUMNS}}]


def apply_organization(actor: Actor, change: Change) -> None:
    """Change the organization itself."""
    require_ability(actor, Ability.MANAGE_ORGANIZATION)
    current = Organization.objects.get(pk=actor.organization_id)
    changed = {name: value for name, (_now, value) in change.changed().items() if name in COLUMNS}
    wanted = {name: value for name, value in changed.items() if name not in CHOICE}
    chosen = {name: value or [] for name, value in changed.items() if name in CHOICE}
    before = {name: getattr(current, name) for name in wanted}
    for name, value in wanted.items():
        if value is None:
            raise Invalid([FieldError(name, "required", _("This must not be empty."))])
        setattr(current, name, value)
        setattr(actor.organization, name, value)
    if wanted:
        current.save(update_fields=list(wanted))
        catalogue_changed(actor.organization)
        tell_setup_changed(actor, ORGANIZATION, current.pk, "update", values=difference(before, wanted))
    if chosen:
        mixture = mixture_of(current)
        choose(
            actor,
            Mixture(
                str(chosen.get("edition") or mixture.edition),
                frozenset(chosen.get("modules_on", mixture.on)),
                frozenset(chosen.get("modules_off", mixture.off)),
            ),
        )


def read_sign_in(organization: Organization) -> list[dict[str, Any]]:
    """Return the rules for signing in."""
    return [{KEY: SIGN_IN, **asdict(policy_of(organization.pk).rules)}]


def apply_sign_in(actor: Actor, change: Change) -> None:
    """Change the rules for signing in."""
    change_policy(actor, {name: value for name, (_now, value) in change.changed().items() if value is not None})


def _own_property(name: str, shape: Any, default: Any) -> Property:
    return Property(shape, Organization._meta.get_field(name).verbose_name, default=default)  # type: ignore[union-attr]  # noqa: SLF001


ORGANIZATION_PART = ConfigurationPart(
    name=ORGANIZATION,
    label=gettext_lazy("Organization"),
    help=gettext_lazy("Language, money, place and modules. The name is not part of it: a copy has a name of its own."),
    key_help="organization",
    properties={
        "language": _own_property("language", Text(tuple(code for code, _name in LANGUAGES)), "zh-hans"),
        "currency": _own_property("currency", Text(_currencies), "CNY"),
        "time_zone": _own_property("time_zone", Text(_time_zones), "Asia/Shanghai"),
        "country": _own_property("country", Text(_countries), "CN"),
        "industry": _own_property("industry", Text(longest=40), ""),
        "edition": _own_property("edition", Text(EVERY_EDITION), "basic"),
        "modules_on": Property(
            Items(Text(_module_names), unites=True),
            gettext_lazy("Modules on"),
            gettext_lazy("Beside those of the edition."),
            [],
        ),
        "modules_off": Property(Items(Text(_module_names), unites=True), gettext_lazy("Modules off"), default=[]),
    },
    read=read_organization,
    apply=apply_organization,
    abilities=(Ability.MANAGE_ORGANIZATION,),
    title=lambda _entry: _("Organization"),
    removable=False,
    is_single=True,
)

RULE_LABELS = {
    "min_length": gettext_lazy("Shortest password"),
    "character_classes": gettext_lazy("Kinds of characters"),
    "history": gettext_lazy("Old passwords that may not come again"),
    "expiry_days": gettext_lazy("Days until a new password is due"),
    "idle_minutes": gettext_lazy("Minutes without activity until signed out"),
    "absolute_hours": gettext_lazy("Hours until signed out in any case"),
    "max_sessions": gettext_lazy("Devices signed in at the same time"),
    "lock_failures": gettext_lazy("Failures until an account is locked"),
    "lock_minutes": gettext_lazy("Minutes that it stays locked"),
    "remember_device_days": gettext_lazy("Days that a device may skip the second factor"),
}

SIGN_IN_PART = ConfigurationPart(
    name=SIGN_IN,
    label=gettext_lazy("Sign-in rules"),
    help=gettext_lazy("Passwords, sessions and locks. Single sign-on is not part of it: it holds secrets."),
    key_help="sign_in",
    properties={
        entry.name: Property(Number(least=0), RULE_LABELS[entry.name], default=getattr(SignInRules(), entry.name))
        for entry in fields(SignInRules)
    },
    read=read_sign_in,
    apply=apply_sign_in,
    abilities=(Ability.MANAGE_SECURITY,),
    title=lambda _entry: _("Sign-in rules"),
    removable=False,
    is_single=True,
)
