"""Quotes through HTTP: the customer at the link, and the people of the organization on their pages."""

from __future__ import annotations

import base64
import io
import re
from decimal import Decimal

import pypdfium2
import pytest
from django.core import mail
from django.test import Client
from PIL import Image, ImageDraw

from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.documents.public import can_draw
from banyan.portal.public import PortalLink, Recipient
from banyan.portal.services.mailing import send_link
from banyan.quotes.models import Quote, QuoteDecision, QuoteOutcome
from banyan.quotes.queries import quote_lines
from banyan.quotes.services.steps import Answer, accept_quote, send_quote
from banyan.quotes.services.writing import revise, set_options
from banyan.quotes.tests.conftest import ALTERNATIVES, NAME, TOTAL, Company
from tests.cast import Cast, sign_in

needs_pdf = pytest.mark.skipif(bool(can_draw()), reason="PDF cannot be made here")


def path_of(link: PortalLink) -> str:
    return "/p/" + link.url.rpartition("/p/")[2]


def drawn() -> str:
    written = io.BytesIO()
    picture = Image.new("RGBA", (640, 200))
    ImageDraw.Draw(picture).line((20, 150, 300, 40, 500, 160), fill=(10, 40, 60, 255), width=6)
    picture.save(written, "PNG")
    return "data:image/png;base64," + base64.b64encode(written.getvalue()).decode()


def hidden(text: str) -> dict[str, str]:
    found = {name: re.search(f'name="{name}" value="([^"]*)"', text) for name in ("form_key", "seen")}
    return {name: match[1] for name, match in found.items() if match}


@pytest.fixture
def sent(company: Company) -> tuple[Quote, str]:
    with company.scope():
        quote, link = company.sent(*ALTERNATIVES)
        return quote, path_of(link)


def test_customer_reads_chooses_and_signs(company: Company, sent: tuple[Quote, str]) -> None:
    quote, path = sent
    visitor = Client(REMOTE_ADDR="203.0.113.9")
    page = visitor.get(path).content.decode()
    for word in (quote.number, NAME, "Steel", "Alternative A", "CN¥110.00", "Accept and sign"):
        assert word in page, word
    with company.scope():
        wood = next(line["id"] for line in quote_lines(quote.pk) if line["name"] == "Wood")

    answer = visitor.post(
        f"{path}/accept", {**hidden(page), "signer": "Wang Li", "signature": drawn(), "group_A": str(wood)}
    )

    assert answer.status_code == 303, answer.content.decode()
    after = visitor.get(answer["Location"]).content.decode()
    assert "Thank you" in after
    assert "CN¥90.00" in after
    assert "data:image/png;base64" in after
    assert "Accept and sign" not in after
    with company.scope():
        stored = Quote.objects.get(pk=quote.pk)
        decision = QuoteDecision.objects.get(quote=quote)
        assert (stored.status, stored.amount) == ("accepted", Decimal("90.00"))
        assert (decision.signer, decision.address) == ("Wang Li", "203.0.113.9")
        assert [line["counts"] for line in decision.content["lines"]] == [True, False, True]
        assert decision.signature is not None
    owner = sign_in(company.cast, "owner")
    shown = owner.get(f"/quotes/{quote.pk}").content.decode()
    assert "Accepted by Wang Li" in shown
    assert decision.content_hash in shown
    assert owner.get(f"/quotes/{quote.pk}/signature")["Content-Type"] == "image/png"


