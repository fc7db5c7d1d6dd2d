"""Assignment rules through interface, lists and pages, and under writes at once."""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from banyan.core.access.models import Deputyship, Territory, TerritoryMember
from banyan.core.business_rules.models import Assignment, AssignmentEntry, AssignmentRule, Availability
from banyan.core.kernel.clock import today
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.models import Customer
from tests.cast import Cast, api_client, forget_entirely, found, sign_in

URL = "/settings/assignment-rules"
JSON: dict[str, Any] = {"content_type": "application/json"}


@pytest.fixture
def admin_page(cast: Cast) -> Client:
    return sign_in(cast, "admin")


def add_rule(page: Client, cast: Cast, *entries: dict[str, Any], object_name: str = "customer", **sent: Any) -> str:
    """Create a rule with entries through its pages, and return its address."""
    given = {"name": "New customers", "is_active": "true", "sources": ["api", "import"], **sent}
    answer = page.post(f"{URL}/new/{object_name}", given)
    assert answer.status_code == 303, answer.text
    url = str(answer.headers["Location"]).removesuffix("/entries/new")
    for entry in entries:
        takers = entry.pop("takers", ())
        people = [f"person:{cast.users[name].pk}" for name in takers]
        sent_entry = {"way": "turns", "taker": people, "weight": entry.pop("weights", ["1"] * len(people)), **entry}
        made = page.post(f"{url}/entries/new", sent_entry)
        assert made.status_code == 303, made.text
    return url


def create(cast: Cast, *names: str, person: str = "admin", **values: Any) -> list[str]:
    """Create customers through the interface and return who got them."""
    client, people = api_client(cast, person), {str(user.pk): name for name, user in cast.users.items()}
    got = []
    for name in names:
        answer = client.post("/api/v1/customers", {"name": name, **values}, **JSON)
        assert answer.status_code == 201, answer.json()
        got.append(people.get(str(answer.json()["owner"]), "nobody"))
    return got


def test_records_of_the_interface_go_in_turn_and_those_made_by_hand_or_given_stay(
    cast: Cast, admin_page: Client
) -> None:
    add_rule(admin_page, cast, {"takers": ["owner", "teammate"]})

    assert create(cast, "A", "B", "C") == ["owner", "teammate", "owner"]
    assert create(cast, "D", owner=str(cast.users["manager"].pk)) == ["manager"]
    admin_page.post("/customers/new", {"name": "E", "fields": "name"})
    with organization_scope(cast.organization.pk):
        assert Customer.objects.get(name="E").owner_id == cast.users["admin"].pk
        made = Assignment.objects.get(record_id=Customer.objects.get(name="A").pk)
        assert (made.rule_name, made.entry_number, made.user_id) == ("New customers", 1, cast.users["owner"].pk)
    page = admin_page.get(f"/customers/{made.record_id}/timeline?", headers={"HX-Request": "true"}).text
    assert "gave it to Olga Owner" in page
    assert "New customers" in page


def test_rows_of_one_write_share_the_turns_and_refused_ones_leave_no_trace(cast: Cast, admin_page: Client) -> None:
    add_rule(admin_page, cast, {"takers": ["owner", "teammate"], "way": "weighted", "weights": ["3", "1"]})
    rows = [{"name": f"C{number}"} for number in range(8)] + [{"name": ""}]

    answer = api_client(cast, "admin").post("/api/v1/customers/bulk", {"create": rows}, **JSON).json()

    assert len(answer["created"]) == 8
    with organization_scope(cast.organization.pk):
        owners = Counter(Customer.objects.values_list("owner_id", flat=True))
        assert owners == {cast.users["owner"].pk: 6, cast.users["teammate"].pk: 2}
        assert Assignment.objects.count() == 8


def test_whoever_is_away_off_duty_full_or_paused_is_passed_over_with_the_reason(cast: Cast, admin_page: Client) -> None:
    add_rule(admin_page, cast, {"takers": ["owner", "teammate", "manager", "salesperson"]})
    with organization_scope(cast.organization.pk):
        day = today("Asia/Shanghai")
        Deputyship.objects.create(
            organization=cast.organization, user=cast.users["owner"], deputy=cast.users["viewer"], starts_on=day,
            ends_on=day + timedelta(days=2),
        )  # fmt: skip
        Availability.objects.create(organization=cast.organization, user=cast.users["teammate"], takes_nothing=True)
        Availability.objects.create(organization=cast.organization, user=cast.users["manager"], most_open=1)
        weekday = day.weekday()
        Availability.objects.create(
            organization=cast.organization, user=cast.users["salesperson"], days=[(weekday + 3) % 7]
        )

    assert create(cast, "A") == ["manager"]
    assert create(cast, "B") == ["viewer"], "all full or away: the deputy of who is away"
    with organization_scope(cast.organization.pk):
        made = Assignment.objects.get(record_id=Customer.objects.get(name="B").pk)
    assert {passed["why"] for passed in made.passed_over} == {"away", "paused", "full", "off_duty"}
    people = admin_page.get(f"{URL}/people").text
    assert "away" in people
    assert "takes nothing at present" in people


