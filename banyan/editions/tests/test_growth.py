from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.identity.models import Role
from banyan.core.identity.services import add_user
from banyan.core.kernel.clock import today
from banyan.core.tenancy.models import Organization
from banyan.editions.growth.figures import gather
from banyan.editions.growth.rules import BOUNDS, Day, Kind, Known, advise, bucket, percentile, projected
from banyan.editions.growth.waits import add
from banyan.editions.growth.wording import note_new
from banyan.editions.jobs import gather_figures
from banyan.editions.models import GrowthDay, ResponseTimes
from tests.cast import Cast, sign_in

KNOWN = Known(
    {
        "basic": frozenset({"customers", "tasks"}),
        "standard": frozenset({"customers", "tasks", "leads", "quotes", "stock", "billing"}),
        "enterprise": frozenset({"customers", "tasks", "leads", "quotes", "stock", "billing"}),
    }
)
START = date(2026, 3, 1)
URL = "/settings/growth"


def days(count: int, **values) -> list[Day]:
    first = Day(START, "standard", 30, ("customers", "tasks", "leads", "quotes", "stock", "billing"),
                {"customers": 90, "leads": 5, "stock": 7}, {"customers": 4, "leads": 1})  # fmt: skip
    return [replace(first, day=START + timedelta(days=number), **values) for number in range(count)]


def kinds(found: list[Day]) -> list[Kind]:
    return [advice.kind for advice in advise(found, KNOWN)]


def test_more_people_than_the_edition_is_made_for_are_advised_the_next_one() -> None:
    advice = advise(days(1, edition="basic", users=21, modules=("customers", "tasks")), KNOWN)[0]
    assert (advice.kind, advice.edition, dict(advice.figures)) == (Kind.LARGER, "standard", {"users": 21, "limit": 20})
    assert kinds(days(1, edition="basic", users=20, modules=("customers",))) == []
    assert kinds(days(1, edition="enterprise", users=90_000)) == []


def test_who_adds_the_next_edition_piece_by_piece_is_told_so() -> None:
    advice = advise(days(1, edition="basic", users=8), KNOWN)[0]
    assert dict(advice.figures)["added_modules"] == 4
    few = days(1, edition="basic", users=8, modules=("customers", "tasks", "leads", "quotes", "papers"))
    known = replace(KNOWN, editions={**KNOWN.editions, "standard": KNOWN.editions["standard"] | {"papers"}})
    assert [one.kind for one in advise(few, known)] == [Kind.LARGER]
    assert not advise(few, replace(known, free=frozenset({"papers"})))


