"""No table and no address can be forgotten: the catalogue and the addresses are walked."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
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
    "static/", "sso/", "cost", "help/page",
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


@pytest.mark.parametrize("route", ROUTES)
def test_address_needs_somebody_signed_in(db: None, route: str) -> None:
    client = Client()
    answers = [client.get(example(route)), client.post(example(route))]

    assert {answer.status_code for answer in answers} <= {302, 401, 403, 404, 405}
    assert all(
        "/sign-in" in answer["Location"] or "/welcome" in answer["Location"]
        for answer in answers
        if answer.status_code == 302
    )


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