def test_territory_skill_kept_owner_queue_and_fallback(cast: Cast, admin_page: Client) -> None:
    with organization_scope(cast.organization.pk):
        china = Territory.objects.create(organization=cast.organization, name="China")
        south = Territory.objects.create(organization=cast.organization, name="South", parent=china)
        china.path, south.path = [china.pk], [china.pk, south.pk]
        china.save()
        south.save()
        TerritoryMember.objects.create(organization=cast.organization, user=cast.users["teammate"], territory=china)
        Availability.objects.create(organization=cast.organization, user=cast.users["owner"], skills=["Retail"])
        cast.organization.catalogue_version += 1
        cast.organization.save()
    retail = json.dumps({"all": [{"field": "industry", "op": "eq", "value": "retail"}]})
    lost = json.dumps({"all": [{"field": "status", "op": "eq", "value": "lost"}]})
    add_rule(
        admin_page, cast, {"way": "queue", "condition": lost},
        {"way": "skill", "skill_field": "industry", "condition": retail}, {"way": "territory"},
        fallback=str(cast.users["manager"].pk),
    )  # fmt: skip
    add_rule(admin_page, cast, {"way": "keep", "link": "customer"}, object_name="contact", name="Contacts")

    assert create(cast, "In the south", territory=str(south.pk)) == ["teammate"]
    assert create(cast, "Shop", industry="retail") == ["owner"]
    assert create(cast, "Lost", status="lost") == ["nobody"]
    assert create(cast, "Else") == ["manager"]
    with organization_scope(cast.organization.pk):
        shop = Customer.objects.get(name="Shop")
    person = api_client(cast, "admin").post("/api/v1/contacts", {"name": "Li", "customer": str(shop.pk)}, **JSON)
    assert person.json()["owner"] == str(cast.users["owner"].pk)


def test_load_goes_to_whoever_has_least_and_the_preview_changes_nothing(cast: Cast, admin_page: Client) -> None:
    for name in ("X", "Y"):
        create(cast, name, owner=str(cast.users["owner"].pk))
    url = add_rule(admin_page, cast, {"way": "load", "takers": ["owner", "teammate"]})

    shown = admin_page.get(url).text
    assert "Tom Teammate" in shown
    with organization_scope(cast.organization.pk):
        assert Assignment.objects.count() == 0
    assert create(cast, "A", "B") == ["teammate", "teammate"]
    assert set(create(cast, "C", "D")) == {"owner", "teammate"}


def test_selected_records_of_a_list_are_given_by_a_rule_and_taken_back(cast: Cast, admin_page: Client) -> None:
    create(cast, "A", "B")
    add_rule(admin_page, cast, {"takers": ["owner", "teammate"]})
    with organization_scope(cast.organization.pk):
        ids = [str(pk) for pk in Customer.objects.values_list("pk", flat=True)]
        rule = AssignmentRule.objects.get()

    assert "Assign by rule" in admin_page.get("/customers").text
    asked = admin_page.get(f"/customers/bulk/assign-by-rule?ids={ids[0]}&ids={ids[1]}").text
    assert "New customers" in asked
    answer = admin_page.post("/customers/bulk/assign-by-rule", {"ids": ids, "rule": str(rule.pk)})
    assert answer.status_code == 303
    with organization_scope(cast.organization.pk):
        assert set(Customer.objects.values_list("owner_id", flat=True)) == {
            cast.users["owner"].pk, cast.users["teammate"].pk,
        }  # fmt: skip
        assert Assignment.objects.count() == 2


def test_entry_without_takers_or_with_a_wrong_weight_is_refused(cast: Cast, admin_page: Client) -> None:
    url = add_rule(admin_page, cast)
    nobody = admin_page.post(f"{url}/entries/new", {"way": "turns"})
    assert (nobody.status_code, "Choose who gets the records" in nobody.text) == (422, True)
    heavy = admin_page.post(
        f"{url}/entries/new",
        {"way": "weighted", "taker": [f"person:{cast.users['owner'].pk}"], "weight": ["1000"]},
    )
    assert heavy.status_code == 422
    with organization_scope(cast.organization.pk):
        assert AssignmentEntry.objects.count() == 0


def test_entries_are_ordered_and_deleted(cast: Cast, admin_page: Client) -> None:
    url = add_rule(admin_page, cast, {"takers": ["owner"]}, {"takers": ["teammate"]})
    with organization_scope(cast.organization.pk):
        first, second = AssignmentEntry.objects.values_list("pk", flat=True)
    admin_page.post(f"{url}/order", {"ids": [str(second), str(first)]})
    assert create(cast, "A") == ["teammate"]
    admin_page.post(f"{url}/entries/{second}/delete")
    assert create(cast, "B") == ["owner"]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_turns_are_fair_when_many_write_at_once() -> None:
    cast = found("Crowd Ltd", "crowd.test")
    try:
        page = sign_in(cast, "admin")
        add_rule(page, cast, {"takers": ["owner", "teammate", "manager"]})
        clients = [api_client(cast, "admin") for _number in range(3)]

        def write(client: Client, mark: int) -> None:
            try:
                for number in range(4):
                    client.post("/api/v1/customers", {"name": f"Crowd {mark}-{number}"}, **JSON)
            finally:
                connections.close_all()

        writers = [threading.Thread(target=write, args=(client, mark)) for mark, client in enumerate(clients)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        with organization_scope(cast.organization.pk):
            assert sorted(Counter(Customer.objects.values_list("owner_id", flat=True)).values()) == [4, 4, 4]
    finally:
        forget_entirely(cast)
