"""Discounts above one's authority: the quote is locked until somebody has decided, and goes out only then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from banyan.core.access.actor import system_actor
from banyan.core.approvals.deciding import decide
from banyan.core.approvals.definitions import EVERY_FIELD, read_definition
from banyan.core.approvals.flows import create_flow, publish_flow, save_draft
from banyan.core.approvals.models import Approval, Flow
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import Conflict, DomainError
from banyan.core.objects.registry import spec_for
from banyan.portal.public import Recipient
from banyan.products.lines.discounts import decide_discount, discount_of
from banyan.products.public import replace_lines
from banyan.products.services import set_discount_limits
from banyan.quotes.models import Quote
from banyan.quotes.services.outcomes import make_outcome
from banyan.quotes.services.steps import Answer, accept_quote, send_quote
from banyan.quotes.tests.conftest import Company

DEAR = {"name": "Lamp", "quantity": 1, "unit_price": 100, "discount_percent": 30}


def limit(company: Company, **flows: str) -> None:
    roles = {role.key: str(role.pk) for role in Role.objects.all()}
    limits = [{"role": roles["member"], "percent": "10"}, {"role": roles["manager"], "percent": "40"}]
    set_discount_limits(company.actor("admin"), limits=limits, over="approve", flows=flows)


@pytest.fixture
def flow(company: Company) -> Callable[[], Flow]:
    def make() -> Flow:
        admin = company.actor("admin")
        manager = {"kind": "people", "people": [str(company.cast.users["manager"].pk)]}
        step = {"key": "manager", "names": {"en": "Manager"}, "approvers": [manager]}
        definition = read_definition({"steps": [step], "lock": {"fields": [EVERY_FIELD]}})
        made = create_flow(admin, spec_for(admin.organization, "quote"), {"en": "Discount", "zh": "折扣审批"})
        save_draft(admin, made.pk, **{name: getattr(definition, name) for name in definition.__dataclass_fields__})
        return publish_flow(admin, made.pk)

    return make


def status_of(quote: Quote) -> Any:
    return Quote.objects.get(pk=quote.pk).status


@pytest.mark.parametrize("agrees", [True, False])
def test_flow_locks_the_quote_until_it_is_decided(company: Company, flow: Callable[[], Flow], agrees: bool) -> None:  # noqa: FBT001 a parameter
    with company.scope():
        limit(company, quote=str(flow().pk))
        owner, manager = company.actor(), company.actor("manager")
        quote = company.write(DEAR)
        assert status_of(quote) == "approval"
        for attempt in (
            lambda: send_quote(owner, quote.pk, Recipient("Wang")),
            lambda: replace_lines(owner, "quote", quote.pk, [{"name": "Lamp", "unit_price": 100}]),
        ):
            with pytest.raises(DomainError):
                attempt()

        decide(manager, Approval.objects.get(record_id=quote.pk).pk, agree=agrees, comment="Well")

        assert status_of(quote) == "draft"
        if agrees:
            send_quote(owner, quote.pk, Recipient("Wang"))
            assert status_of(quote) == "sent"
        else:
            with pytest.raises(Conflict, match="refused"):
                send_quote(owner, quote.pk, Recipient("Wang"))


def test_discount_is_decided_by_hand_where_no_flow_is(company: Company) -> None:
    with company.scope():
        limit(company)
        owner = company.actor()
        quote = company.write(DEAR)
        with pytest.raises(Conflict, match="needs approval"):
            send_quote(owner, quote.pk, Recipient("Wang"))
        decide_discount(company.actor("manager"), "quote", quote.pk, agree=True)
        send_quote(owner, quote.pk, Recipient("Wang"))

        accept_quote(system_actor(owner.organization), quote.pk, Answer("Wang"))
        name, order_id = make_outcome(owner, quote.pk, "order")
        assert discount_of(name, order_id) is None
