"""What is off costs nothing and is nowhere: the Basic edition among all modules that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from banyan.core.kernel.ids import new_id
from banyan.core.objects.modules import BASIC, modules, modules_of
from banyan.core.objects.registry import objects
from banyan.core.tenancy.models import Organization
from banyan.core.web.panels import menu_entries
from banyan.core.web.settings.pages import settings_pages
from tests.cast import Cast, api_client, sign_in
from tests.contracts.samples import Maker

PAGES = ("/", "/customers", "/customers/{customer}", "/contacts", "/opportunities", "/opportunities/{opportunity}",
         "/orders", "/orders/{order}", "/products", "/products/{product}", "/tasks", "/statistics", "/reports",
         "/settings/", "/settings/modules", "/settings/fields", "/settings/roles", "/customers/new", "/orders/new",
         "/opportunities/new", "/imports/new", "/help", "/recycle-bin", "/search?q=Sample", "/palette")  # fmt: skip


@pytest.fixture
def cast(cast: Cast) -> Cast:
    Organization.objects.filter(pk=cast.organization.pk).update(edition=BASIC)
    cast.organization.edition = BASIC
    return cast


@pytest.fixture
def records(scope: Cast) -> dict[str, str]:
    maker = Maker(scope.actor("admin"))
    return {name: str(maker.record(maker.spec(name)).pk) for name in ("customer", "opportunity", "order", "product", "task")}


def _off(organization: Organization) -> list[str]:
    on = modules_of(organization)
    return [name for name in modules.keys() if name not in on]


def test_probe(scope: Cast, records) -> None:
    scope.users["admin"].language = "en"
    scope.users["admin"].save(update_fields=["language"])
    browser = sign_in(scope, "admin", accept_language="en")
    off = _off(scope.organization)
    on_apps = {spec.model._meta.app_label for spec in objects if spec.module not in off}
    off_specs = [spec for spec in objects if spec.module in off]
    tables = {spec.model._meta.db_table for spec in off_specs}
    for label in ("leads", "quotes", "contracts", "billing", "supply", "forecasts", "commissions", "documents", "portal"):
        tables |= {model._meta.db_table for model in apps.get_app_config(label).get_models()}
    print(off, on_apps, sorted(spec.name for spec in off_specs))
    for page in PAGES:
        path = page.format(**records)
        for turn in range(2):
            with CaptureQueriesContext(connection, ) as caught:
                answer = browser.get(path)
        text = answer.content.decode()
        print(page, answer.status_code, len(caught), len(answer.content))
        for query in caught:
            hit = [table for table in tables if f'"{table}"' in query["sql"]]
            if hit:
                print("   SQL", hit, query["sql"][:150])
        for spec in off_specs:
            if f"/{spec.plural}" in text and not spec.plural in ("taxes",):
                print("   HTML plural", spec.plural, [m.group(0) for m in re.finditer(r'.{30}/%s.{20}' % spec.plural, text)][:2])
            for label in {str(spec.label_plural)}:
                if re.search(r">\s*%s\s*<" % re.escape(label), text):
                    print("   HTML label", label)
    spec = api_client(scope, "admin").get("/api/v1/openapi.json").content.decode()
    print("openapi", len(spec))
    for entry in off_specs:
        if f'"/{entry.plural}' in spec or f'"{"".join(part.capitalize() for part in entry.name.split("_"))}"' in spec:
            print("   OPENAPI", entry.name)


def _patterns(resolver=None, prefix="") -> Iterator[tuple[str, str]]:
    for entry in (resolver or get_resolver()).url_patterns:
        text = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, text)
        elif isinstance(entry, URLPattern):
            yield text, entry.callback.__module__


def test_probe_addresses(scope: Cast) -> None:
    browser = sign_in(scope, "admin", accept_language="en")
    for text, module in _patterns():
        app = module.split(".")[1]
        if app in ("leads", "quotes", "contracts", "billing", "supply", "forecasts", "commissions", "documents", "portal", "automation", "sales", "products","orders"):
            path = "/" + re.sub(r"<uuid:\w+>", str(new_id()), re.sub(r"<slug:\w+>", "x", re.sub(r"<(str|int):\w+>", "1", text)))
            answer = browser.get(path)
            if answer.status_code != 404:
                print(text, module, answer.status_code)
