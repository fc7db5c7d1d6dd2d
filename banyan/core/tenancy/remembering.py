"""Small things that are remembered of an organization and cost no question, because it is read with each request."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from banyan.core.tenancy.models import Organization


@transaction.atomic
def remember(organization: Organization, name: str, value: Any) -> None:
    """Keep a value in JSON's terms under a name of the organization's settings; None forgets it.

    Others may write other names at the same time: the row is locked and read anew.
    """
    current = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    settings = {key: kept for key, kept in current.settings.items() if key != name}
    if value is not None:
        settings[name] = value
    if settings != current.settings:
        current.settings = settings
        current.save(update_fields=["settings"])
    organization.settings = settings
