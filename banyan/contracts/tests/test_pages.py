"""What people see and send: the pages of contracts, the settings page of clauses, the interface."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from banyan.contracts.models import Clause, Contract, ContractAmendment
from banyan.contracts.public import instalments_of, terms_of
from banyan.core.kernel.clock import today
from banyan.core.tenancy.models import Organization
from banyan.core.web.tests.pages import DIALOG, HX, page_text, toast
from banyan.customers.models import Customer
from banyan.portal.public import Recipient
from banyan.products.public import write_document
from banyan.quotes.public import Answer, accept_quote, make_outcome, send_quote
from tests.cast import Cast, api_client, sign_in

Write = Callable[..., Contract]


def post(api: Any, path: str, body: dict[str, Any]) -> Any:
    return api.post(f"/api/v1{path}", json.dumps(body), content_type="application/json")


def test_a_contract_is_written_signed_amended_and_renewed_on_pages(company: Cast, write: Write) -> None:
    contract = write(ends_on=str(today("Asia/Shanghai") + timedelta(days=300)))
    browser, url = sign_in(company, "owner"), f"/contracts/{contract.pk}"
    shown = page_text(browser.get(url))
    assert "Not signed yet" in shown
    wrong = browser.post(
        f"{url}/instalments", {"row_share": ["30", "60"], "row_event": ["signing", "delivery"]}, headers=DIALOG
    )
    assert wrong.status_code == 422
    assert "100.00 short of the amount" in page_text(wrong)
    rows = {"row_name": ["Down", "Rest", ""], "row_share": ["30", "70", ""], "row_event": ["signing", "delivery", ""]}
    assert browser.post(f"{url}/instalments", rows, headers=DIALOG).status_code == 204
    assert browser.post(f"{url}/terms/new", {"title": "Law", "text": "Ours."}, headers=DIALOG).status_code == 204
    term = terms_of(contract.pk)[0]
    assert browser.post(f"{url}/terms/{term.pk}/down", headers=HX).status_code == 204
    assert "Ours." in page_text(browser.get(f"{url}/terms"))
    assert (
        toast(browser.post(f"{url}/sign", {"signed_on": "2026-01-02"}, headers=DIALOG)) == "The contract is in force."
    )
    assert browser.post(f"{url}/terms/{term.pk}/remove", headers=HX).status_code == 422
    assert "Renew" in page_text(browser.get(url))

    form = {"contract": contract.pk, "reason": "More", "new_amount": "1200"}
    assert browser.post("/contract-amendments/new", form, headers=DIALOG).status_code == 204
    amendment = ContractAmendment.objects.get()
    other = f"/contract-amendments/{amendment.pk}"
    assert "¥1,200" in page_text(browser.get(other))
    assert (
        browser.post(f"{other}/terms", {"row_title": ["Law"], "row_text": ["Theirs."]}, headers=DIALOG).status_code
        == 204
    )
    assert browser.post(f"{other}/sign", {"signed_on": "2026-02-01"}, headers=DIALOG).status_code == 204
    assert [entry.amount for entry in instalments_of(contract.pk)] == [360, 840]
    assert terms_of(contract.pk)[0].text == "Theirs."

    assert "Starts on" in page_text(browser.get(f"{url}/renew", headers=DIALOG))
    assert browser.post(f"{url}/renew", {"amount": "1300"}, headers=DIALOG).status_code == 204
    again = browser.post(f"{url}/renew", {"amount": "1300"}, headers=DIALOG)
    assert "has a renewal already" in page_text(again)
    wrong = browser.post(f"{url}/terminate", {"ended_on": "2025-01-01", "reason": "x"}, headers=DIALOG)
    assert wrong.status_code == 422
    assert (
        browser.post(f"{url}/terminate", {"ended_on": "2026-06-01", "reason": "x"}, headers=DIALOG).status_code == 204
    )


def test_programs_do_the_same(company: Cast, write: Write) -> None:
    contract = write()
    api, path = api_client(company, "owner"), f"/contracts/{contract.pk}"
    plan = {"instalments": [{"amount": "400", "due_on": "2026-03-01"}, {"share": "60", "event": "acceptance"}]}
    answer = post(api, f"{path}/instalments", plan)
    assert [item["amount"] for item in answer.json()["items"]] == ["400.00", "600.00"]
    assert post(api, f"{path}/terms", {"terms": [{"title": "Law", "text": "Ours."}]}).status_code == 200
    assert post(api, f"{path}/instalments", {"instalments": [{"amount": "-5", "event": "signing"}]}).status_code == 422
    assert post(api, f"{path}/amendments", {"reason": "x"}).json()["errors"][0]["code"] == "not_signed"
    assert post(api, f"{path}/submit", {}).json()["code"] == "no_flow"
    assert post(api, f"{path}/sign", {"signed_on": "2026-01-02"}).json()["status"] == "active"
    assert post(api, f"{path}/sign", {}).status_code == 409
    made = post(api, f"{path}/amendments", {"reason": "x", "new_ends_on": "2097-06-30"}).json()
    changes = api.get(f"/api/v1/contract-amendments/{made['id']}/changes").json()["items"]
    assert changes == [{"name": "ends_on", "old": "2096-12-31", "new": "2097-06-30"}]
    assert post(api, f"/contract-amendments/{made['id']}/sign", {}).json()["status"] == "signed"
    assert post(api, f"{path}/renew", {}).json()["starts_on"] == "2097-07-01"
    assert post(api, f"{path}/terminate", {"reason": ""}).status_code == 422
    assert post(api, f"{path}/terminate", {"reason": "x", "nothing": 1}).status_code == 422


def test_an_accepted_quote_becomes_a_contract_without_retyping(company: Cast, customer: Customer) -> None:
    owner = company.actor("owner")
    lines = [{"name": "Sensor", "quantity": "2", "unit_price": "500"}]
    quote = write_document(owner, "quote", {"customer": customer.pk, "terms": "Net 30."}, lines)
    send_quote(owner, quote.pk, Recipient("Wang Li"))
    accept_quote(owner, quote.pk, Answer(signer="Wang Li"))

    _name, pk = make_outcome(owner, quote.pk, "contract")

    contract = Contract.objects.get(pk=pk)
    assert (contract.amount, contract.customer_id, contract.status) == (1000, customer.pk, "draft")
    assert [term.title for term in terms_of(pk)] == ["Goods and prices", "Terms of the quote"]


def test_the_library_is_for_those_who_may_customise(company: Cast) -> None:
    assert sign_in(company, "owner").get("/settings/clauses").status_code == 403
    browser = sign_in(company, "admin")
    assert "No clauses yet" in page_text(browser.get("/settings/clauses"))
    browser.post("/settings/clauses/new", {"name": "Law", "text": "Ours.", "category": "Legal", "is_active": "true"})
    clause = Clause.objects.get()
    browser.post(f"/settings/clauses/{clause.pk}", {"name": "Law", "text": "Theirs.", "category": "Legal"})
    clause.refresh_from_db()
    assert (clause.latest, clause.is_active) == (2, False)
    assert "Version 2" in page_text(browser.get("/settings/clauses"))


def test_the_small_team_has_no_contracts(company: Cast, write: Write) -> None:
    contract = write()
    Organization.objects.filter(pk=company.organization.pk).update(edition="basic")
    browser = sign_in(company, "owner")
    for path in (
        "/contracts",
        f"/contracts/{contract.pk}/sign",
        "/settings/clauses",
        f"/contracts/{contract.pk}/terms",
    ):
        assert browser.get(path).status_code == 404
    assert api_client(company, "owner").get("/api/v1/contracts").status_code == 404


def test_others_see_no_contract_that_is_not_theirs(company: Cast, strangers: Cast, write: Write) -> None:
    contract = write()
    browser = sign_in(strangers, "admin")
    assert browser.get(f"/contracts/{contract.pk}/terms").status_code == 404
    assert browser.post(f"/contracts/{contract.pk}/sign", {"signed_on": "2026-01-02"}).status_code == 404
    viewer = sign_in(company, "viewer")
    assert viewer.post(f"/contracts/{contract.pk}/sign", {"signed_on": "2026-01-02"}).status_code == 403
