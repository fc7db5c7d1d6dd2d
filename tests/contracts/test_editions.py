"""What is off costs nothing and is nowhere: the Basic edition among all modules that exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from banyan.core.api.routes import Operation, Reply, Route, api_routes, register_route
from banyan.core.kernel.ids import new_id
from banyan.core.kernel.registry import Registry, every_registry
from banyan.core.objects.modules import BASIC, ENTERPRISE, Module, effective, mixture_of, modules, modules_of
from banyan.core.objects.registry import objects, register_object
from banyan.core.tenancy.models import Organization
from banyan.core.web import panels
from banyan.core.web.day import FirstStep, first_steps
from banyan.core.web.settings.pages import SettingsPage, register_settings_page, settings_pages
from banyan.editions.switching.surface import things_of
from tests.cast import Cast, api_client, sign_in
from tests.contracts.samples import Maker

#: Queries and kilobytes of the pages that a small team lives on, when asked for the second time. They may shrink; raise one
#: only for something that a small team needs.
PAGES = {
    "/": (29, 34), "/customers": (8, 62), "/customers/{customer}": (18, 44), "/contacts": (7, 41),
    "/opportunities": (12, 48), "/opportunities/{opportunity}": (17, 41), "/orders": (11, 50), "/orders/{order}": (15, 39),
    "/products": (7, 40), "/products/{product}": (11, 30), "/tasks": (9, 49), "/statistics": (29, 67), "/reports": (6, 24),
    "/settings/": (17, 42), "/customers/new": (6, 31), "/orders/new": (6, 31), "/help": (5, 26), "/recycle-bin": (15, 21),
    "/palette": (4, 21),
}  # fmt: skip
#: Apps whose tables belong to one module or to modules that come together, and tables of others by module.
APPS = {
    "leads": "leads", "quotes": "quotes", "contracts": "contracts", "billing": "billing", "supply": "stock",
    "commissions": "commissions", "documents": "documents", "portal": "portal",
}  # fmt: skip
PARTS = {
    "opportunity_teams": ("sales_opportunitycontact", "sales_opportunitymember", "sales_opportunitycompetitor",
                          "sales_competitor", "sales_risklimits"),
    "fulfilment": ("orders_orderchange", "orders_orderreturn"),
    "pricing": ("products_pricebook", "products_pricebookentry"),
    "custom_objects": ("objects_customrecord",),
    "forecasts": ("forecasts_submission", "forecasts_adjustment"),
}  # fmt: skip
EXTRA = 12


@pytest.fixture
def cast(cast: Cast) -> Cast:
    _use(cast, BASIC)
    return cast


@pytest.fixture
def records(scope: Cast) -> dict[str, str]:
    maker = Maker(scope.actor("admin"))
    names = ("customer", "opportunity", "order", "product", "task")
    return {name: str(maker.record(maker.spec(name)).pk) for name in names}


@pytest.fixture
def ada(scope: Cast) -> Client:
    scope.users["admin"].language = "en"
    scope.users["admin"].save(update_fields=["language"])
    return sign_in(scope, "admin", accept_language="en")


def _use(cast: Cast, edition: str, off: tuple[str, ...] = ()) -> None:
    Organization.objects.filter(pk=cast.organization.pk).update(edition=edition, modules_off=list(off))
    cast.organization.edition, cast.organization.modules_off = edition, list(off)


def _off(organization: Organization) -> list[str]:
    on = modules_of(organization)
    return [name for name in modules.keys() if name not in on]  # noqa: SIM118 a registry yields its entries


def _tables(off: list[str]) -> set[str]:
    """Return the tables that nobody without these modules needs."""
    known = {table for name, tables in PARTS.items() if name in off for table in tables}
    known |= {
        model._meta.db_table
        for label, module in APPS.items()
        if module in off
        for model in apps.get_app_config(label).get_models()
    }
    return known | {
        spec.model._meta.db_table for spec in objects if spec.module in off and spec.module != "custom_objects"
    }


def _visit(client: Client, path: str) -> tuple[str, list[str]]:
    """Return a page and the statements of its second visit."""
    client.get(path)
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(path)
    assert answer.status_code == 200, path
    text = re.sub(r'(csrf[^"]*"|nonce="|X-CSRFToken": ")[^"]*"', "", answer.content.decode())
    return re.sub(r"[A-Za-z0-9]{64}|\d{4}-\d\d-\d\d \d\d:\d\d", "", text), [query["sql"] for query in caught]


@pytest.mark.slow
def test_basic_shows_nothing_of_modules_that_are_off_asks_none_of_their_tables_and_stays_small(
    ada: Client, scope: Cast, records: dict[str, str]
) -> None:
    off = _off(scope.organization)
    assert {"leads", "quotes", "billing", "stock", "automation"} <= set(off)
    tables = _tables(off)
    assert len(tables) > 60
    gone = [spec for spec in objects if spec.module in off]
    entries = [
        entry for entry in (*panels.menu_entries, *panels.palette_entries, *settings_pages) if entry.module in off
    ]
    addresses = {entry.url for entry in entries} | {f"/{spec.plural}" for spec in gone}
    labels = {str(spec.label_plural) for spec in gone} - {
        str(spec.label_plural) for spec in objects if spec not in gone
    }
    too_much = {}
    for page, (most_queries, most_kilobytes) in PAGES.items():
        text, statements = _visit(ada, page.format(**records))
        shown = {url for url in addresses if re.search(rf'"{re.escape(url)}["/?]', text)}
        shown |= {label for label in labels if re.search(rf">\s*{re.escape(label)}\s*<", text)}
        asked = {table for table in tables for sql in statements if re.search(rf"\b{table}\b", sql)}
        assert not shown | asked, (page, shown, asked)
        if len(statements) > most_queries or len(text.encode()) > most_kilobytes * 1024:
            too_much[page] = (len(statements), len(text.encode()) / 1024)
    assert not too_much
    interface = api_client(scope, "admin").get("/api/v1/openapi.json").json()
    paths = set(interface["paths"])
    assert not {spec.plural for spec in gone} & {path.split("/")[1] for path in paths}
    assert not {route.path for route in api_routes if route.module in off} & paths
    assert "contract" not in interface["components"]["schemas"]["Order"]["properties"]


def test_writes_of_basic_ask_for_no_table_of_a_module_that_is_off(scope: Cast, records: dict[str, str]) -> None:
    tables = _tables(_off(scope.organization))
    maker = Maker(scope.actor("admin"))
    for name in ("customer", "contact", "activity", "task", "comment", "product", "opportunity", "order", "order_line"):
        maker.record(maker.spec(name))
        with CaptureQueriesContext(connection) as caught:
            maker.record(maker.spec(name))
        asked = {table for table in tables for query in caught if re.search(rf"\b{table}\b", query["sql"])}
        assert not asked, (name, asked)


@pytest.mark.slow
def test_nothing_of_basic_grows_with_the_modules_that_exist(
    ada: Client, scope: Cast, records: dict[str, str], more_modules: Callable[[], None]
) -> None:
    paths = [page.format(**records) for page in PAGES]
    before = {path: _visit(ada, path) for path in paths}
    interface = api_client(scope, "admin").get("/api/v1/openapi.json").content
    more_modules()
    assert len(_off(scope.organization)) >= EXTRA
    assert len(_of_modules()) > 25
    assert all(_copied(registry) for registry in _of_modules() if registry not in OWN_WAY)
    for path in paths:
        text, statements = _visit(ada, path)
        assert len(statements) == len(before[path][1]), path
        assert text == before[path][0], path
    assert api_client(scope, "admin").get("/api/v1/openapi.json").content == interface
    assert ada.get("/extras-0").status_code == ada.get("/settings/extra-0").status_code == 404
    maker = Maker(scope.actor("admin"))
    for name in ("customer", "contact", "activity", "task", "product", "opportunity", "order", "order_line"):
        assert maker.record(maker.spec(name)).pk


@pytest.mark.slow
def test_no_address_of_an_app_answers_while_its_modules_are_off(ada: Client, scope: Cast) -> None:
    open_ones = []
    for pattern, module in _patterns():
        if module.split(".")[1] not in APPS:
            continue
        path = re.sub(r"<uuid:\w+>", str(new_id()), re.sub(r"<(slug|str|int):\w+>", "1", f"/{pattern}"))
        status = ada.get(path).status_code
        if status == 405:
            status = ada.post(path).status_code
        if status != 404:
            open_ones.append((pattern, status))
    assert open_ones == []


@pytest.mark.slow
def test_each_module_can_be_off_alone(scope: Cast) -> None:
    _use(scope, ENTERPRISE)
    ada = sign_in(scope, "admin", accept_language="en")
    before = things_of(scope.actor("admin"))
    for name in modules.keys():  # noqa: SIM118 a registry yields its entries
        _use(scope, ENTERPRISE, (name,))
        after = things_of(scope.actor("admin"))
        rest = effective(mixture_of(scope.organization))
        gone = {spec.name: f"/{spec.plural}" for spec in objects if spec.module not in rest}
        assert all(set(after[kind]) <= set(before[kind]) for kind in after), name
        assert not set(gone) & set(after["objects"])
        assert not set(gone.values()) & set(after["menu"])
        left = [
            path
            for path in after["api"]
            for url in gone.values()
            if f"{path} /".partition(" ")[2].startswith(f"{url}/")
        ]
        assert not left, (name, left)
        assert ada.get("/").status_code == 200, name


def _patterns(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    for entry in (resolver or get_resolver()).url_patterns:
        text = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, text)
        elif isinstance(entry, URLPattern):
            yield text, entry.callback.__module__


#: Registries whose entries are put in by the functions that register them.
OWN_WAY = (modules, objects, api_routes, settings_pages)
COPY = "copy of "


def _of_modules() -> list[Registry[Any]]:
    """Return every registry whose entries say to which module they belong."""
    return [found for found in every_registry() if len(found) and hasattr(next(iter(found)), "module")]


def _copied(registry: Registry[Any]) -> bool:
    keys = registry.keys()
    return any(key.startswith(COPY) for key in keys) and 2 * sum(key.startswith(COPY) for key in keys) >= len(keys)


def _like(entry: Any, module: str, name: str, fail: Callable[..., Any]) -> Any:
    """Return the same entry as one of another module, which fails as soon as it is asked for anything."""
    asked = {
        one.name: fail
        for one in fields(entry)
        if callable(getattr(entry, one.name)) and not isinstance(getattr(entry, one.name), type)
    }
    named = {"name": name} if hasattr(entry, "name") else {}
    return replace(entry, module=module, **named, **asked)


@pytest.fixture
def more_modules() -> Iterator[Callable[[], None]]:
    """Register many further modules of the larger editions, each with everything that a module may bring."""
    undo: list[Callable[[], None]] = []

    def put(registry: Any, key: str, entry: Any) -> None:
        registry.add(key, entry)
        undo.append(lambda: registry.remove(key))

    def fail(*_arguments: Any) -> Any:
        raise AssertionError("A module that is off was asked.")

    def register() -> None:
        for number in range(EXTRA):
            name = f"extra_{number}"
            put(modules, name, Module(name, f"Extra {number}", "More.", editions=(ENTERPRISE,), chapters=(name,)))
            register_object(replace(objects["lead"], name=name, plural=f"extras-{number}", module=name))
            undo.append(lambda name=name: objects.remove(name))
            url = f"/extra-{number}"
            put(panels.menu_entries, name, panels.MenuEntry(name, name, url, "plug", module=name, may=fail, count=fail))
            put(panels.day_panels, name, panels.DayPanel(name, fail, module=name))
            put(panels.record_panels, name, panels.RecordPanel(name, fail, module=name))
            put(panels.quick_actions, name, panels.QuickAction(name, name, url, "plug", module=name, may=fail))
            put(panels.palette_entries, name, panels.PaletteEntry(name, name, url, "plug", module=name, may=fail))
            put(panels.timeline_sources, name, panels.TimelineSource(name, name, "plug", fail, module=name))
            put(panels.timeline_additions, name, panels.TimelineAddition(name, fail, module=name))
            put(panels.composers, name, panels.Composer(name, fail, module=name))
            put(panels.record_menus, name, panels.RecordMenu(name, fail, module=name))
            put(panels.row_actions, name, panels.RowAction(name, name, "plug", fail, may=fail, module=name))
            put(panels.bulk_offers, name, panels.BulkOffer(name, name, "plug", url, may=fail, module=name))
            step = FirstStep(name, name, name, url, "plug", is_done=fail, may=lambda actor: True, module=name)
            put(first_steps, name, step)
            register_settings_page(SettingsPage(name, name, f"/settings{url}", "plug", "system", may=fail, module=name))
            undo.append(lambda name=name: settings_pages.remove(name))
            undo.append(lambda name=name: panels.palette_entries.remove(f"settings.{name}"))
            operation = Operation(name, name, name, {200: Reply(name)})
            register_route(Route("GET", url, fail, operation, module=name))
            undo.append(lambda url=url: api_routes.remove(f"GET {url}"))
        for registry in (registry for registry in _of_modules() if registry not in OWN_WAY):
            for key in registry.keys():  # noqa: SIM118 a registry yields its entries
                put(registry, f"{COPY}{key}", _like(registry[key], "extra_0", f"{COPY}{key}", fail))

    yield register
    for take_back in reversed(undo):
        take_back()
