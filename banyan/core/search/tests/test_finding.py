from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banyan.core.access.scopes import FieldAccess, Scope
from banyan.core.objects.registry import spec_for
from banyan.core.records import recycle
from banyan.core.search.finding import find
from banyan.core.tenancy.scope import organization_scope
from tests.cast import with_rights


def titles(actor, text, **options):
    return [hit.title for hit in find(actor, text, **options)]


@pytest.fixture
def companies(admin, add):
    for name, phone in (
        ("中国银行", "13800138000"), ("中国银行深圳分行", ""), ("北京榕树科技有限公司", "010-62345678"),
        ("Harbor Light Trading", "+442071234567"), ("Light Factory", ""),
    ):  # fmt: skip
        add(admin, "customer", name=name, phone=phone)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("榕树", ["北京榕树科技有限公司"]),
        ("zgyh", ["中国银行", "中国银行深圳分行"]),
        ("zhongguo", ["中国银行", "中国银行深圳分行"]),
        ("中国银行", ["中国银行", "中国银行深圳分行"]),
        ("深圳", ["中国银行深圳分行"]),
        ("light", ["Light Factory", "Harbor Light Trading"]),
        ("LIGHT FAC", ["Light Factory"]),
        ("2071234", ["Harbor Light Trading"]),
        ("138 0013 8000", ["中国银行"]),
        ("no such thing", []),
        ("…", []),
        ("", []),
    ],
)
def test_find_gives_the_best_fit_first(admin, companies, text, expected):
    assert titles(admin, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("harbour light", ["Harbor Light Trading"]),
        ("habror", ["Harbor Light Trading"]),
        ("facttory", ["Light Factory"]),
        ("北京熔树", ["北京榕树科技有限公司"]),
        ("钟国银行", ["中国银行", "中国银行深圳分行"]),
        ("zzgyh", []),
        ("lihgt", ["Light Factory", "Harbor Light Trading"]),
    ],
)
def test_name_is_guessed_when_nothing_fits_and_one_letter_is_wrong(admin, companies, text, expected):
    hits = find(admin, text)

    assert [hit.title for hit in hits] == expected
    assert all(hit.is_guess for hit in hits)


def test_record_whose_number_was_typed_comes_first(admin, add):
    first = add(admin, "customer", name="Alder")
    add(admin, "customer", name=f"{first.number} Brothers")
    hits = find(admin, first.number.lower())

    assert (hits[0].title, hits[0].score) == ("Alder", 1.0)
    assert len(hits) == 2


def test_hits_come_from_all_objects_with_number_and_subtitle(admin, add):
    customer = add(admin, "customer", name="榕树科技", phone="13812341234", industry="software")
    add(admin, "contact", name="榕小树", customer=customer.pk, job_title="CTO")
    found = {hit.object: hit for hit in find(admin, "榕")}

    assert set(found) == {"customer", "contact"}
    assert found["customer"].number == customer.number
    assert found["customer"].subtitle == "+86 138 1234 1234 · Software and internet"
    assert found["contact"].subtitle == "CTO"


def test_objects_limit_where_to_look(admin, add):
    customer = add(admin, "customer", name="Alder Works")
    add(admin, "contact", name="Alder Smith", customer=customer.pk)

    assert titles(admin, "alder", objects=["contact"]) == ["Alder Smith"]
    assert titles(admin, "alder", objects=lambda: ["customer", "nothing"]) == ["Alder Works"]
    assert titles(admin, "alder", objects=[]) == []


def test_find_shows_nobody_what_they_may_not_see(admin, salesperson, strangers, add):
    other = add(admin, "customer", name="Alder Other")
    mine = add(salesperson, "customer", name="Alder Mine")
    add(admin, "contact", name="Alder at other", customer=other.pk)
    add(admin, "contact", name="Alder at mine", customer=mine.pk)
    salesperson = with_rights(salesperson, contact=Scope.ALL)

    assert titles(salesperson, "alder") == ["Alder Mine", "Alder at mine"]
    assert titles(salesperson, other.number) == []
    with organization_scope(strangers.organization.pk):
        assert find(strangers.actor("admin"), "alder") == []


def test_find_leaves_out_the_recycle_bin(admin, scope, add):
    gone = add(admin, "customer", name="Alder")
    recycle.delete(admin, spec_for(scope.organization, "customer"), [gone.pk])

    assert find(admin, "alder") == []


@pytest.mark.parametrize("level", [FieldAccess.HIDDEN, FieldAccess.MASKED])
def test_find_tells_nothing_of_fields_that_cannot_be_read(admin, add, level):
    add(admin, "customer", name="Alder", phone="13812341234")
    reader = replace(admin, field_grants={"customer.phone": level})

    assert titles(reader, "13812341234") == titles(reader, "1234") == []
    hit = find(reader, "alder")[0]
    assert hit.subtitle == ("138****1234" if level is FieldAccess.MASKED else "")


def test_find_does_not_name_records_whose_title_is_hidden(admin, add):
    record = add(admin, "customer", name="Secret Works")
    reader = replace(admin, field_grants={"customer.name": FieldAccess.HIDDEN})

    assert find(reader, "secret") == []
    assert record.number not in titles(reader, "works")


def test_find_costs_few_queries_however_many_objects(admin, add, django_assert_max_num_queries):
    for number in range(30):
        add(admin, "customer", name=f"Alder {number:02}")
    with django_assert_max_num_queries(3):
        assert len(find(admin, "alder")) == 20


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=40) | st.sampled_from(["'", "\\", "a:*", "!", "(a|b)&", "\x00", "\ud800", "%s", "%", "1/2"])
)
def test_find_accepts_any_text(admin, companies, text):
    assert len(find(admin, text, limit=3)) <= 3
