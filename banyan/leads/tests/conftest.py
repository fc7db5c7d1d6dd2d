"""An organization that uses leads, and how tests make them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.utils import translation

from banyan.core.access.actor import Actor
from banyan.core.access.guards import catalogue_changed
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.leads.models import Lead
from tests.cast import Cast


@pytest.fixture
def users(cast: Cast) -> Cast:
    """The cast in the standard edition, which has leads."""
    cast.organization.edition = "standard"
    cast.organization.save(update_fields=["edition"])
    with organization_scope(cast.organization.pk):
        catalogue_changed(cast.organization)
    return cast


@pytest.fixture
def inside(users: Cast) -> Any:
    """The same with the organization's scope open, in English."""
    with organization_scope(users.organization.pk), translation.override("en"):
        yield users


def make(actor: Actor, name: str = "Li Lei", **values: Any) -> Lead:
    record = door.create(actor, spec_for(actor.organization, "lead"), {"name": name, **values})
    return Lead.objects.get(pk=record.pk)


def change(actor: Actor, lead_id: uuid.UUID, **values: Any) -> Lead:
    door.update(actor, spec_for(actor.organization, "lead"), lead_id, values)
    return Lead.objects.get(pk=lead_id)


def call(actor: Actor, lead: Lead, **values: Any) -> Any:
    given = {"type": "call", "text": "Spoke about the order", "about": f"lead:{lead.pk}", **values}
    return door.create(actor, spec_for(actor.organization, "activity"), given)
