"""The way of a quote, through services, the door and the interface: what goes, and what nobody can do any more."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from banyan.core.access.actor import system_actor
from banyan.core.files.models import Attachment
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, DomainError, Invalid
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.core.records.drafts import WriteContext
from banyan.documents.public import can_draw
from banyan.portal.public import Recipient
from banyan.quotes import jobs
from banyan.quotes.models import Quote, QuoteDecision, QuoteLine, QuoteTemplate
from banyan.quotes.queries import quote_lines
from banyan.quotes.services.steps import Answer, accept_quote, decline_quote, expire_quotes, send_quote
from banyan.quotes.services.writing import (
    quote_from_opportunity,
    quote_from_template,
    revise,
    save_template,
    set_options,
)
from banyan.quotes.setting import change_settings
from banyan.quotes.tests.conftest import ALTERNATIVES, TOTAL, Company
from banyan.sales.public import Opportunity
from banyan.teamwork.models import Notification
from tests.cast import sign_in


def quote_spec(company: Company) -> Any:
    return spec_for(company.cast.organization, "quote")


def test_optional_line_does_not_count_until_it_is_taken(company: Company) -> None:
    with company.scope():
        quote = company.write()

        assert quote.amount == TOTAL
        assert (quote.status, quote.language, quote.name) == ("draft", "en", "Harbor Light Trading")
        assert quote.valid_until == today("Asia/Shanghai") + timedelta(days=30)


def test_quote_begins_with_the_opportunity_and_wins_it_when_accepted(company: Company) -> None:
    with company.scope():
        owner = company.actor()
        values = {"name": "Lights", "customer": company.customer.pk, "amount": "500.00"}
        chance = door.create(owner, spec_for(owner.organization, "opportunity"), values)
        quote = quote_from_opportunity(owner, chance.pk, context=WriteContext.for_actor(owner))
        assert (quote.name, quote.customer_id, quote.opportunity_id) == ("Lights", company.customer.pk, chance.pk)
        assert quote.amount == Decimal("500.00")

        send_quote(owner, quote.pk, Recipient("Wang"))
        accept_quote(system_actor(owner.organization), quote.pk, Answer("Wang Li"))

        assert Opportunity.objects.get(pk=chance.pk).outcome == "won"


@pytest.mark.parametrize("status", ["sent", "accepted", "declined", "expired", "replaced"])
def test_quote_that_is_no_draft_is_read_only_at_every_door(company: Company, status: str) -> None:
    with company.scope():
        quote, _link = company.sent()
        actor, admin, spec = company.actor(), company.actor("admin"), quote_spec(company)
        if status in {"accepted", "declined"}:
            (accept_quote if status == "accepted" else decline_quote)(actor, quote.pk, Answer("Wang"))
        elif status == "expired":
            Quote.objects.filter(pk=quote.pk).update(valid_until=today("UTC") - timedelta(days=3))
            assert expire_quotes(system_actor(actor.organization)) == 1
        elif status == "replaced":
            revise(actor, quote.pk)
        assert Quote.objects.get(pk=quote.pk).status == status
        line = QuoteLine.objects.filter(quote=quote).first()
        assert line is not None
        line_spec = spec_for(actor.organization, "quote_line")
        for attempt in (
            lambda: door.update(admin, spec, quote.pk, {"name": "Other"}),
            lambda: door.update(admin, spec, quote.pk, {"valid_until": "2030-01-01"}),
            lambda: door.update(admin, line_spec, line.pk, {"quantity": "9"}),
            lambda: door.create(admin, line_spec, {"quote": quote.pk, "name": "More", "unit_price": "1"}),
            lambda: recycle.delete(admin, line_spec, [line.pk]),
        ):
            with pytest.raises(DomainError):
                attempt()
        door.update(admin, spec, quote.pk, {"owner": company.cast.users["manager"].pk})
    browser = sign_in(company.cast, "admin")
    api = browser.patch(f"/api/v1/quotes/{quote.pk}", {"name": "Other"}, content_type="application/json")
    lines = browser.post(f"/api/v1/quotes/{quote.pk}/lines", {"lines": []}, content_type="application/json")
    bulk = browser.post(
        "/api/v1/quotes/bulk",
        {"action": "update", "ids": [str(quote.pk)], "values": {"name": "Other"}},
        content_type="application/json",
    )
    assert api.status_code in {403, 422}
    assert lines.status_code in {403, 422}
    assert bulk.status_code < 500
    with company.scope():
        kept = Quote.objects.get(pk=quote.pk)
        assert (kept.name, kept.amount, len(quote_lines(quote.pk))) == ("Harbor Light Trading", TOTAL, 3)


def test_line_out_of_the_recycle_bin_does_not_get_into_a_sent_quote(company: Company) -> None:
    with company.scope():
        quote = company.write()
        actor = company.actor()
        line = QuoteLine.objects.filter(quote=quote, name="Installation").get()
        line_spec = spec_for(actor.organization, "quote_line")
        recycle.delete(actor, line_spec, [line.pk])
        send_quote(actor, quote.pk, Recipient("Wang"))
        with pytest.raises(Conflict):
            recycle.restore(actor, line_spec, [line.pk])
        assert Quote.objects.get(pk=quote.pk).amount == Decimal("200.00")


def test_status_is_nobodys_to_write(company: Company) -> None:
    with company.scope():
        quote = company.write()
        with pytest.raises(DomainError):
            door.update(company.actor("admin"), quote_spec(company), quote.pk, {"status": "accepted"})
        with pytest.raises(DomainError):
            door.create(
                company.actor("admin"), quote_spec(company), {"customer": company.customer.pk, "status": "accepted"}
            )


def test_only_a_whole_quote_is_sent(company: Company) -> None:
    with company.scope():
        actor = company.actor()
        empty = door.create(actor, quote_spec(company), {"customer": company.customer.pk})
        late = company.write(valid_until=(today("UTC") - timedelta(days=2)).isoformat(), quoted_on="2020-01-01")
        for quote_id in (empty.pk, late.pk):
            with pytest.raises(Invalid):
                send_quote(actor, quote_id, Recipient("Wang"))
            assert Quote.objects.get(pk=quote_id).status == "draft"
        with pytest.raises(Invalid):
            send_quote(actor, company.write().pk, Recipient("Wang"), mails=True)


@pytest.mark.parametrize(
    "values", [{"discount_percent": "101"}, {"discount_percent": "-1"}, {"quantity": "-1"}, {"quantity": "9" * 11}]
)
def test_numbers_that_nobody_means_are_refused(company: Company, values: dict[str, str]) -> None:
    with company.scope(), pytest.raises(Invalid):
        company.write({"name": "Lamp", "quantity": "1", "unit_price": "10", **values})


def test_revision_has_the_same_content_and_replaces_the_older(company: Company) -> None:
    with company.scope():
        quote, _link = company.sent(*ALTERNATIVES)
        actor = company.actor()
        second = revise(actor, quote.pk)

        assert (second.revision, second.reference, second.previous_id) == (2, f"{quote.number}-V2", quote.pk)
        assert second.status == "draft"
        assert second.amount == quote.amount == Decimal("110.00")
        assert [line["alternative"] for line in quote_lines(second.pk)] == ["", "A", "A"]
        assert Quote.objects.get(pk=quote.pk).status == "replaced"
        with pytest.raises(Conflict):
            revise(actor, quote.pk)
        with pytest.raises(Conflict):
            accept_quote(actor, quote.pk, Answer("Wang"))
        send_quote(actor, second.pk, Recipient("Wang"))
        third = revise(actor, second.pk)
        assert third.reference == f"{quote.number}-V3"


def test_accepted_quote_keeps_the_evidence_and_tells_its_owner(company: Company) -> None:
    with company.scope():
        quote, _link = company.sent()
        decision = accept_quote(
            system_actor(company.cast.organization), quote.pk, Answer("Wang Li", address="203.0.113.7")
        )

        kept = QuoteDecision.objects.get(quote=quote)
        assert (kept.signer, kept.address, len(kept.content_hash)) == ("Wang Li", "203.0.113.7", 64)
        assert [line["name"] for line in kept.content["lines"]] == ["Lamp", "Installation", "Warranty"]
        assert kept.content["amount"] == "250.00"
        assert decision.content_hash == kept.content_hash
        told = Notification.objects.filter(user=company.cast.users["owner"]).values_list("text", flat=True)
        assert any("Wang Li" in text and quote.number in text for text in told)


def test_second_answer_comes_too_late(company: Company) -> None:
    with company.scope():
        quote, _link = company.sent()
        actor = system_actor(company.cast.organization)
        accept_quote(actor, quote.pk, Answer("Wang"))
        for again in (accept_quote, decline_quote):
            with pytest.raises(Conflict):
                again(actor, quote.pk, Answer("Li"))
        assert QuoteDecision.objects.get(quote=quote).signer == "Wang"


def test_expired_quote_is_not_accepted_even_before_the_night(company: Company) -> None:
    with company.scope():
        quote, _link = company.sent()
        Quote.objects.filter(pk=quote.pk).update(valid_until=today("Asia/Shanghai") - timedelta(days=1))
        with pytest.raises(Conflict):
            accept_quote(system_actor(company.cast.organization), quote.pk, Answer("Wang"))


def test_owner_is_reminded_once_before_the_end(company: Company) -> None:
    with company.scope():
        quote, _link = company.sent()
        admin = company.actor("admin")
        change_settings(admin, {"valid_days": 10, "remind_days": 5, "wins_opportunity": False})
        Quote.objects.filter(pk=quote.pk).update(valid_until=today("Asia/Shanghai") + timedelta(days=2))
        for _night in range(2):
            assert expire_quotes(system_actor(admin.organization)) == 0
        told = Notification.objects.filter(user=company.cast.users["owner"], text__contains="ends on")
        assert told.count() == 1


def test_template_keeps_lines_options_and_texts(company: Company) -> None:
    with company.scope():
        actor = company.actor()
        quote = company.write(*ALTERNATIVES, terms="Net 30")
        set_options(
            actor, quote.pk, {str(line["id"]): {"offer": "", "description": "As drawn"} for line in quote_lines(quote.pk)[:1]},
            context=WriteContext.for_actor(actor),
        )  # fmt: skip
        save_template(actor, quote.pk, "Street")
        template = QuoteTemplate.objects.get(name="Street")
        made = quote_from_template(
            actor, template, {"customer": company.customer.pk}, context=WriteContext.for_actor(actor)
        )

        assert made.terms == "Net 30"
        lines = quote_lines(made.pk)
        assert [line["name"] for line in lines] == ["Pole", "Steel", "Wood"]
        assert lines[0]["description"] == "As drawn"
        with pytest.raises(Invalid):
            save_template(actor, quote.pk, "  ")


def test_alternative_of_a_single_line_is_refused(company: Company) -> None:
    with company.scope():
        quote = company.write()
        first = quote_lines(quote.pk)[0]["id"]
        context = WriteContext.for_actor(company.actor())
        with pytest.raises(Invalid):
            set_options(company.actor(), quote.pk, {str(first): {"offer": "A"}}, context=context)


@pytest.mark.skipif(bool(can_draw()), reason="PDF cannot be made here")
def test_signed_paper_is_among_the_files(company: Company) -> None:
    with company.scope():
        quote, _link = company.sent()
        accept_quote(system_actor(company.cast.organization), quote.pk, Answer("Wang Li"))
    jobs.keep_signed(organization_id=str(company.cast.organization.pk), quote_id=str(quote.pk))
    with company.scope():
        attachment = Attachment.objects.get(about=f"quote:{quote.pk}")
        assert attachment.file.content_type == "application/pdf"
        assert quote.number in attachment.file.name


def test_programs_write_down_an_answer_and_make_the_order(company: Company) -> None:
    with company.scope():
        quote, _link = company.sent()
    browser = sign_in(company.cast, "owner")

    def send(step: str, **body: str) -> Any:
        return browser.post(f"/api/v1/quotes/{quote.pk}/{step}", body, content_type="application/json")

    assert send("become", kind="order").status_code == 409  # nobody has accepted it yet
    assert send("answer", kind="perhaps", signer="Wang Li").status_code == 422
    assert send("answer", kind="accepted", signer="").status_code == 422
    accepted = send("answer", kind="accepted", signer="Wang Li")
    assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")
    assert send("answer", kind="declined", signer="Wang Li", reason="Too dear").status_code == 409
    made, again = send("become", kind="order").json(), send("become", kind="order").json()
    assert made == again
    order = browser.get(f"/api/v1/orders/{made['id']}").json()
    assert order["amount"] == accepted.json()["amount"]
    assert send("become", kind="boat").status_code == 422
