from __future__ import annotations

import re

import pytest
from django.test import Client

from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, sign_in


def make(cast: Cast, name: str, rows: list[dict], person: str = "admin") -> list:
    """Create records as a person of the cast."""
    with organization_scope(cast.organization.pk):
        actor = cast.actor(person)
        spec = spec_for(cast.organization, name)
        return [door.create(actor, spec, row) for row in rows]


@pytest.fixture
def browser(cast: Cast) -> Client:
    return sign_in(cast, "admin")


def text_of(response) -> str:
    """Return what a reader sees of an answer: its text without markup."""
    text = re.sub(r"<(script|template)\b.*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_list_shows_rows_with_links_to_their_pages(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", [{"name": "Harbor Light Trading", "phone": "+442071234567"}])

    response = browser.get("/customers")

    assert response.status_code == 200
    assert "Harbor Light Trading" in text_of(response)
    assert f'href="/customers/{customer.pk}"' in response.content.decode()