def test_customer_declines_with_a_reason(company: Company, sent: tuple[Quote, str]) -> None:
    quote, path = sent
    visitor = Client()
    page = visitor.get(path).content.decode()

    answer = visitor.post(f"{path}/decline", {**hidden(page), "signer": "Wang", "reason": "Too dear"})

    assert answer.status_code == 303
    with company.scope():
        stored = Quote.objects.get(pk=quote.pk)
        assert (stored.status, stored.decline_reason) == ("declined", "Too dear")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"signer": "  "}, "full name"),
        ({"signature": "data:image/png;base64," + "A" * 400_000}, "too large"),
        ({"signature": "data:text/html;base64,PGI+"}, "cannot be read"),
        ({"signature": "data:image/png;base64,iVBORw0KGgo="}, "no picture"),
        ({"group_A": ""}, "exactly one"),
        ({"chosen": "01900000-0000-7000-8000-000000000000"}, "not part of this quote"),
        ({"seen": "0" * 64}, "has changed"),
        ({"seen": ""}, "has changed"),
    ],
)
def test_bad_answers_are_told_and_change_nothing(
    company: Company, sent: tuple[Quote, str], changed: dict[str, str], told: str
) -> None:
    quote, path = sent
    visitor = Client()
    page = visitor.get(path).content.decode()
    with company.scope():
        steel = next(line["id"] for line in quote_lines(quote.pk) if line["name"] == "Steel")

    given = {**hidden(page), "signer": "Wang", "group_A": str(steel), "signature": "", **changed}
    answer = visitor.post(f"{path}/accept", given)

    assert answer.status_code in {409, 422}
    assert told in answer.content.decode()
    with company.scope():
        assert Quote.objects.get(pk=quote.pk).status == "sent"
        assert not QuoteDecision.objects.exists()


def test_replaced_version_cannot_be_accepted_at_its_old_link(company: Company, sent: tuple[Quote, str]) -> None:
    quote, path = sent
    visitor = Client()
    before = visitor.get(path).content.decode()
    with company.scope():
        revise(company.actor(), quote.pk)

    page = visitor.get(path).content.decode()
    answer = visitor.post(f"{path}/accept", {**hidden(before), "signer": "Wang"})

    assert "A newer version has replaced this quote" in page
    assert "Accept and sign" not in page
    assert answer.status_code == 409


@needs_pdf
@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", ("报价单", "金额大写", "壹佰壹拾元整")), ("en", ("Quotation", "Total"))]
)
def test_customer_takes_the_quote_as_pdf(sent: tuple[Quote, str], language: str, words: tuple[str, ...]) -> None:
    quote, path = sent
    answer = Client().get(f"{path}/pdf", {"lang": language})

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    text = pypdfium2.PdfDocument(answer.content)[0].get_textpage().get_text_range()
    for word in (*words, quote.number, "Steel", NAME):
        assert word in text, text


def test_quote_is_sent_by_message_with_its_link(company: Company) -> None:
    with company.scope():
        quote = company.write()
        actor = company.actor()
        link = send_quote(
            actor, quote.pk, Recipient("Wang", "wang@customer.example", "zh-hans"), mails=True, message="请查收"
        )
    send_link(
        organization_id=str(actor.organization_id), user_id=str(actor.user_id), link_id=str(link.pk), message="请查收"
    )

    (message,) = mail.outbox
    assert link.url in message.body
    assert "请查收" in message.body
    assert message.to == ["wang@customer.example"]


def test_people_send_revise_and_compare_on_pages(company: Company) -> None:
    with company.scope():
        quote = company.write()
    browser = sign_in(company.cast, "owner")
    assert "Send to the customer" in browser.get(f"/quotes/{quote.pk}").content.decode()
    form = browser.get(f"/quotes/{quote.pk}/send")
    assert form.status_code == 200
    made = browser.post(
        f"/quotes/{quote.pk}/send",
        {"recipient": "Wang", "language": "en", "valid_until": quote.valid_until.isoformat()},
    )
    assert "/p/" in made.content.decode(), made.content.decode()
    assert browser.post(f"/quotes/{quote.pk}/send", {"language": "en", "recipient": "Li"}).status_code == 200
    revised = browser.post(f"/quotes/{quote.pk}/revise")
    assert revised.status_code == 303
    second = revised["Location"].rpartition("/")[2]
    lines = {
        "has_lines": "1",
        "line_id": [""],
        "line_name": ["Lamp"],
        "line_quantity": ["5"],
        "line_unit_price": ["90"],
    }
    changed = browser.post(
        f"/quotes/{second}/lines",
        {**lines, "line_product": [""], "line_unit": [""], "line_discount_percent": [""], "line_tax_rate": [""]},
    )
    assert changed.status_code == 303, changed.content.decode()
    compared = browser.get(f"/quotes/{second}/compare", {"with": str(quote.pk)}).content.decode()
    for word in ("Version 1", "Version 2", "Changed", "Removed", "Installation"):
        assert word in compared, word
    again = browser.post(f"/quotes/{quote.pk}/revise")
    assert again.status_code == 409


