"""The roll-up, submissions, snapshots, and who sees whose forecast."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from banyan.core.access.models import ReportingLine
from banyan.core.access.scopes import Scope
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError, Invalid, NotAllowed, Refused
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.forecasts.choices import SubmissionKind
from banyan.forecasts.models import ForecastSnapshot, ForecastSubmission
from banyan.forecasts.queries.forecast import Figures, roll_up
from banyan.forecasts.queries.people import people_of
from banyan.forecasts.queries.submissions import course, kept_promises, standing
from banyan.forecasts.services.forecasts import adjust, adjust_team, submit, take_snapshots
from banyan.forecasts.tests.conftest import Deal
from banyan.money.models import ExchangeRate
from banyan.money.public import FiscalPeriod, NewRate, beside, enter_rates, fiscal_calendar
from banyan.sales.models import OpportunityMember
from tests.cast import Cast, sign_in, with_rights


def test_roll_up_adds_up_by_person_and_category(company: Cast, deal: Deal, quarter: FiscalPeriod) -> None:
    deal("owner", "100", category="commit")
    deal("owner", "20", category="best_case")
    deal("owner", "3", category="pipeline")
    deal("owner", "1000", won=True)
    deal("owner", "7", category="omitted")
    deal("owner", "5000", category="commit", day=quarter.last + timedelta(days=1))
    deal("teammate", "50", category="commit")

    found = roll_up(company.organization, quarter.first, quarter.last)

    mine = found.of(company.users["owner"].pk)
    assert (mine.pipeline, mine.best_case, mine.commit, mine.closed) == (3, 20, 100, 1000)
    assert (mine.certain, mine.hoped) == (1100, 1120)
    both = found.together([company.users["owner"].pk, company.users["teammate"].pk])
    assert both.commit == 150


def test_shared_credit_goes_to_whoever_has_it(company: Cast, deal: Deal, quarter: FiscalPeriod) -> None:
    shared = deal("owner", "1000", category="commit")
    OpportunityMember.objects.create(
        organization=company.organization, opportunity=shared, person=company.users["teammate"], share=Decimal(30)
    )

    found = roll_up(company.organization, quarter.first, quarter.last)

    assert found.of(company.users["owner"].pk).commit == 700
    assert found.of(company.users["teammate"].pk).commit == 300
    limited = roll_up(company.organization, quarter.first, quarter.last, people=[company.users["teammate"].pk])
    assert limited.of(company.users["teammate"].pk).commit == 300
    assert company.users["owner"].pk not in {person for person, _month in limited.figures}


def test_currency_without_a_rate_is_named_and_left_out_until_there_is_one(
    company: Cast, deal: Deal, quarter: FiscalPeriod
) -> None:
    rate = NewRate("USD", today("Asia/Shanghai"), Decimal(7))
    enter_rates(company.actor("admin"), [rate])
    deal("owner", "100", category="commit", currency="USD")
    ExchangeRate.objects.all().delete()
    deal("owner", "10", category="commit")
    owner = company.users["owner"].pk

    without = roll_up(company.organization, quarter.first, quarter.last)
    assert without.unknown == {"USD"}
    assert without.of(owner).commit == 10
    enter_rates(company.actor("admin"), [rate])
    found = roll_up(company.organization, quarter.first, quarter.last)
    assert found.unknown == set()
    assert found.of(owner).commit == 710


def test_own_figure_is_kept_with_what_the_opportunities_said(company: Cast, deal: Deal, quarter: FiscalPeriod) -> None:
    deal("owner", "100", category="commit")
    submit(company.actor("owner"), quarter, Decimal(90), note="One may slip")
    submit(company.actor("owner"), quarter, Decimal(95), note="Better")

    kept = list(ForecastSubmission.objects.order_by("at"))
    assert [row.amount for row in kept] == [90, 95]
    assert Decimal(kept[0].figures["commit"]) == 100
    assert standing(quarter).counts(company.users["owner"].pk).amount == 95  # type: ignore[union-attr]


@pytest.mark.parametrize("amount", ["-1", "99999999999999"])
def test_absurd_figures_are_refused(company: Cast, quarter: FiscalPeriod, amount: str) -> None:
    with pytest.raises(Invalid):
        submit(company.actor("owner"), quarter, Decimal(amount))
    assert not ForecastSubmission.objects.exists()


def test_period_that_is_over_takes_no_figure(company: Cast, quarter: FiscalPeriod) -> None:
    before = beside(fiscal_calendar(company.organization), quarter, -1)

    with pytest.raises(Refused, match="over"):
        submit(company.actor("owner"), before, Decimal(1))


def test_manager_adjusts_with_a_reason_until_the_person_says_something_new(
    company: Cast, quarter: FiscalPeriod
) -> None:
    manager, owner = company.actor("manager"), company.users["owner"]
    submit(company.actor("owner"), quarter, Decimal(100))

    with pytest.raises(Invalid, match="why"):
        adjust(manager, quarter, owner.pk, Decimal(80), reason=" ")
    adjust(manager, quarter, owner.pk, Decimal(80), reason="The customer waits")

    assert standing(quarter).counts(owner.pk).amount == 80  # type: ignore[union-attr]
    submit(company.actor("owner"), quarter, Decimal(110))
    assert standing(quarter).counts(owner.pk).amount == 110  # type: ignore[union-attr]
    assert ForecastSubmission.objects.filter(kind=SubmissionKind.OF_PERSON).count() == 1


def test_nobody_adjusts_those_they_do_not_lead(company: Cast, quarter: FiscalPeriod) -> None:
    salesperson = company.actor("salesperson")

    with pytest.raises(NotAllowed):
        adjust(salesperson, quarter, company.users["owner"].pk, Decimal(1), reason="So")
    with pytest.raises(NotAllowed):
        adjust(salesperson, quarter, company.users["salesperson"].pk, Decimal(1), reason="So")
    with pytest.raises(NotAllowed):
        adjust_team(salesperson, quarter, company.departments["south"].pk, Decimal(1), reason="So")


def test_whoever_leads_a_whole_team_forecasts_it(company: Cast, quarter: FiscalPeriod) -> None:
    adjust_team(company.actor("manager"), quarter, company.departments["sales"].pk, Decimal(500), reason="All in all")

    assert standing(quarter).teams[company.departments["sales"].pk].amount == 500


def test_reporting_line_opens_the_figures_of_reports(company: Cast) -> None:
    boss = with_rights(company.actor("salesperson"), opportunity=Scope.OWN)
    owner = company.users["owner"]

    assert owner.pk not in people_of(boss, "opportunity")
    ReportingLine.objects.create(organization=company.organization, user=owner, superior=company.users["salesperson"])
    assert owner.pk in people_of(boss, "opportunity")


def test_snapshots_are_written_where_something_changed(company: Cast, deal: Deal, quarter: FiscalPeriod) -> None:
    system = company.actor("admin")
    first = deal("owner", "100", category="commit")

    assert take_snapshots(system) == 1
    assert take_snapshots(system) == 0
    ForecastSnapshot.objects.update(day=today("Asia/Shanghai") - timedelta(days=3))
    door.update(system, spec_for(system.organization, "opportunity"), first.pk, {"amount": "150"})
    assert take_snapshots(system) == 1

    days = course([company.users["owner"].pk], quarter)
    assert [day.figures.commit for day in days][-1] == 150
    assert ForecastSnapshot.objects.count() == 2


def test_what_leaves_a_month_is_kept_as_nothing(company: Cast, deal: Deal) -> None:
    system = company.actor("admin")
    gone = deal("owner", "100", category="commit")
    take_snapshots(system)
    ForecastSnapshot.objects.update(day=today("Asia/Shanghai") - timedelta(days=1))
    door.update(system, spec_for(system.organization, "opportunity"), gone.pk, {"forecast_category": "omitted"})

    assert take_snapshots(system) == 1
    assert ForecastSnapshot.objects.order_by("-day")[0].commit == 0


def test_promises_are_compared_with_what_came_in(company: Cast, deal: Deal, quarter: FiscalPeriod) -> None:
    owner = company.users["owner"]
    before = beside(fiscal_calendar(company.organization), quarter, -1)
    deal("owner", "100", won=True, day=before.first)
    for amount, days in ((120, 10), (110, 60)):
        row = ForecastSubmission.objects.create(
            organization=company.organization, kind=SubmissionKind.OWN, person=owner, period="quarter",
            first_day=before.first, amount=amount, currency="CNY", by=owner,
        )  # fmt: skip
        ForecastSubmission.objects.filter(pk=row.pk).update(at=row.at - (row.at - row.at.replace(
            year=before.first.year, month=before.first.month, day=1)) + timedelta(days=days))  # fmt: skip

    (kept,) = kept_promises(company.organization, [owner.pk], quarter.kind, quarter)[owner.pk]
    assert (kept.first, kept.last, kept.outcome) == (120, 110, 100)
    assert (kept.accuracy_of_first, kept.accuracy_of_last) == (80, 90)


def test_page_opens_on_the_own_team_and_drills_down(company: Cast, deal: Deal, quarter: FiscalPeriod) -> None:
    deal("owner", "100", category="commit")
    deal("teammate", "50", category="best_case")
    browser = sign_in(company, "manager")

    team = browser.get("/forecast").content.decode()
    assert "Sales South" in team
    assert "Olga Owner" in team
    assert "¥100" in team
    south = re.search(r'href="(/forecast\?team=[0-9a-f-]+)"[^>]*>(?:(?!</a>).)*Sales South', team)
    assert south
    assert "Tom Teammate" in browser.get(south[1]).content.decode()
    owner = company.users["owner"].pk
    person = browser.get(f"/forecast?person={owner}").content.decode()
    assert "Deal of owner" in person
    assert f"/forecast/adjust?period={quarter.code}&amp;person={owner}" in person


def test_salesperson_sees_only_the_own_forecast(company: Cast, deal: Deal) -> None:
    deal("owner", "100", category="commit")
    browser = sign_in(company, "salesperson")

    own = browser.get("/forecast").content.decode()
    assert "Sam Sales" in own
    assert "Olga Owner" not in own
    assert browser.get(f"/forecast?person={company.users['owner'].pk}").status_code == 404
    assert browser.get(f"/forecast/adjust?person={company.users['owner'].pk}").status_code == 404


def test_figure_is_given_and_adjusted_by_dialog(company: Cast, quarter: FiscalPeriod) -> None:
    person = sign_in(company, "owner")
    refused = person.post(f"/forecast/submit?period={quarter.code}", {"amount": "-5"})
    assert refused.status_code == 422
    given = person.post(f"/forecast/submit?period={quarter.code}", {"amount": "90", "note": "Careful"})
    assert given.status_code == 303
    page = person.get(f"/forecast?person={company.users['owner'].pk}").content.decode()
    assert "Careful" in page
    manager = sign_in(company, "manager")
    url = f"/forecast/adjust?period={quarter.code}&person={company.users['owner'].pk}"
    assert manager.post(url, {"amount": "70", "note": ""}).status_code == 422
    assert manager.post(url, {"amount": "70", "note": "Too hopeful"}).status_code == 303
    seen = sign_in(company, "owner").get(f"/forecast?person={company.users['owner'].pk}").content.decode()
    assert "Too hopeful" in seen


def test_basic_edition_knows_nothing_of_it(company: Cast) -> None:
    company.organization.edition = "basic"
    company.organization.save(update_fields=["edition"])
    browser = sign_in(company, "admin")

    for path in ("/forecast", "/targets/attainment", "/targets/plan", "/targets/screen"):
        assert browser.get(path).status_code == 404
    assert "/forecast" not in browser.get("/").content.decode()


def test_figures_of_nobody_are_nothing() -> None:
    assert Figures() + Figures(commit=Decimal(1)) == Figures(commit=Decimal(1))


def test_strangers_have_nothing_of_it(company: Cast, strangers: Cast, deal: Deal, quarter: FiscalPeriod) -> None:
    deal("owner", "100", category="commit")
    with organization_scope(strangers.organization.pk):
        assert roll_up(strangers.organization, quarter.first, quarter.last).figures == {}
        with pytest.raises(DomainError):
            adjust(strangers.actor("admin"), quarter, company.users["owner"].pk, Decimal(1), reason="So")
