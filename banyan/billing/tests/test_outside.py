"""What leaves the house: invoices and statements at a link, notices of subscriptions; and who keeps the money."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from banyan.billing.models import BuyerHeader, Invoice, Subscription
from banyan.billing.rules import MONTHS, REMIND_AHEAD, later, notice_of
from banyan.billing.services.noticing import tell_of_notices
from banyan.billing.tests.conftest import Desk
from banyan.billing.views.portal import recipient_of
from banyan.core.access.founding import found_organization
from banyan.core.identity.models import Role, UserRole
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.portal.public import Recipient, create_link
from banyan.teamwork.models import Notification
from tests.cast import Cast, api_client, sign_in


@pytest.fixture
def issued(cast: Cast) -> Invoice:
    Organization.objects.filter(pk=cast.organization.pk).update(edition="standard")
    with organization_scope(cast.organization.pk):
        desk = Desk(cast.actor("admin"))
        order = desk.order(lines=[{"name": "Pump", "quantity": "2", "unit_price": "50", "tax_rate": "13"}])
        BuyerHeader.objects.create(
            organization_id=cast.organization.pk,
            customer=desk.customer,
            title="Harbor Light",
            email="bills@harbor.example",
        )
        return desk.issued(order)


def test_customer_reads_the_invoice_and_the_statement_at_links_and_nothing_else(cast: Cast, issued: Invoice) -> None:
    with organization_scope(cast.organization.pk):
        actor = cast.actor("admin")
        assert recipient_of(issued.customer_id)[:2] == ("Harbor Light Trading", "bills@harbor.example")
        paths = []
        for name, pk, purpose in (
            ("invoice", issued.pk, "invoice"), ("customer", issued.customer_id, "statement"),
        ):  # fmt: skip
            link = create_link(actor, name, pk, purpose=purpose, recipient=Recipient("Wang", language="en"))
            paths.append("/p/" + link.url.rpartition("/")[2])
    visitor = Client()
    invoice, statement = (visitor.get(path).content.decode() for path in paths)

    assert "Pump" in invoice
    assert issued.official_number in invoice
    assert "100.00" in statement
    assert "Open by age" in statement
    assert visitor.get(paths[0].replace("/p/", "/p/0")).status_code == 404
    assert visitor.get(f"{paths[1]}/comment").status_code == 404


def test_invoice_is_sent_from_its_page_once_it_is_issued(cast: Cast, issued: Invoice) -> None:
    browser = sign_in(cast, "admin")
    url = f"/portal/invoices/{issued.pk}/links/invoice/new"

    assert url in browser.get(f"/invoices/{issued.pk}").content.decode()
    assert "bills@harbor.example" in browser.get(url).content.decode()
    assert "links/statement/new" in browser.get(f"/billing/customers/{issued.customer_id}/statement").content.decode()


def test_owner_is_told_once_before_a_subscription_renews_itself(desk: Desk) -> None:
    day = date(2026, 3, 2)
    given = {"customer": str(desk.customer.pk), "name": "Cloud", "unit_price": "1200", "starts_on": "2026-01-31"}
    spec = spec_for(desk.actor.organization, "subscription")
    made = door.create(desk.actor, spec, {**given, "period": "year", "notice_days": 30})
    door.create(desk.actor, spec, {**given, "period": "month"})
    Subscription.objects.filter(pk=made.pk).update(next_on=day + timedelta(days=40))
    other = door.create(desk.actor, spec, {**given, "ends_on": "2026-03-31"})
    Subscription.objects.filter(pk=other.pk).update(next_on=date(2026, 3, 31))

    assert tell_of_notices(desk.actor, day) == 1
    assert tell_of_notices(desk.actor, day + timedelta(days=5)) == 1
    assert tell_of_notices(desk.actor, day + timedelta(days=6)) == 0
    texts = " ".join(str(row.text) for row in Notification.objects.all())
    assert "2026" in texts


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400), st.sampled_from(["month", "quarter", "year"]),
    st.booleans(), st.none() | st.integers(0, 900),
)  # fmt: skip
def test_notice_comes_before_what_it_tells_of(
    next_on: date,
    notice_days: int,
    period: str,
    is_renewed: bool,  # noqa: FBT001 drawn
    ends_in: int | None,
) -> None:
    ends_on = None if ends_in is None else next_on + timedelta(days=ends_in)
    found = notice_of(
        next_on=next_on,
        ends_on=ends_on,
        is_renewed=is_renewed,
        period=period,
        notice_days=notice_days,
        anchor=next_on.day,
    )

    assert (found is None) == (
        ends_on is None and is_renewed and period_days(next_on, period) <= notice_days + REMIND_AHEAD
    )
    if found is not None:
        assert found.last_day <= found.on
        assert not found.is_due(found.on)
        assert found.is_end == (ends_on is not None or not is_renewed)


def period_days(start: date, period: str) -> int:
    return (later(start, MONTHS[period], anchor=start.day) - start).days


def test_finance_keeps_accounts_and_warehouse_does_not_buy(cast: Cast, issued: Invoice) -> None:
    browser = sign_in(cast, "admin")
    for key in ("finance", "warehouse", "purchase"):
        assert browser.post(f"/settings/roles/ready/{key}").status_code in {200, 303}
    assert browser.post("/settings/roles/ready/none").status_code == 404
    assert "Add the role" not in browser.get("/settings/roles").content.decode()
    with organization_scope(cast.organization.pk):
        for person, key in (("viewer", "finance"), ("salesperson", "warehouse")):
            UserRole.objects.filter(user=cast.users[person]).delete()
            UserRole.objects.create(
                organization=cast.organization, user=cast.users[person], role=Role.objects.get(key=key)
            )
    finance, warehouse = sign_in(cast, "viewer"), sign_in(cast, "salesperson")
    assert finance.get("/receivables").status_code == 200
    assert "Cancel" in finance.get(f"/invoices/{issued.pk}").content.decode()
    assert finance.get("/stock/to-order").status_code in {403, 404}
    assert warehouse.get("/stock/work").status_code == 200
    assert warehouse.get("/stock/to-order").status_code in {403, 404}
    assert warehouse.get("/invoices").status_code in {403, 404}
    assert api_client(cast, "salesperson").get("/api/v1/payments").status_code in {403, 404}


@pytest.mark.django_db
def test_organization_of_an_edition_with_accounts_begins_with_a_finance_role() -> None:
    keys = []
    for edition in ("basic", "standard", "enterprise"):
        made = found_organization(name=f"New {edition}", edition=edition)
        with organization_scope(made.pk):
            keys.append(set(Role.objects.values_list("key", flat=True)))
    assert keys[1] - keys[0] == {"finance", "marketing", "service", "warehouse"}
    assert keys[2] - keys[1] == {"purchase"}
