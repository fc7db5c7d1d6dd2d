"""What administrators choose about mail to many."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import transaction

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.scopes import Ability
from banyan.core.tenancy.models import Organization
from banyan.marketing.setting import SETTING, MarketingSetting, marketing_setting


@transaction.atomic
def save_setting(actor: Actor, **values: Any) -> MarketingSetting:
    """Change settings of marketing and return all of them. Raises ``NotAllowed``."""
    require_ability(actor, Ability.CUSTOMISE)
    lock_organization(actor)
    organization = Organization.objects.get(pk=actor.organization_id)
    before = marketing_setting(organization)
    after = replace(before, **values)
    organization.settings = {**organization.settings, SETTING: after.stored()}
    organization.save(update_fields=["settings"])
    actor.organization.settings = organization.settings
    old, new = before.stored(), after.stored()
    changed = {name: (old[name], new[name]) for name in new if old[name] != new[name]}
    tell_setup_changed(actor, "organization", organization.pk, "update", values=changed)
    return after
