"""Scenarios that an organization keeps by name: everybody in it may read them, their author and administrators change them."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import FieldError, Invalid, Missing, NotAllowed
from banyan.editions.cost.files import FoundScenario, document_of, from_document
from banyan.editions.cost.scenario import Scenario
from banyan.editions.models import KeptScenario

MOST_KEPT, LONGEST_NAME = 200, 120


def kept_scenarios() -> list[KeptScenario]:
    """Return the scenarios of the organization whose scope is open, by name."""
    return list(KeptScenario.objects.select_related("created_by").order_by("name")[:MOST_KEPT])


def find_kept(scenario_id: uuid.UUID) -> KeptScenario:
    """Return a kept scenario; raise ``Missing``."""
    row = KeptScenario.objects.filter(pk=scenario_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such scenario; it may have been removed."))
    return row


def scenario_of_kept(row: KeptScenario) -> FoundScenario:
    """Return what was kept, under its name, with what has changed since."""
    found = from_document(row.document)
    return replace(found, scenario=replace(found.scenario, name=row.name))


def keep(actor: Actor, name: str, scenario: Scenario) -> KeptScenario:
    """Keep a scenario; one of the same name is replaced, if the actor may change it."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        message = _("Give the scenario a name of at most %(most)d characters.") % {"most": LONGEST_NAME}
        raise Invalid([FieldError("name", "bad_name", message)])
    row = KeptScenario.objects.select_for_update(no_key=True, of=("self",)).filter(name=name).first()
    if row is None:
        if KeptScenario.objects.count() >= MOST_KEPT:
            message = _("%(most)d scenarios are kept already; remove one first.") % {"most": MOST_KEPT}
            raise Invalid([FieldError("name", "too_many", message)])
        row = KeptScenario(organization=actor.organization, name=name, created_by=actor.user)
    elif not may_change(actor, row):
        message = _("A scenario of this name is somebody else's; choose another name.")
        raise Invalid([FieldError("name", "taken", message)])
    row.document, row.updated_at = document_of(replace(scenario, name=name)), now()
    row.save()
    return row


def remove(actor: Actor, row: KeptScenario) -> None:
    """Remove a kept scenario."""
    if not may_change(actor, row):
        raise NotAllowed("not_yours", _("Only its author or an administrator may remove this scenario."))
    row.delete()


def may_change(actor: Actor, row: KeptScenario) -> bool:
    """Say whether an actor may change a kept scenario."""
    return row.created_by_id == actor.user_id or actor.has(Ability.CUSTOMISE)