def test_people_offer_choices_and_keep_templates(company: Company) -> None:
    with company.scope():
        quote = company.write()
        lines = quote_lines(quote.pk)
    browser = sign_in(company.cast, "owner")
    first, second = str(lines[0]["id"]), str(lines[1]["id"])
    assert browser.get(f"/quotes/{quote.pk}/options").status_code == 200
    lonely = browser.post(f"/quotes/{quote.pk}/options", {f"offer_{first}": "A"})
    assert lonely.status_code == 422
    saved = browser.post(
        f"/quotes/{quote.pk}/options", {f"offer_{first}": "A", f"offer_{second}": "A", f"counts_{second}": "on"}
    )
    assert saved.status_code == 303
    with company.scope():
        assert Quote.objects.get(pk=quote.pk).amount == Decimal("80.00")
    assert browser.get(f"/quotes/{quote.pk}/template").status_code == 200
    assert browser.post(f"/quotes/{quote.pk}/template", {"name": "Street"}).status_code == 303
    assert browser.get("/quotes/from-template").status_code == 200
    admin = sign_in(company.cast, "admin")
    settings = admin.get("/settings/quotes").content.decode()
    assert "Street" in settings
    template_id = re.search(r"/settings/quotes/templates/([0-9a-f-]{36})", settings)
    assert template_id is not None
    began = browser.post("/quotes/from-template", {"template": template_id[1], "customer": str(company.customer.pk)})
    assert began.status_code == 303, began.content.decode()
    assert admin.post("/settings/quotes", {"valid_days": "0", "remind_days": "2"}).status_code == 422
    assert admin.post("/settings/quotes", {"valid_days": "45", "remind_days": "2"}).status_code == 303
    assert admin.post(f"/settings/quotes/templates/{template_id[1]}", {"name": "Road"}).status_code == 303
    assert admin.post(f"/settings/quotes/templates/{template_id[1]}/delete").status_code == 303
    assert browser.get("/settings/quotes").status_code == 403


def test_answer_from_elsewhere_is_entered_by_hand(company: Company, sent: tuple[Quote, str]) -> None:
    quote, _path = sent
    browser = sign_in(company.cast, "owner")
    assert browser.get(f"/quotes/{quote.pk}/answer").status_code == 200
    done = browser.post(f"/quotes/{quote.pk}/answer", {"kind": "accepted", "signer": "Wang, by telephone"})
    assert done.status_code == 303
    again = browser.post(f"/quotes/{quote.pk}/answer", {"kind": "declined", "signer": "Wang"})
    assert again.status_code == 422
    with company.scope():
        decision = QuoteDecision.objects.get(quote=quote)
        assert decision.entered_by == company.cast.users["owner"]


def test_accepted_quote_becomes_one_order_with_what_was_chosen(company: Company, sent: tuple[Quote, str]) -> None:
    quote, _path = sent
    browser = sign_in(company.cast, "owner")
    early = browser.post(f"/quotes/{quote.pk}/become/order")
    assert early.status_code == 409
    with company.scope():
        accept_quote(company.actor(), quote.pk, Answer("Wang"))

    first, second = (browser.post(f"/quotes/{quote.pk}/become/order") for _click in range(2))

    assert first.status_code == second.status_code == 303
    assert first["Location"] == second["Location"]
    order = browser.get(first["Location"]).content.decode()
    assert quote.number in order
    assert "Steel" in order
    assert "Wood" not in order
    with company.scope():
        assert QuoteOutcome.objects.filter(quote=quote).count() == 1
    assert browser.post(f"/quotes/{quote.pk}/become/nothing").status_code == 404


