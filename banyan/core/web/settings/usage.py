"""Whether an organization uses what only larger companies need: until then it stands aside in the settings' menu."""

from __future__ import annotations

from banyan.core.access.actor import Actor
from banyan.core.access.models import Level, Post, ReportingLine, SharingRule, Territory
from banyan.core.audit.policy import Policy
from banyan.core.identity.providers.models import IdentityProvider, ProvisioningToken
from banyan.core.transfer.models import ExportRequest


def has_territories(_actor: Actor) -> bool:
    """Say whether there are territories."""
    return Territory.objects.exists()


def has_posts(_actor: Actor) -> bool:
    """Say whether there are posts, levels or reporting lines."""
    return any(model._default_manager.exists() for model in (Post, Level, ReportingLine))  # noqa: SLF001 Django's own name for it


def has_sharing_rules(_actor: Actor) -> bool:
    """Say whether there are sharing rules."""
    return SharingRule.objects.exists()


def has_providers(_actor: Actor) -> bool:
    """Say whether people sign in elsewhere."""
    return IdentityProvider.objects.exists()


def has_provisioning(_actor: Actor) -> bool:
    """Say whether a directory may say who works here."""
    return ProvisioningToken.objects.exists()


def has_export_requests(actor: Actor) -> bool:
    """Say whether exports need approval, or did."""
    return bool(Policy.of(actor.organization).approval_rows) or ExportRequest.objects.exists()
