"""What tests of targets and forecasts share: a standard edition, opportunities and orders of people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from banyan.core.kernel.clock import today
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.money.public import FiscalPeriod, fiscal_period
from banyan.sales.models import Stage
from tests.cast import Cast

Deal = Callable[..., Any]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Let refusals be read in English, whatever catalogues are compiled."""
    with translation.override("en"):
        yield


@pytest.fixture
def company(scope: Cast) -> Cast:
    """The cast, with the standard edition."""
    scope.organization.edition = "standard"
    scope.organization.save(update_fields=["edition"])
    return scope


@pytest.fixture
def quarter(company: Cast) -> FiscalPeriod:
    return fiscal_period(company.organization, today("Asia/Shanghai"), "quarter")


@pytest.fixture
def month(company: Cast) -> FiscalPeriod:
    return fiscal_period(company.organization, today("Asia/Shanghai"), "month")


@pytest.fixture
def deal(company: Cast) -> Deal:
    """Make an opportunity of somebody: open with a category, or won."""
    actor = company.actor("admin")
    customer = door.create(actor, spec_for(actor.organization, "customer"), {"name": "Acme", "level": "a"})
    stages = {stage.outcome: stage.pk for stage in Stage.objects.filter(deleted_at=None).order_by("-position")}

    def make(
        owner: str, amount: str, *, category: str = "", won: bool = False, day: date | None = None, **more: Any
    ) -> Any:
        day = day or today("Asia/Shanghai")
        values: dict[str, Any] = {
            "name": f"Deal of {owner}",
            "customer": customer.pk,
            "owner": company.users[owner].pk,
            "amount": Decimal(amount),
            "expected_close_on": day,
            "stage": stages["won" if won else "open"],
            **more,
        }
        if won:
            values["closed_on"] = day
        elif category:
            values["forecast_category"] = category
        return door.create(actor, spec_for(actor.organization, "opportunity"), values)

    return make