def test_programs_send_and_revise(company: Company) -> None:
    with company.scope():
        quote = company.write()
    browser = sign_in(company.cast, "owner")

    def post(path: str, body: dict | None = None):
        return browser.post(f"/api/v1/quotes/{quote.pk}/{path}", body or {}, content_type="application/json")

    assert post("send", {"colour": "red"}).status_code == 422
    assert post("send", {"language": "fr"}).status_code == 422
    sent = post("send", {"recipient": "Wang", "language": "en"})
    assert sent.status_code == 200, sent.content.decode()
    assert sent.json()["status"] == "sent"
    assert Client().get("/p/" + sent.json()["link"].rpartition("/p/")[2]).status_code == 200
    assert post("send").status_code == 409
    revised = post("revise")
    assert (revised.status_code, revised.json()["revision"]) == (201, 2)
    assert post("revise").status_code == 409


def test_opportunity_offers_the_quote_and_lists_it(company: Company) -> None:
    with company.scope():
        owner = company.actor()
        values = {"name": "Lights", "customer": company.customer.pk, "amount": "70.00"}
        chance = door.create(owner, spec_for(owner.organization, "opportunity"), values)
    browser = sign_in(company.cast, "owner")
    made = browser.post(f"/opportunities/{chance.pk}/quote")
    assert made.status_code == 303
    children = browser.get(f"/opportunities/{chance.pk}/children").content.decode()
    assert made["Location"] in children


def test_small_team_and_strangers_see_nothing_of_quotes(
    company: Company, strangers: Cast, sent: tuple[Quote, str]
) -> None:
    quote, path = sent
    stranger = sign_in(strangers, "admin")
    assert stranger.get(f"/quotes/{quote.pk}").status_code == 404
    company.cast.organization.edition = "basic"
    company.cast.organization.save(update_fields=["edition"])
    browser = sign_in(company.cast, "admin")
    for address in (
        "/quotes",
        f"/quotes/{quote.pk}",
        f"/quotes/{quote.pk}/send",
        "/settings/quotes",
        "/settings/letterhead",
    ):
        assert browser.get(address).status_code == 404, address
    assert Client().get(path).status_code == 404


def test_optional_lines_are_left_out_unless_ticked(company: Company) -> None:
    with company.scope():
        quote = company.write()
        context = WriteContext.for_actor(company.actor())
        optional = {
            str(line["id"]): {"offer": "optional" if line["is_optional"] else ""} for line in quote_lines(quote.pk)
        }
        set_options(company.actor(), quote.pk, optional, context=context)
        link = send_quote(company.actor(), quote.pk, Recipient("Wang", "", "en"))
        warranty = next(line["id"] for line in quote_lines(quote.pk) if line["is_optional"])
    visitor, path = Client(), path_of(link)
    page = visitor.get(path).content.decode()
    assert f"{TOTAL}" in page

    visitor.post(f"{path}/accept", {**hidden(page), "signer": "Wang", "chosen": [str(warranty)]})

    with company.scope():
        assert Quote.objects.get(pk=quote.pk).amount == Decimal("280.00")


def test_explanation_of_rights_says_what_locks_a_sent_quote(company: Company) -> None:
    with company.scope():
        draft = company.write()
        quote, _link = company.sent()
    owner = company.cast.users["owner"].pk
    admin = sign_in(company.cast, "admin", **{"Accept-Language": "en"})

    def explained(record: Quote, action: str) -> str:
        return admin.get(f"/settings/access?object=quote&record={record.pk}&person={owner}&action={action}").text

    page = explained(quote, "edit")
    assert "Yes, Olga Owner may do this" in page
    assert "Locked now, whatever the rights" in page
    assert "Customer" in page[page.index("Locked now") :]
    assert "Locked now" not in explained(quote, "view")
    assert "Locked now" not in explained(draft, "edit")
