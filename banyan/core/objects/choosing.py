"""Choosing an edition and modules: what contradicts itself is refused with the way out, what goes is kept."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import catalogue_changed, require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.events import publish
from banyan.core.objects.events import ModulesSwitched
from banyan.core.objects.modules import (
    EVERY_EDITION,
    Contradiction,
    Mixture,
    contradictions,
    effective,
    mixing,
    mixture_of,
    modules,
    needing,
    with_required,
)
from banyan.core.tenancy.models import Organization

ORGANIZATION = "organization"
COLUMNS = ("edition", "modules_on", "modules_off")


@transaction.atomic
def choose(actor: Actor, wanted: Mixture) -> Mixture:
    """Let an organization use exactly what a mixture says from now on, and return what it used before.

    Nothing is deleted: what is off rests with all its records, and is there again when it is on.

    Raises:
        NotAllowed: The actor does not manage the organization.
        Invalid: There is no such edition or module, or a module is asked for without what it needs.
    """
    require_ability(actor, Ability.MANAGE_ORGANIZATION)
    require_known(wanted)
    require_consistent(wanted)
    current = Organization.objects.select_for_update(no_key=True).get(pk=actor.organization_id)
    before = mixture_of(current)
    kept = {name: getattr(current, name) for name in COLUMNS}
    given = {"edition": wanted.edition, "modules_on": sorted(wanted.on), "modules_off": sorted(wanted.off)}
    for place in (current, actor.organization):
        for name, value in given.items():
            setattr(place, name, value)
    if kept == given:
        return before
    current.save(update_fields=list(COLUMNS))
    catalogue_changed(actor.organization)
    tell_setup_changed(actor, ORGANIZATION, current.pk, "update", values=difference(kept, given))
    now_on, was_on = effective(wanted), effective(before)
    if now_on != was_on:
        publish(ModulesSwitched(current.pk, now_on - was_on, was_on - now_on, actor.user_id))
    return before


def require_known(wanted: Mixture) -> None:
    """Raise ``Invalid`` for an edition or modules that the product does not have."""
    errors = []
    if wanted.edition not in EVERY_EDITION:
        message = _("There is no edition “%(name)s”; there are %(known)s.")
        known = ", ".join(EVERY_EDITION)
        errors.append(FieldError("edition", "unknown", message % {"name": wanted.edition[:60], "known": known}))
    for field, names in (("modules_on", wanted.on), ("modules_off", wanted.off)):
        message = _("There is no module “%(name)s”; there are %(known)s.")
        known = ", ".join(modules.keys())
        errors += [
            FieldError(field, "unknown", message % {"name": str(name)[:60], "known": known})
            for name in sorted(names)
            if name not in modules
        ]
    if errors:
        raise Invalid(errors)


def require_consistent(wanted: Mixture) -> None:
    """Raise ``Invalid`` with the way out when a mixture asks for a module and not for what it needs."""
    found = contradictions(wanted)
    if found:
        raise Invalid([FieldError("modules_on", "contradiction", way_out(entry)) for entry in found])


def way_out(entry: Contradiction) -> str:
    """Return what contradicts itself, and what to do about it."""
    label = modules[entry.module].label
    if not entry.missing:
        return _("%(module)s is to be on and off at once. Choose one.") % {"module": label}
    missing = _(", ").join(str(modules[name].label) for name in entry.missing)
    message = _("%(module)s needs %(missing)s. Switch that on as well, or leave %(module)s off.")
    return message % {"module": label, "missing": missing}


def switched_on(current: Mixture, name: str) -> Mixture:
    """Return a mixture with a module, and with all that it needs."""
    on = effective(current)
    # What was left out by itself and needs only what comes back, comes back with it.
    revived = effective(Mixture(current.edition, current.on, current.off - with_required([name])))
    return mixing(current.edition, on | revived | with_required([name]))


def switched_off(current: Mixture, name: str) -> Mixture:
    """Return a mixture without a module, and without all that needs it."""
    on = effective(current)
    rest = on - {name} - set(needing(name, on))
    return mixing(current.edition, rest)


def in_edition(current: Mixture, edition: str) -> Mixture:
    """Return a mixture in another edition that keeps what was chosen besides and without, as far as it still says anything."""
    own = effective(Mixture(edition))
    return mixing(edition, effective(Mixture(edition, current.on - own, current.off & own)))
