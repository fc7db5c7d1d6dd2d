from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from banyan.core.access.single_sign_on import ProviderDraft, save_provider
from banyan.core.identity.models import Role
from banyan.core.identity.providers.models import IdentityProvider, ProviderKind
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast

ENGLISH = {"Accept-Language": "en", "User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}


@pytest.fixture(autouse=True)
def own_network() -> Iterator[None]:
    """Allow this machine, where the providers of these tests live."""
    allowed = (ipaddress.ip_network("127.0.0.0/8"),)
    with override_settings(CONFIGURATION=dataclasses.replace(settings.CONFIGURATION, outgoing_networks=allowed)):
        yield


@pytest.fixture
def make_provider(cast: Cast) -> Callable[..., IdentityProvider]:
    """Make a provider of the cast's organization, whose group ``Sales Team`` are salespeople."""

    def make(kind: ProviderKind, setup: dict[str, Any], **changes: Any) -> IdentityProvider:
        with organization_scope(cast.organization.pk):
            roles = {role.key: role.pk for role in Role.objects.all()}
            draft = ProviderDraft(
                **{
                    "name": "Company",
                    "kind": kind,
                    "is_on": True,
                    "settings": setup,
                    "domains": ["cast.test"],
                    "group_roles": {"Sales Team": [str(roles["salesperson"])]},
                    "default_role_ids": [roles["read_only"]],
                    **changes,
                }
            )
            return save_provider(cast.actor("admin"), draft)

    return make
