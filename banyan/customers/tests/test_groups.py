"""Groups of companies: the tree, what it adds up to, and what of it somebody may see."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from banyan.core.access.actor import Actor
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.groups import Member, add_up, group_of
from banyan.money.public import NewRate, enter_rates
from banyan.sales.public import win_opportunity
from tests.cast import Cast, api_client, sign_in


def make(actor: Actor, object_name: str, **values: Any) -> Any:
    return door.create(actor, spec_for(actor.organization, object_name), values).pk


def family(actor: Actor) -> dict[str, Any]:
    """A holding with two subsidiaries, one of which has a subsidiary; each with an open deal of 100."""
    ids: dict[str, Any] = {}
    for name, parent in (("Holding", None), ("East", "Holding"), ("West", "Holding"), ("Harbor", "East")):
        ids[name] = make(actor, "customer", name=name, parent=ids.get(parent))
        make(actor, "opportunity", name=f"Deal {name}", customer=ids[name], amount="100")
    return ids


def shape(roots: list[Member]) -> list[Any]:
    return [(root.name, shape(root.children)) for root in roots]


def test_group_is_the_same_tree_from_every_member(admin: Actor) -> None:
    ids = family(admin)
    for name in ids:
        assert shape(group_of(admin, ids[name])) == [("Holding", [("East", [("Harbor", [])]), ("West", [])])]


def test_group_adds_up_by_currency_over_everything_below(admin: Actor) -> None:
    ids = family(admin)
    enter_rates(admin, [NewRate("USD", date(2020, 1, 1), Decimal(7))])
    make(admin, "opportunity", name="In dollars", customer=ids["Harbor"], amount="7", currency="USD")
    win_opportunity(admin, make(admin, "opportunity", name="Won", customer=ids["West"], amount="30"))
    make(admin, "order", name="Order", customer=ids["East"], amount="55", status="confirmed")

    roots = group_of(admin, ids["Holding"])
    figures = [figure.name for figure in add_up(admin, roots)]

    assert figures == ["open", "won", "contracts", "ordered"]
    holding, east = roots[0], roots[0].children[0]
    assert holding.sums["open"] == {"CNY": Decimal(400), "USD": Decimal(7)}
    assert (holding.sums["won"], holding.counts["won"]) == ({"CNY": Decimal(30)}, 1)
    assert (east.sums["open"], east.sums["ordered"]) == (
        {"CNY": Decimal(200), "USD": Decimal(7)},
        {"CNY": Decimal(55)},
    )


def test_group_leaves_out_companies_that_may_not_be_seen(scope: Cast) -> None:
    admin, own = scope.actor("admin"), scope.actor("salesperson")
    ids = family(admin)
    spec = spec_for(admin.organization, "customer")
    for name in ("Holding", "Harbor"):
        door.update(admin, spec, ids[name], {"owner": own.user_id})

    roots = group_of(own, ids["Holding"])
    add_up(own, roots)

    # What stands between them is hidden, so the lower one stands right below the upper one.
    assert shape(roots) == [("Holding", [("Harbor", [])])]
    assert roots[0].sums["open"] == {}


def test_group_costs_the_same_however_large_it_is(admin: Actor) -> None:
    ids = family(admin)
    counts = []
    for more in (0, 5):
        for number in range(more):
            make(admin, "customer", name=f"Branch {number}", parent=ids["West"])
        with CaptureQueriesContext(connection) as captured:
            add_up(admin, group_of(admin, ids["Harbor"]))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_customer_page_shows_the_tree_and_a_lonely_customer_none(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        ids = family(cast.actor("admin"))
        alone = make(cast.actor("admin"), "customer", name="Alone")
    client = sign_in(cast, "admin", **{"Accept-Language": "en"})

    page = client.get(f"/customers/{ids['East']}/children").text
    assert "Group of companies" in page
    assert page.index(">Harbor<") < page.index(">West<")
    assert "Group of companies" not in client.get(f"/customers/{alone}/children").text


def test_interface_answers_with_the_group_and_hides_it_from_strangers(cast: Cast, strangers: Cast) -> None:
    with organization_scope(cast.organization.pk):
        ids = family(cast.actor("admin"))
    address = f"/api/v1/customers/{ids['East']}/group"

    items = api_client(cast, "admin").get(address).json()["items"]

    assert [(item["name"], item["figures"]["open"]["count"]) for item in items] == [
        ("Holding", 4),
        ("East", 2),
        ("Harbor", 1),
        ("West", 1),
    ]
    assert api_client(strangers, "admin").get(address).status_code == 404
