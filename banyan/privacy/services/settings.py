"""What an organization chooses about personal data."""

from __future__ import annotations

from django.db import transaction

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.scopes import Ability
from banyan.core.tenancy.models import Organization
from banyan.privacy.preparation import SETTING, answer_days


@transaction.atomic
def set_answer_days(actor: Actor, days: int) -> None:
    """Set within how many working days requests are answered; raises ``NotAllowed``."""
    require_ability(actor, Ability.MANAGE_PRIVACY)
    lock_organization(actor)
    organization = Organization.objects.get(pk=actor.organization_id)
    before = answer_days(organization)
    organization.settings = {
        **organization.settings,
        SETTING: {**organization.settings.get(SETTING, {}), "answer_days": days},
    }
    organization.save(update_fields=["settings"])
    actor.organization.settings = organization.settings
    changed = {"answer_days": (before, days)} if before != days else {}
    tell_setup_changed(actor, "organization", organization.pk, "update", values=changed)
