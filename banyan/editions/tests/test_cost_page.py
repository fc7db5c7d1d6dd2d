"""The cost page: open to anybody, its address holds the scenario, and nothing wrong is shown as right."""

from __future__ import annotations

import pytest
from django.test import Client

from banyan.core.web.tests.pages import page_text
from tests.cast import Cast, sign_in


@pytest.mark.django_db
def test_anybody_sees_what_two_hundred_people_pay_in_all_parts() -> None:
    page = page_text(Client(headers={"accept-language": "en"}).get("/cost", {"headcount": "200"}))
    assert "Standard edition" in page
    assert all(part in page for part in ("Licence", "Custom development", "Training", "Data migration", "Total"))
    assert "What the total hinges on Share of people who use the CRM" in page


@pytest.mark.django_db
def test_what_somebody_knows_better_replaces_an_assumption() -> None:
    usual = page_text(Client(headers={"accept-language": "en"}).get("/cost", {"headcount": "200"}))
    known = page_text(Client(headers={"accept-language": "en"}).get("/cost", {"headcount": "200", "a_user_share": "1"}))
    assert usual != known
    assert "What the total hinges on Share of people" not in known


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"headcount": "0"}, "greater than or equal to 1"),
        ({"headcount": "10", "years": "11"}, "less than or equal to 10"),
        ({"headcount": "10", "a_price_rise": "3,2,1"}, "three that rise from zero"),
        ({"headcount": "10", "a_price_rise": "-1"}, "three that rise from zero"),
        ({"headcount": "10", "currency": "XYZ"}, "XYZ is not one of the available choices"),
    ],
)
def test_impossible_numbers_are_named_and_no_total_is_shown(sent: dict[str, str], said: str) -> None:
    answer = Client(headers={"accept-language": "en"}).get("/cost", sent)
    page = page_text(answer)
    assert answer.status_code == 422
    assert said in page
    assert "Total" not in page


def test_page_has_the_menu_for_whoever_is_signed_in(scope: Cast) -> None:
    assert "Customers" in page_text(sign_in(scope, "salesperson").get("/cost"))
