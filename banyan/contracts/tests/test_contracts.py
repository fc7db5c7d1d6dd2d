from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from banyan.contracts.events import ContractSigned
from banyan.contracts.jobs import follow_calendar
from banyan.contracts.models import Clause, Contract, ContractAmendment
from banyan.contracts.public import instalments_of, terms_of
from banyan.contracts.services.amendments import amend, propose_plan, sign_amendment
from banyan.contracts.services.instalments import replace_instalments
from banyan.contracts.services.renewing import renew
from banyan.contracts.services.steps import reopen, sign, submit, terminate
from banyan.contracts.services.terms import add_clauses, save_clause, set_term
from banyan.core.access.actor import Actor, system_actor
from banyan.core.approvals.deciding import decide
from banyan.core.approvals.models import Approval
from banyan.core.approvals.services import withdraw
from banyan.core.identity.events import PeopleToTell
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, DomainError, Invalid, Refused
from banyan.core.kernel.events import subscribe, unsubscribe
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.customers.models import Customer
from tests.cast import Cast

Write = Callable[..., Contract]
TODAY = today("Asia/Shanghai")


def codes(problem: Any) -> set[tuple[str, str]]:
    return {(error.field, error.code) for error in problem.value.errors}


def update(actor: Actor, contract: Contract, **values: Any) -> Any:
    return door.update(actor, spec_for(actor.organization, "contract"), contract.pk, values)


@pytest.fixture
def owner(company: Cast) -> Actor:
    return company.actor("owner")


@pytest.fixture
def signed(owner: Actor, write: Write) -> Contract:
    contract = write(starts_on=str(TODAY - timedelta(days=10)), ends_on=str(TODAY + timedelta(days=20)))
    replace_instalments(
        owner, contract.pk,
        [{"name": "Down payment", "share": "30", "event": "signing"}, {"share": "70", "event": "acceptance", "days": "30"}],
    )  # fmt: skip
    sign(owner, contract.pk, {"customer_signer": "Wang Wei"})
    contract.refresh_from_db()
    return contract