def test_growth_is_carried_on_for_half_a_year() -> None:
    found = [
        replace(day, edition="basic", modules=("customers",), users=8 + place // 10)
        for place, day in enumerate(days(91))
    ]
    assert projected(found) == 17 + 18
    assert Kind.SOON_LARGER in kinds(found)
    assert projected(found[-10:]) == found[-1].users


def test_a_smaller_edition_is_named_only_when_it_would_clearly_do() -> None:
    calm = days(61, users=12, changes={"customers": 3})
    assert Kind.SMALLER in kinds(calm)
    assert Kind.SMALLER not in kinds(calm[:30])
    assert Kind.SMALLER not in kinds([*calm[:-1], replace(calm[-1], changes={"leads": 1, "stock": 1, "quotes": 2})])
    assert Kind.SMALLER not in kinds([*calm[:-1], replace(calm[-1], users=16)])
    assert Kind.SMALLER in kinds(days(61, edition="enterprise", users=300))


def test_what_is_used_of_the_larger_edition_can_stay_on_top_of_the_smaller_one() -> None:
    calm = days(61, users=12, changes={"customers": 3, "leads": 1})
    advice = next(one for one in advise(calm, KNOWN) if one.kind is Kind.SMALLER)
    assert (advice.edition, advice.modules, dict(advice.figures)["kept_modules"]) == ("basic", ("leads",), 1)


def test_who_waits_is_advised_a_larger_server_with_the_figures() -> None:
    slow = (0, 0, 0, 100, 300, 400, 100, 0)
    advice = next(
        one for one in advise(days(3, waits=slow, cores=2, needed_cores=4), KNOWN) if one.kind is Kind.SERVERS
    )
    assert dict(advice.figures) == {"wait": 5000, "requests": 2700, "cores": 2, "needed_cores": 4}
    assert Kind.SERVERS not in kinds(days(3, waits=(900, 50, 0, 0, 0, 0, 0, 0), cores=2, needed_cores=2))
    assert Kind.SERVERS in kinds(days(1, cores=2, needed_cores=3))


def test_modules_without_a_change_are_named_once_they_had_time() -> None:
    advice = next(one for one in advise(days(61), KNOWN) if one.kind is Kind.UNUSED)
    assert advice.modules == ("stock",)
    assert dict(advice.figures) == {"unused_modules": 1, "days": 60, "kept": 7}
    young = [*days(60, modules=("customers",)), days(61)[-1]]
    assert Kind.UNUSED not in kinds(young)


def test_many_refusals_ask_for_a_look_at_the_roles() -> None:
    assert Kind.RIGHTS in kinds(days(30, refusals=3))
    assert Kind.RIGHTS not in kinds(days(30, refusals=1))


DAYS = st.lists(
    st.builds(
        Day,
        day=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
        edition=st.sampled_from(["basic", "standard", "enterprise"]),
        users=st.integers(0, 6000),
        modules=st.lists(st.sampled_from(sorted(KNOWN.editions["standard"])), unique=True).map(tuple),
        records=st.dictionaries(st.sampled_from(["customers", "leads"]), st.integers(0, 10**6)),
        changes=st.dictionaries(st.sampled_from(["customers", "leads"]), st.integers(0, 10**4)),
        refusals=st.integers(0, 500),
        waits=st.lists(st.integers(0, 10**5), min_size=8, max_size=8).map(tuple),
        cores=st.integers(0, 64),
        needed_cores=st.integers(0, 64),
    ),
    max_size=6,
    unique_by=lambda day: day.day,
).map(lambda found: sorted(found, key=lambda day: day.day))


@given(DAYS)
def test_advice_never_contradicts_itself_and_has_its_figures(found: list[Day]) -> None:
    advice = advise(found, KNOWN)
    assert len({one.key for one in advice}) == len(advice)
    assert not {Kind.LARGER, Kind.SMALLER} <= {one.kind for one in advice}
    assert all(one.figures and len(one.key) <= 80 for one in advice)


@given(st.lists(st.integers(0, 10**6), min_size=8, max_size=8), st.floats(0.01, 1))
def test_a_percentile_is_a_bound_and_grows_with_the_share(counts: list[int], share: float) -> None:
    assert percentile(counts, share) <= percentile(counts, 1.0)
    assert percentile(counts, share) in {0, *BOUNDS, BOUNDS[-1] * 2}


@given(st.floats(0, 10**6))
def test_a_request_is_counted_where_its_time_belongs(milliseconds: float) -> None:
    place = bucket(milliseconds)
    assert place == len(BOUNDS) or milliseconds <= BOUNDS[place]
    assert place == 0 or milliseconds > BOUNDS[place - 1]


@pytest.fixture
def ada(scope: Cast) -> Client:
    Organization.objects.filter(pk=scope.organization.pk).update(edition="basic")
    return sign_in(scope, "admin", accept_language="en")


def test_the_page_shows_figures_advice_why_and_what_it_costs(ada: Client, scope: Cast) -> None:
    assert "Everything fits" in ada.get(URL).content.decode()
    member = Role.objects.get(key="member")
    for number in range(20):
        add_user(scope.organization, name=f"Person {number}", email=f"p{number}@cast.test", roles=[member])
    gather(scope.actor("admin"))
    gather(scope.actor("admin"))
    assert GrowthDay.objects.get().figures["users"] == 25
    note_new(scope.actor("admin"))
    text = ada.get(URL).content.decode()
    assert "Standard edition fits better" in text
    assert "Licence a month: 1,250 CNY instead of 220" in text
    assert "The edition is made for" in text
    assert "Standard edition fits better" in ada.get("/").content.decode()
    assert "Standard edition fits better" not in sign_in(scope, "owner", accept_language="en").get("/").content.decode()
    assert ada.post(f"{URL}/dismiss", {"key": "larger.standard", "days": "5"}).status_code == 422
    ada.post(f"{URL}/dismiss", {"key": "larger.standard", "days": "90"})
    assert "Standard edition fits better" not in ada.get("/").content.decode()
    text = ada.get(URL).content.decode()
    assert "1 advice is quiet" in text
    ada.post(f"{URL}/dismiss", {"key": "larger.standard", "again": "true"})
    assert "What it brings" in ada.get(URL).content.decode()
    assert sign_in(scope, "owner").get(URL).status_code == 403


def test_waiting_is_counted_for_the_day_of_the_organization(ada: Client, scope: Cast, monkeypatch) -> None:
    actor = scope.actor("admin")
    add(actor, [1, 2, 0, 0, 0, 0, 0, 0])
    add(actor, [1, 0, 0, 0, 0, 0, 0, 9])
    row = ResponseTimes.objects.get()
    assert (row.day, row.counts) == (today(actor.time_zone), [2, 2, 0, 0, 0, 0, 0, 9])
    monkeypatch.setattr(django_settings, "RESPONSE_TIMES_EVERY", 1e-9)
    ada.get("/customers")
    ada.get("/customers")
    assert sum(ResponseTimes.objects.get().counts) > 13


def test_the_night_gathers_for_every_organization(scope: Cast, strangers: Cast) -> None:
    gather_figures(timestamp=0)
    assert GrowthDay.objects.count() == 1
