"""No table and no address can be forgotten: the catalogue and the addresses are walked."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from banyan.cli.administration import INSTALLATION_TABLES
from banyan.core.database.row_level_security import unprotected_tables
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.models import Customer
from tests.cast import Cast

#: What anybody may see: signing in, joining, help about these pages, the installed app, health, and the interface, which has
#: tests of its own.
PUBLIC = (
    "sign-in", "sign-out", "join", "forgot", "password", "reset", "welcome", "language", "manifest.webmanifest",
    "service-worker.js", "offline", "healthz", "readyz", "metrics", "api/v1/", "docs/errors",
    "static/", "sso/", "cost", "adviser", "help/page",
)  # fmt: skip
SAMPLES = {"uuid": str(uuid.UUID(int=1)), "slug": "customers", "str": "name", "int": "1", "path": "x"}


def addresses(resolver: URLResolver, prefix: str = "") -> list[str]:
    found = []
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            found += addresses(entry, route)
        elif isinstance(entry, URLPattern):
            found.append(route)
    return found


def example(route: str) -> str:
    parts = []
    for part in route.split("<"):
        placeholder, closed, rest = part.partition(">")
        parts.append(SAMPLES[placeholder.partition(":")[0]] + rest if closed else part)
    return "/" + "".join(parts)


ROUTES = sorted({route for route in addresses(get_resolver()) if not route.startswith(PUBLIC) and "(" not in route})


def test_addresses_were_found() -> None:
    assert len(ROUTES) > 50


@pytest.mark.slow
def test_every_address_needs_somebody_signed_in(db: None) -> None:
    client = Client()
    answers = {
        (method, route): client.generic(method, example(route)) for route in ROUTES for method in ("GET", "POST")
    }
    open_to_all = {place: answer.status_code for place, answer in answers.items() if not is_refused(answer)}

    assert open_to_all == {}


def is_refused(answer: HttpResponse) -> bool:
    """Say whether an answer gives nothing: it leads to where people sign in or begin, or to a page that asks for that, or refuses."""
    if answer.status_code == 302:
        return (
            any(place in answer["Location"] for place in ("/sign-in", "/welcome")) or answer["Location"] == "/settings/"
        )
    return answer.status_code in {401, 403, 404, 405}


def test_every_table_of_organizations_is_protected(db: None) -> None:
    assert unprotected_tables(connection, INSTALLATION_TABLES) == []


def test_the_tests_themselves_work_without_special_rights(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)


def test_query_without_organization_sees_nothing(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        Customer.objects.create(organization=cast.organization, name="A", number="C-1")
        assert Customer.objects.count() == 1

    assert Customer.objects.count() == 0