def test_signing_fixes_the_contract_and_makes_the_prospect_a_customer(
    owner: Actor, write: Write, customer: Customer
) -> None:
    heard: list[ContractSigned] = []
    subscribe(ContractSigned, "tests.signed", heard.append)
    try:
        contract = write(name="Supply")
        sign(owner, contract.pk, {})
    finally:
        unsubscribe(ContractSigned, "tests.signed")

    contract.refresh_from_db()
    customer.refresh_from_db()
    assert (contract.status, contract.number[:3], customer.status) == ("active", "CT-", "active")
    assert [event.contract_ids for event in heard] == [(contract.pk,)]
    with pytest.raises(Invalid) as refused:
        update(owner, contract, amount="2000", notes="still mine")
    assert codes(refused) == {("amount", "agreed")}
    update(owner, contract, notes="still mine")
    with pytest.raises(Conflict):
        sign(owner, contract.pk, {})


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"starts_on": "2026-05-01", "ends_on": "2026-04-30"}, ("ends_on", "before_start")),
        ({"amount": "-1"}, ("amount", "negative")),
        ({"ends_on": None, "renewal": "automatic"}, ("ends_on", "required")),
        ({"notice_days": "9999"}, ("notice_days", "out_of_range")),
        ({"signed_on": "2999-01-01"}, ("signed_on", "out_of_range")),
        ({"signed_on": str(TODAY + timedelta(days=3))}, ("signed_on", "in_future")),
        ({"status": "active"}, ("status", "read_only")),
    ],
)
def test_bad_values_are_refused_where_they_are(write: Write, values: dict[str, Any], error: tuple[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        write(**values)
    assert error in codes(refused)
    assert not Contract.objects.exists()


def test_instalments_have_to_be_the_amount(owner: Actor, write: Write) -> None:
    contract = write(amount="1000.01")
    with pytest.raises(Invalid) as refused:
        replace_instalments(
            owner, contract.pk, [{"share": "50", "event": "signing"}, {"amount": "499", "event": "delivery"}]
        )
    assert codes(refused) == {("instalments", "instalments_differ")}
    with pytest.raises(Invalid) as wrong:
        replace_instalments(
            owner, contract.pk,
            [{"share": "10", "amount": "5", "event": "signing"}, {"share": "-1", "due_on": "2026-02-30"}, {"share": "5"}],
        )  # fmt: skip
    assert ("instalments.0.amount", "share_or_amount") in codes(wrong)
    assert ("instalments.1.due_on", "not_date") in codes(wrong)
    assert ("instalments.2.due_on", "required") in codes(wrong)

    thirds = [{"share": "33.3333", "event": "signing"}, {"share": "33.3333", "event": "delivery"},
              {"share": "33.3334", "due_on": "2026-12-01"}]  # fmt: skip
    replace_instalments(owner, contract.pk, thirds)
    assert sum(entry.amount for entry in instalments_of(contract.pk)) == Decimal("1000.01")

    update(owner, contract, amount="500")
    replace_instalments(owner, contract.pk, [{"amount": "500", "event": "signing"}])
    update(owner, contract, amount="600")
    with pytest.raises(Invalid) as unsigned:
        sign(owner, contract.pk, {})
    assert codes(unsigned) == {("amount", "instalments_differ")}


def test_an_amendment_keeps_old_and_new_and_needs_a_plan_that_fits(owner: Actor, signed: Contract) -> None:
    fixed = [{"amount": "400", "event": "signing"}, {"amount": "900", "event": "delivery"}]
    made = amend(owner, signed.pk, {"reason": "More machines", "new_amount": "1300"}, instalments=fixed)
    later = str(TODAY + timedelta(days=400))
    other = amend(owner, signed.pk, {"reason": "Longer", "new_ends_on": later})

    sign_amendment(owner, made.pk)
    sign_amendment(owner, other.pk)

    signed.refresh_from_db()
    found = ContractAmendment.objects.get(pk=made.pk)
    assert (signed.amount, signed.revision, str(signed.ends_on)) == (Decimal(1300), 2, later)
    assert [entry.amount for entry in instalments_of(signed.pk)] == [Decimal(400), Decimal(900)]
    assert (found.status, found.old_amount, found.revision) == ("signed", Decimal(1000), 1)
    assert [change["name"] for change in found.changes] == ["amount", "instalments"]
    cheaper = amend(owner, signed.pk, {"reason": "Less", "new_amount": "1000"})
    with pytest.raises(Invalid) as refused:
        sign_amendment(owner, cheaper.pk)
    assert codes(refused) == {("instalments", "instalments_differ")}
    with pytest.raises(Conflict):
        sign_amendment(owner, made.pk)


def test_a_draft_or_an_ended_contract_is_not_amended(owner: Actor, write: Write, signed: Contract) -> None:
    draft = write()
    with pytest.raises(Invalid) as refused:
        amend(owner, draft.pk, {"reason": "x", "new_amount": "5"})
    assert codes(refused) == {("contract", "not_signed")}
    amendment = amend(owner, signed.pk, {"reason": "x", "wording": "We agree."})
    terminate(owner, signed.pk, reason="No budget")
    with pytest.raises(Invalid) as ended:
        amend(owner, signed.pk, {"reason": "x", "new_amount": "5"})
    assert codes(ended) == {("contract", "ended")}
    with pytest.raises(Conflict):
        sign_amendment(owner, amendment.pk)
    with pytest.raises(Invalid) as backwards:
        amend(owner, write(signed_on="2026-01-01", ends_on=None).pk, {"reason": "x", "new_ends_on": "2025-01-01"})
    assert codes(backwards) == {("new_ends_on", "before_start")}


def test_what_needs_approval_is_signed_only_after_it(
    company: Cast, owner: Actor, write: Write, need_approval: Callable[..., None]
) -> None:
    need_approval("contract", {"field": "amount", "op": "gt", "value": "5000"})
    small, large = write(amount="4000"), write(amount="9000")
    sign(owner, small.pk, {})
    with pytest.raises(Invalid) as refused:
        sign(owner, large.pk, {})
    assert codes(refused) == {("signed_on", "needs_approval")}
    with pytest.raises(Invalid):
        write(amount="9000", signed_on="2026-01-02")

    submit(owner, large.pk)
    large.refresh_from_db()
    assert large.status == "in_approval"
    with pytest.raises(Invalid):
        update(owner, large, amount="10")
    decide(company.actor("manager"), Approval.objects.get().pk, agree=True)
    large.refresh_from_db()
    assert large.status == "approved"
    reopen(owner, large.pk)
    submit(owner, large.pk)
    withdraw(owner, Approval.objects.order_by("-started_at")[0].pk)
    large.refresh_from_db()
    assert large.status == "draft"
    submit(owner, large.pk)
    decide(company.actor("manager"), Approval.objects.order_by("-started_at")[0].pk, agree=True)
    sign(owner, large.pk, {})
    large.refresh_from_db()
    assert large.status == "active"


def test_an_amendment_has_its_own_approval(
    company: Cast, owner: Actor, signed: Contract, need_approval: Callable[..., None]
) -> None:
    need_approval("contract_amendment", {"field": "new_amount", "op": "gt", "value": "1500"})
    made = amend(owner, signed.pk, {"reason": "Double", "new_amount": "2000"})
    with pytest.raises(Refused):
        sign_amendment(owner, made.pk)
    from banyan.contracts.services.amendments import submit_amendment  # noqa: PLC0415 used here only

    submit_amendment(owner, made.pk)
    with pytest.raises(DomainError):
        propose_plan(owner, made.pk, [])
    decide(company.actor("manager"), Approval.objects.get().pk, agree=True)
    sign_amendment(owner, made.pk)
    signed.refresh_from_db()
    assert signed.amount == Decimal(2000)
    assert [entry.amount for entry in instalments_of(signed.pk)] == [Decimal(600), Decimal(1400)]


def test_renewing_carries_terms_and_plan_over_and_ends_the_old_one_when_signed(owner: Actor, signed: Contract) -> None:
    made = renew(owner, signed.pk)
    assert isinstance(made, Contract)
    assert (made.status, made.starts_on, made.amount) == ("draft", signed.ends_on + timedelta(days=1), Decimal(1000))  # type: ignore[operator]
    assert [entry.name for entry in instalments_of(made.pk)] == ["Down payment", "Instalment 2"]
    with pytest.raises(Conflict):
        renew(owner, signed.pk)
    sign(owner, made.pk, {})
    signed.refresh_from_db()
    assert signed.status == "renewed"


def test_the_calendar_reminds_once_expires_and_renews(
    company: Cast, owner: Actor, write: Write, signed: Contract
) -> None:
    told: list[PeopleToTell] = []
    subscribe(PeopleToTell, "tests.told_people", told.append)
    over = write(
        signed_on=str(TODAY - timedelta(days=5)), starts_on="2024-01-01", ends_on=str(TODAY - timedelta(days=1))
    )
    assert over.status == "expired"
    running = write(
        signed_on="2026-01-01", starts_on="2026-01-01", ends_on=str(TODAY + timedelta(days=1)), renewal="automatic"
    )
    actor = system_actor(company.organization)
    try:
        follow_calendar(actor, TODAY)
        follow_calendar(actor, TODAY)
        assert len([event for event in told if str(signed) in event.values.values()]) >= 1
        assert len(told) == 2
        follow_calendar(actor, TODAY + timedelta(days=30))
    finally:
        unsubscribe(PeopleToTell, "tests.told_people")

    signed.refresh_from_db()
    running.refresh_from_db()
    after = Contract.objects.get(renewed_from=running.pk)
    assert (signed.status, running.status, after.status) == ("expired", "renewed", "active")
    assert after.starts_on == TODAY + timedelta(days=2)


def test_terms_keep_the_version_that_they_took_over(company: Cast, owner: Actor, write: Write) -> None:
    admin = company.actor("admin")
    law = save_clause(admin, None, {"name": "Law", "text": "Chinese law applies.", "is_standard": True})
    pay = save_clause(admin, None, {"name": "Payment", "text": "30 days net."})
    contract = write()
    assert [term.title for term in terms_of(contract.pk)] == ["Law"]
    add_clauses(owner, contract.pk, [pay.pk, law.pk, uuid.uuid4()])
    save_clause(admin, pay.pk, {"name": "Payment", "text": "14 days net."})
    terms = terms_of(contract.pk)
    assert [(term.title, term.text, term.clause_version) for term in terms] == [
        ("Law", "Chinese law applies.", 1),
        ("Payment", "30 days net.", 1),
    ]
    assert Clause.objects.get(pk=pay.pk).latest == 2
    sign(owner, contract.pk, {})
    with pytest.raises(Refused):
        set_term(owner, contract.pk, None, title="Late", text="Too late.")
    with pytest.raises(Refused):
        replace_instalments(owner, contract.pk, [])
