"""Public pools through pages and programs: what is shown, what is kept back, and what can be done."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.models import Customer, Pool
from banyan.customers.tests.test_pools import make, make_pool, put
from tests.cast import Cast, api_client, sign_in

PART = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def south_pool(cast: Cast) -> Pool:
    """A pool of the southern department with two customers in it."""
    with organization_scope(cast.organization.pk):
        admin = cast.actor("admin")
        pool = make_pool(admin, departments=[str(cast.departments["south"].pk)], claim_limit=5)
        put(admin, pool, "Quiet River", "Harbor Light")
    return pool


def ids_in(cast: Cast, pool: Pool) -> list[uuid.UUID]:
    with organization_scope(cast.organization.pk):
        return list(Customer.objects.filter(pool=pool).order_by("name").values_list("pk", flat=True))


def english(cast: Cast, name: str) -> Client:
    return sign_in(cast, name, **{"Accept-Language": "en"})


def test_member_sees_the_pool_with_masked_numbers_and_claims_with_one_click(cast: Cast, south_pool: Pool) -> None:
    browser = english(cast, "salesperson")
    page = browser.get("/pools", follow=True).text

    assert "Quiet River" in page
    assert "139****5000" in page
    assert "13912345000" not in page.replace(" ", "")
    assert "Claimed today: 0 of 5." in page
    assert "Claimed or assigned, last 30 days" in browser.get(f"/pools/{south_pool.pk}/figures").text
    first = ids_in(cast, south_pool)[0]
    answer = browser.post(f"/pools/claim?ids={first}", headers=PART)
    assert answer.status_code == 204
    assert "1 customer is yours now." in answer.headers["HX-Trigger"]
    assert browser.get(f"/customers/{first}").status_code == 200


def test_others_find_neither_the_pool_nor_its_customers(cast: Cast, south_pool: Pool) -> None:
    (first, _second) = ids_in(cast, south_pool)
    with organization_scope(cast.organization.pk):
        cast.users["salesperson"].department = cast.departments["sales"]
        cast.users["salesperson"].save()
    browser = english(cast, "salesperson")

    assert "No public pool is open to you" in browser.get("/pools").text
    for path in ("", "/rows", "/figures", "/log", f"/customers/{first}"):
        assert browser.get(f"/pools/{south_pool.pk}{path}").status_code == 404
    assert browser.post(f"/pools/claim?ids={first}", headers=PART).status_code == 422


def test_pool_is_searched_by_name_and_not_by_a_masked_number(cast: Cast, south_pool: Pool) -> None:
    browser = english(cast, "salesperson")
    address = f"/pools/{south_pool.pk}"

    assert "Quiet River" in browser.get(f"{address}?search=quiet").text
    assert "Quiet River" not in browser.get(f"{address}?search=13912345000").text
    assert browser.get(f"{address}?sort=phone").status_code in {400, 422}


def test_card_of_a_customer_tells_why_it_is_there_and_not_its_notes(cast: Cast, south_pool: Pool) -> None:
    first = ids_in(cast, south_pool)[0]
    with organization_scope(cast.organization.pk):
        Customer.objects.filter(pk=first).update(notes="Call Maria on 13700000000")

    page = english(cast, "salesperson").get(f"/pools/{south_pool.pk}/customers/{first}").text

    assert "Nobody looks after them" in page
    assert "13700000000" not in page


def test_owner_releases_from_the_record_with_a_reason(cast: Cast, south_pool: Pool) -> None:
    with organization_scope(cast.organization.pk):
        customer = make(cast.actor("salesperson"), "No longer mine")
    browser = english(cast, "salesperson")

    dialog = browser.get(f"/pools/release?ids={customer}", headers=PART).text
    assert "Release 1 customer" in dialog
    assert browser.post("/pools/release", {"ids": str(customer), "reason": " "}, headers=PART).status_code == 422
    done = browser.post("/pools/release", {"ids": str(customer), "reason": "Moved away"}, headers=PART)

    assert done.status_code == 204
    assert customer in ids_in(cast, south_pool)
    timeline = english(cast, "admin").get(f"/customers/{customer}/timeline", headers=PART).text
    assert "released the customer into “South pool”" in timeline
    assert "Moved away" in timeline
    log = browser.get(f"/pools/{south_pool.pk}/log").text
    assert "Moved away" in log


def test_administrator_assigns_and_moves_selected_customers(cast: Cast, south_pool: Pool) -> None:
    first, second = ids_in(cast, south_pool)
    with organization_scope(cast.organization.pk):
        other = make_pool(cast.actor("admin"), "Other pool")
    browser = english(cast, "admin")
    teammate = str(cast.users["teammate"].pk)

    assert "Tom Teammate" in browser.get(f"/pools/{south_pool.pk}/assign?ids={first}", headers=PART).text
    sent = {"ids": str(first), "people": teammate, "sent": "1"}
    assert browser.post(f"/pools/{south_pool.pk}/assign", sent, headers=PART).status_code == 204
    sent = {"ids": str(second), "pool": str(other.pk), "sent": "1"}
    assert browser.post(f"/pools/{south_pool.pk}/move", sent, headers=PART).status_code == 204

    with organization_scope(cast.organization.pk):
        assert str(Customer.objects.get(pk=first).owner_id) == teammate
        assert Customer.objects.get(pk=second).pool_id == other.pk
    member = english(cast, "salesperson")
    assert member.post(f"/pools/{south_pool.pk}/assign", sent, headers=PART).status_code == 403


def test_duplicate_in_the_pool_or_with_a_colleague_is_told_without_its_name(cast: Cast, south_pool: Pool) -> None:
    with organization_scope(cast.organization.pk):
        make(cast.actor("admin"), "Secret Company", phone="+8613600001111")
    browser = english(cast, "salesperson")

    in_pool = browser.get("/customers/duplicates?name=Quiet+River&phone=13912345000").text
    of_colleague = browser.get("/customers/duplicates?name=Secret+Company&phone=13600001111").text

    assert "It lies in the public pool: claim it there." in in_pool
    assert f"/pools/{south_pool.pk}/customers/" in in_pool
    assert "already followed by a colleague: ask your manager" in of_colleague
    assert "Secret" not in of_colleague
    assert "Quiet" not in in_pool


def test_rules_are_set_and_previewed_before_they_are_saved(cast: Cast, south_pool: Pool) -> None:
    with organization_scope(cast.organization.pk):
        customer = make(cast.actor("salesperson"), "Idle")
        then = now() - timedelta(days=40)
        Customer.objects.filter(pk=customer).update(owned_since=then, created_at=then)
    browser = english(cast, "admin")
    address = f"/settings/pools/{south_pool.pk}"
    values = {
        "name": "South pool", "departments": str(cast.departments["south"].pk), "is_active": "true",
        "follow_up_days": "30", "deal_days": "0", "notice_days": "3", "contact_access": "hidden", "claim_limit": "2",
        "hold_limit": "0", "protection_days": "7", "cooldown_days": "15", "spared_tags": "vip, gold",
    }  # fmt: skip

    assert "Who belongs here" in browser.get(address).text
    found = browser.post(f"{address}/preview", values, headers=PART).text
    assert "1 customer would be released today." in found
    assert "Sam Sales" in found
    assert browser.post(f"{address}/preview", {**values, "follow_up_days": "x"}, headers=PART).status_code == 200
    assert browser.post(address, values).status_code == 303

    with organization_scope(cast.organization.pk):
        saved = Pool.objects.get(pk=south_pool.pk)
        assert (saved.follow_up_days, saved.spared_tags, saved.claim_limit) == (30, ["vip", "gold"], 2)
        assert Customer.objects.get(pk=customer).pool_id is None
    page = english(cast, "salesperson").get(f"/pools/{south_pool.pk}").text
    assert "139****" not in page


def test_pool_administrator_changes_rules_but_not_who_belongs(cast: Cast, south_pool: Pool) -> None:
    with organization_scope(cast.organization.pk):
        Pool.objects.filter(pk=south_pool.pk).update(administrators=[cast.users["salesperson"].pk])
    browser = english(cast, "salesperson")
    address = f"/settings/pools/{south_pool.pk}"
    values = {
        "name": "Mine now", "departments": "", "follow_up_days": "60", "deal_days": "0", "notice_days": "3",
        "contact_access": "masked", "claim_limit": "0", "hold_limit": "0", "protection_days": "7", "cooldown_days": "1",
    }  # fmt: skip

    assert browser.get(address).status_code == 200
    assert browser.post(address, values).status_code == 303
    with organization_scope(cast.organization.pk):
        saved = Pool.objects.get(pk=south_pool.pk)
        assert (saved.name, saved.follow_up_days) == ("South pool", 60)
        assert saved.departments == [cast.departments["south"].pk]
    assert english(cast, "teammate").get(address).status_code == 403
    assert browser.get("/settings/pools/new").status_code == 403


def test_my_day_tells_what_is_about_to_be_released(cast: Cast, south_pool: Pool) -> None:
    with organization_scope(cast.organization.pk):
        Pool.objects.filter(pk=south_pool.pk).update(follow_up_days=30, notice_days=3)
        customer = make(cast.actor("salesperson"), "Nearly gone")
        then = now() - timedelta(days=28)
        Customer.objects.filter(pk=customer).update(owned_since=then, created_at=then)
    browser = english(cast, "salesperson")

    day = browser.get("/").text
    assert "About to be released" in day
    assert "Nearly gone" in day

    with organization_scope(cast.organization.pk):
        actor: Actor = cast.actor("salesperson")
        activity = spec_for(actor.organization, "activity")
        door.create(actor, activity, {"customer": str(customer), "text": "Called"})
    assert "About to be released" not in browser.get("/").text


def test_program_lists_claims_assigns_and_releases(cast: Cast, south_pool: Pool) -> None:
    client = api_client(cast, "salesperson")
    first, second = ids_in(cast, south_pool)

    items = client.get(f"/api/v1/pools/{south_pool.pk}/customers").json()["items"]
    assert {item["id"] for item in items} == {str(first), str(second)}
    assert all("****" in item["phone"] for item in items)
    assert client.get(f"/api/v1/customers/{first}").status_code == 404
    claimed = client.post(f"/api/v1/customers/{first}/claim", content_type="application/json")
    assert (claimed.status_code, claimed.json()["done"]) == (200, [str(first)])
    assert client.post(f"/api/v1/customers/{first}/claim", content_type="application/json").status_code == 422
    assert client.get(f"/api/v1/customers/{first}").json()["phone"] in {"+8613912345000", "+8613912345001"}
    url = f"/api/v1/customers/{first}/release"
    assert client.post(url, {}, content_type="application/json").status_code == 422
    released = client.post(url, {"reason": "By program"}, content_type="application/json")
    assert released.json()["done"] == [str(first)]
    body = {"customers": [str(second)], "people": [str(cast.users["teammate"].pk)]}
    address = f"/api/v1/pools/{south_pool.pk}/assign"
    assert client.post(address, body, content_type="application/json").status_code == 403
    admin = api_client(cast, "admin")
    assert admin.post(address, body, content_type="application/json").json()["done"] == [str(second)]
    assert admin.get("/api/v1/pools").json()["items"][0]["claim_limit"] == 5


def test_record_in_a_pool_says_so_to_whoever_sees_all(cast: Cast, south_pool: Pool) -> None:
    first = ids_in(cast, south_pool)[0]
    page = english(cast, "admin").get(f"/customers/{first}").text
    assert "In the public pool “South pool”" in page
    assert f"/pools/claim?ids={first}" in page
