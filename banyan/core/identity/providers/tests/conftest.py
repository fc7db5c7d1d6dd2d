from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from banyan.core.access.single_sign_on import ProviderDraft, save_provider
from banyan.core.identity.events import SecurityEvent
from banyan.core.identity.models import Role
from banyan.core.identity.providers.models import IdentityProvider, ProviderKind
from banyan.core.kernel.events import subscribe, unsubscribe
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast

ENGLISH = {"Accept-Language": "en", "User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}


@pytest.fixture
def told():
    events: list[SecurityEvent] = []
    subscribe(SecurityEvent, "tests.told", events.append)
    yield events
    unsubscribe(SecurityEvent, "tests.told")


@pytest.fixture
def make_provider(cast: Cast) -> Callable[..., IdentityProvider]:
    """Make a provider of the cast's organization, whose group ``Sales Team`` are salespeople."""

    def make(kind: ProviderKind, settings: dict[str, Any], **changes: Any) -> IdentityProvider:
        with organization_scope(cast.organization.pk):
            roles = {role.key: role.pk for role in Role.objects.all()}
            draft = ProviderDraft(
                **{
                    "name": "Company",
                    "kind": kind,
                    "is_on": True,
                    "settings": settings,
                    "domains": ["cast.test"],
                    "group_roles": {"Sales Team": [str(roles["salesperson"])]},
                    "default_role_ids": [roles["read_only"]],
                    **changes,
                }
            )
            return save_provider(cast.actor("admin"), draft)

    return make
