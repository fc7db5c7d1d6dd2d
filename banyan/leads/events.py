"""What the leads app tells the rest of the product."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class FormSubmitted(Event):
    """Somebody outside sent a form; ``is_new`` says whether a lead was made of it, or one was there already."""

    organization_id: uuid.UUID
    form_id: uuid.UUID
    lead_id: uuid.UUID
    is_new: bool


@dataclass(frozen=True)
class LeadConverted(Event):
    """A lead became a customer, and perhaps a contact and an opportunity."""

    organization_id: uuid.UUID
    lead_id: uuid.UUID
    customer_id: uuid.UUID
    contact_id: uuid.UUID | None
    opportunity_id: uuid.UUID | None
