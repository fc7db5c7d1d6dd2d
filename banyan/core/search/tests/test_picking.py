from __future__ import annotations

import pytest

from banyan.core.identity.models import User
from banyan.core.kernel.errors import Invalid
from banyan.core.listing.filters import parse_tree
from banyan.core.search.picking import pick


def titles(*arguments, **options):
    return [hit.title for hit in pick(*arguments, **options)]


def test_pick_offers_recent_records_before_anything_is_typed(admin, add):
    for name in ("First", "Second", "Third"):
        add(admin, "customer", name=name)

    assert titles(admin, "customer", "", 2) == ["Third", "Second"]


def test_pick_finds_by_initials(admin, add):
    add(admin, "customer", name="中国银行")
    add(admin, "customer", name="Alder")

    assert titles(admin, "customer", "zgyh") == ["中国银行"]


def test_pick_stays_within_a_filter(admin, add):
    here, there = add(admin, "customer", name="Here"), add(admin, "customer", name="There")
    add(admin, "contact", name="Anna Here", customer=here.pk)
    add(admin, "contact", name="Anna There", customer=there.pk)
    within = parse_tree({"field": "customer", "value": str(here.pk)})

    assert titles(admin, "contact", "anna", within=within) == ["Anna Here"]
    assert titles(admin, "contact", within=within) == ["Anna Here"]
    with pytest.raises(Invalid):
        pick(admin, "contact", "anna", within=parse_tree({"field": "colour", "value": 1}))


def test_pick_offers_only_what_the_actor_may_see(admin, salesperson, add):
    add(admin, "customer", name="Other")
    add(salesperson, "customer", name="Mine")

    assert titles(salesperson, "customer") == ["Mine"]
    assert titles(salesperson, "customer", "other") == []


def test_pick_offers_the_set_up_in_its_own_order(salesperson):
    stages = titles(salesperson, "stage")

    assert len(stages) > 3
    assert titles(salesperson, "stage", stages[2]) == [stages[2]]


def test_people_are_found_by_name_pinyin_and_address_with_oneself_first(scope, admin):
    User.objects.filter(pk=scope.users["teammate"].pk).update(name="张伟")
    User.objects.filter(pk=scope.users["viewer"].pk).update(is_active=False)

    assert titles(admin, "user")[0] == "Ada Admin"
    assert "Vera Viewer" not in titles(admin, "user")
    assert titles(admin, "user", "zw") == titles(admin, "user", "zhangwei") == titles(admin, "user", "张") == ["张伟"]
    assert titles(admin, "user", "salesperson@") == ["Sam Sales"]
    assert titles(admin, "user", "nobody") == []


def test_unknown_target_offers_nothing(admin):
    assert pick(admin, "spaceship", "x") == []
