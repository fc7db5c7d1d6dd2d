"""The reports of the medium demo: the published facts of the maven-crm data."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from banyan.analytics.periods import BEGINNING, Period
from banyan.analytics.reports.catalogue import reports
from banyan.analytics.reports.shapes import Question, Table
from banyan.core.access.actor import Actor
from banyan.core.access.standing import actor_for
from banyan.core.identity.models import User
from banyan.core.listing.counting import count_rows
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.query import ListRequest
from banyan.core.objects.modules import specs_on
from banyan.core.tenancy.scope import organization_scope
from banyan.demo.medium import load_medium

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

YEAR = Period("", date(2017, 1, 1), date(2017, 12, 31))
ALWAYS = Period("all", BEGINNING, date(2100, 1, 1))
MOST_QUERIES = 14


def actor_named(name: str) -> Actor:
    return actor_for(User.objects.select_related("organization").get(name=name))


def tables(actor: Actor, name: str, period: Period) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a report's tables by the names of their columns."""

    def rows(table: Table) -> list[dict[str, Any]]:
        return [{c.name: cell.value for c, cell in zip(table.columns, row, strict=True)} for row in table.rows]

    return {table.name: rows(table) for table in reports[name].build(Question(actor, period)).tables}


def dollars(row: dict[str, Any], name: str = "amount") -> Decimal:
    return Decimal(row[name]["USD"])


def test_reports_show_the_published_facts_when_the_medium_demo_is_loaded() -> None:
    made = load_medium()
    with organization_scope(made.organization.pk), override("en"):
        everybody = actor_named("Alex Morgan")
        check_outcomes(everybody)
        check_funnel(everybody)
        check_ageing(everybody)
        check_rights(everybody)
        check_links(everybody)


def check_outcomes(actor: Actor) -> None:
    found = tables(actor, "outcomes", ALWAYS)
    by_quarter = {row["time"]: (dollars(row), row["won"] + row["lost"]) for row in found["time"]}
    assert {quarter: amount for quarter, (amount, _count) in by_quarter.items()} == {
        "2017 Q1": Decimal(1_134_672),
        "2017 Q2": Decimal(3_086_111),
        "2017 Q3": Decimal(2_982_255),
        "2017 Q4": Decimal(2_802_496),
    }
    assert (sum(row["won"] for row in found["people"]), sum(row["lost"] for row in found["people"])) == (4238, 2473)
    assert len(found["people"]) == 30
    best = found["people"][0]
    assert (best["people"], dollars(best)) == ("Darcel Schlecht", Decimal(1_153_214))


def check_funnel(actor: Actor) -> None:
    found = tables(actor, "funnel", ALWAYS)
    stages = [(row["stage"], row["reached"], row["lost"]) for row in found["stages"]]
    # Those imported as lost say nothing of their stages: they are lost from the first.
    assert stages == [("Prospecting", 8800, 2473), ("Engaging", 5827, 0), ("Won", 4238, None)]
    assert [row["from_previous"] for row in found["stages"]] == [None, 66.2, 72.7]
    assert dollars(found["stages"][2]) == Decimal(10_005_534)


def check_ageing(actor: Actor) -> None:
    found = tables(actor, "ageing", ALWAYS)
    hardware = [row for row in found["stages"] if row["open"]]
    assert [(row["stage"], row["open"]) for row in hardware] == [
        ("Prospecting", 500),
        ("Engaging", 1589),
    ]
    closed = {row["outcome"]: (row["count"], row["days"]) for row in found["closing"]}
    assert closed == {"Won": (4238, 51.8), "Lost": (2473, 41.5)}


def check_rights(everybody: Actor) -> None:
    """A manager's figures are those of the team; a salesperson's are their own."""
    manager, agent = actor_named("Melvin Marxen"), actor_named("Darcel Schlecht")
    team = tables(manager, "outcomes", ALWAYS)["people"]
    assert sum(dollars(row) for row in team) == Decimal(2_251_930)
    assert [row["people"] for row in tables(agent, "outcomes", ALWAYS)["people"]] == ["Darcel Schlecht"]
    for report in reports:
        with CaptureQueriesContext(connection) as captured:
            report.build(Question(everybody, YEAR))
        assert len(captured) <= MOST_QUERIES, report.name


def check_links(actor: Actor) -> None:
    """Each number opens exactly as many records as it says."""
    specs = {spec.plural: spec for spec in specs_on(actor.organization).values()}
    checked = 0
    for report in reports:
        for table in report.build(Question(actor, ALWAYS)).tables:
            for cell in (cell for row in table.rows for cell in row if cell.url and isinstance(cell.value, int)):
                address = urlsplit(cell.url)
                tree = json.loads(parse_qs(address.query)["filter"][0])
                request = ListRequest(filter=parse_tree(tree))
                found = count_rows(actor, specs[address.path.strip("/")], request, exact=True)
                assert found.value == cell.value, (report.name, table.name, tree)
                checked += 1
    assert checked > 150
