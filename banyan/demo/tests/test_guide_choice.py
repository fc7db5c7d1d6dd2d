"""The demo as a way to the first data."""

from __future__ import annotations

import dataclasses

import pytest
from django.conf import settings
from django.test import Client, override_settings

from banyan.core.identity.models import Account, User
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, sign_in


@pytest.mark.slow
def test_founder_looks_around_in_the_demo_and_keeps_an_empty_organization(cast: Cast) -> None:
    client = sign_in(cast, "admin")

    assert client.post("/welcome/data", {"choice": "demo"}).headers["Location"] == "/choose-organization"

    demo = Organization.objects.get(settings__demo="small")
    page = client.get("/choose-organization").text
    assert demo.name in page
    assert cast.organization.name in page
    client.post("/choose-organization", {"organization": str(demo.pk)})
    assert client.get("/settings/people").status_code == 200
    assert Account.objects.get(email="ada@cast.test").organization_ids == [cast.organization.pk, demo.pk]
    client.post("/choose-organization", {"organization": str(cast.organization.pk)})
    client.post("/welcome/data", {"choice": "demo"})
    with organization_scope(demo.pk):
        assert User.objects.filter(email="ada@cast.test").count() == 1


def test_demo_is_not_offered_when_the_product_listens_on_a_network(cast: Cast) -> None:
    client: Client = sign_in(cast, "admin")
    assert 'value="demo"' in client.get("/welcome/data").text

    open_to_all = dataclasses.replace(settings.CONFIGURATION, host="0.0.0.0")  # noqa: S104 the case to refuse
    with override_settings(CONFIGURATION=open_to_all):
        assert 'value="demo"' not in client.get("/welcome/data").text
        assert client.post("/welcome/data", {"choice": "demo"}).status_code == 404
