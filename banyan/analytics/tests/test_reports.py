"""Reports through their pages and the interface, and what they read: furthest stages, stays, targets."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from banyan.analytics.periods import ALL_TIME, BEGINNING, Period
from banyan.analytics.reports.catalogue import reports
from banyan.analytics.reports.shapes import Question
from banyan.analytics.rules import expected_by
from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Invalid
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.models import Change
from banyan.core.tenancy.scope import organization_scope
from banyan.sales.models import Opportunity, Stage
from banyan.sales.public import lose_opportunity, move_opportunity, win_opportunity
from tests.cast import Cast, api_client, sign_in

ALWAYS = Period(ALL_TIME, BEGINNING, date(2100, 1, 1))


def stages() -> list[Stage]:
    return list(Stage.objects.filter(deleted_at=None).order_by("position"))


def opportunity(actor: Actor, name: str = "Signs", **values: Any) -> Opportunity:
    made = door.create(actor, spec_for(actor.organization, "opportunity"), {"name": name, "amount": "100", **values})
    return Opportunity.objects.get(pk=made.pk)


def rows_of(actor: Actor, report: str, table: str) -> list[dict[str, Any]]:
    with override("en"):
        page = reports[report].build(Question(actor, ALWAYS))
    found = next(entry for entry in page.tables if entry.name == table)
    return [{c.name: cell.value for c, cell in zip(found.columns, row, strict=True)} for row in found.rows]


def test_funnel_keeps_how_far_an_opportunity_came_when_it_is_lost(admin: Actor) -> None:
    steps = stages()
    lost, won, still = (opportunity(admin, name) for name in ("Lost", "Won", "Open"))
    move_opportunity(admin, lost.pk, stage_id=steps[2].pk)
    lose_opportunity(admin, lost.pk, reason="price")
    win_opportunity(admin, won.pk)

    found = rows_of(admin, "funnel", "stages")

    assert [row["reached"] for row in found] == [3, 2, 2, 1, 1]
    assert [row["lost"] for row in found] == [0, 0, 1, 0, None]
    lost.refresh_from_db()
    assert lost.furthest_stage_id == steps[2].pk
    still.refresh_from_db()
    assert still.furthest_stage_id == steps[0].pk


def test_furthest_stage_begins_anew_when_a_won_opportunity_is_opened_again(admin: Actor) -> None:
    steps, made = stages(), opportunity(admin)
    win_opportunity(admin, made.pk)

    move_opportunity(admin, made.pk, stage_id=steps[1].pk)

    made.refresh_from_db()
    assert made.furthest_stage_id == steps[1].pk


def test_ageing_averages_the_stays_that_ended_when_opportunities_move(admin: Actor) -> None:
    steps, made = stages(), opportunity(admin)
    Opportunity.objects.filter(pk=made.pk).update(stage_since=now() - timedelta(days=10))
    move_opportunity(admin, made.pk, stage_id=steps[1].pk)
    Opportunity.objects.filter(pk=made.pk).update(stage_since=now() - timedelta(days=90))

    by_stage = {row["stage"]: row for row in rows_of(admin, "ageing", "stages")}

    assert (by_stage[steps[0].name]["stay_days"], by_stage[steps[0].name]["stays"]) == (10.0, 1)
    assert (by_stage[steps[1].name]["average_days"], by_stage[steps[1].name]["stuck"]) == (90.0, 1)
    assert [row["opportunity"] for row in rows_of(admin, "ageing", "stuck")] == [str(made.pk)]


def test_reports_count_only_what_the_reader_may_see(scope: Cast) -> None:
    opportunity(scope.actor("admin"))
    own = scope.actor("salesperson")
    opportunity(own)

    assert next(row["reached"] for row in rows_of(own, "funnel", "stages")) == 1
    assert [row["person"] for row in rows_of(own, "funnel", "people")] == ["Sam Sales"]


def test_report_is_absent_when_a_field_that_it_counts_by_is_hidden(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        role = cast.users["viewer"].roles.first()
        role.field_grants = {"opportunity.reason": "hidden"}
        role.save()

    answer = sign_in(cast, "viewer").get("/reports/outcomes")

    assert answer.status_code == 404


@pytest.mark.parametrize("name", reports.keys())
def test_report_page_answers_in_both_languages_when_there_is_nothing_yet(cast: Cast, name: str) -> None:
    for language in ("en", "zh-hans"):
        client = sign_in(cast, "owner", **{"Accept-Language": language})
        assert client.get(f"/reports/{name}").status_code == 200
        assert client.get(f"/reports/{name}?period=all").status_code == 200


def test_target_is_named_after_its_month_and_above_zero(admin: Actor) -> None:
    spec = spec_for(admin.organization, "target")
    with override("en"):
        made = door.create(admin, spec, {"month": "2026-03-17", "amount": "500"})
    assert (str(made), made.month) == ("2026-03 · Whole team", date(2026, 3, 17))

    with pytest.raises(Invalid) as refused:
        door.create(admin, spec, {"month": "2026-03-02", "amount": "0"})
    assert [error.code for error in refused.value.errors] == ["too_small"]


def test_targets_report_adds_the_persons_up_when_the_team_has_none(admin: Actor) -> None:
    spec = spec_for(admin.organization, "target")
    for person in (admin.user_id, None):
        month = "2026-03-01" if person else "2026-04-01"
        door.create(admin, spec, {"month": month, "amount": "500", "person": person})
    won = opportunity(admin, amount="200", owner=admin.user_id)
    win_opportunity(admin, won.pk)
    Opportunity.objects.filter(pk=won.pk).update(closed_on=date(2026, 3, 20))

    found = {row["month"]: row for row in rows_of(admin, "targets", "months")}

    assert {month: Decimal(row["target"]["CNY"]) for month, row in found.items()} == {
        "2026-03-01": Decimal(500),
        "2026-04-01": Decimal(500),
    }
    assert (found["2026-03-01"]["reached"], found["2026-04-01"]["reached"]) == (40.0, 0.0)
    assert [row["reached"] for row in rows_of(admin, "targets", "people")] == [40.0]


def test_pace_grows_evenly_over_the_days_of_a_period() -> None:
    first, last, goal = date(2026, 4, 1), date(2026, 4, 30), Decimal(300)
    expected = [expected_by(day, first, last, goal) for day in (date(2026, 3, 31), first, date(2026, 4, 15), last)]
    assert expected == [Decimal(0), Decimal("10.00"), Decimal("150.00"), Decimal(300)]


def test_interface_answers_with_a_report_and_refuses_a_wrong_period(cast: Cast) -> None:
    client = api_client(cast, "admin")
    with organization_scope(cast.organization.pk):
        opportunity(cast.actor("admin"))
        changes = Change.objects.count()

    answer = client.get("/api/v1/reports/funnel?period=all").json()
    assert [row["reached"] for row in answer["tables"][0]["rows"]] == [1, 0, 0, 0, 0]
    assert [entry["name"] for entry in client.get("/api/v1/reports").json()["items"]] == reports.keys()
    for query in ("period=never", "from=2026-02-30&to=2026-03-01", "from=2026-03-02&to=2026-03-01"):
        refused = client.get(f"/api/v1/reports/funnel?{query}")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "bad_period")
    with organization_scope(cast.organization.pk):
        assert Change.objects.count() == changes


def test_report_without_figures_says_so_once(cast: Cast) -> None:
    page = sign_in(cast, "admin").get("/reports/outcomes").text

    assert page.count("Nothing to show yet") == 1
    assert page.count("Show all time") == 1
