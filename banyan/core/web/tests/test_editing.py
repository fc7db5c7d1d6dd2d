from __future__ import annotations

import pytest
from django.test import Client

from banyan.core.web.tests.pages import DIALOG, HX, make, news, page_text, stored, toast
from banyan.customers.models import Customer
from tests.cast import Cast, sign_in


def test_new_record_is_made_from_a_page_without_scripts(cast: Cast, browser: Client) -> None:
    response = browser.post("/customers/new", {"name": "Harbor Light", "phone": "13800138000"})

    assert response.status_code == 303
    assert "“Harbor Light” was created." in browser.get(response["Location"]).content.decode()
    assert "+86 138 0013 8000" in page_text(browser.get(response["Location"]))


def test_new_record_from_the_dialog_closes_it_and_can_be_taken_back(cast: Cast, browser: Client) -> None:
    response = browser.post("/customers/new", {"name": "Harbor Light"}, headers=DIALOG)

    assert response.status_code == 204
    assert toast(response) == "“Harbor Light” was created."
    assert news(response)["close-dialog"] is True
    assert news(response)["records-changed"] == {"object": "customers"}
    browser.post(news(response)["toast"]["undo_url"], headers=HX)
    assert "Harbor Light" not in page_text(browser.get("/customers"))


def test_dialog_asks_first_for_what_matters_with_the_cursor_in_the_first_field(browser: Client) -> None:
    html = browser.get("/customers/new", headers=DIALOG).content.decode()

    first, _mark, rest = html.partition("More fields")
    assert "<html" not in html
    assert 'name="name" required autofocus' in first
    assert 'name="tax_number"' not in first
    assert 'name="tax_number"' in rest


def test_form_keeps_everything_entered_when_something_is_wrong(cast: Cast, browser: Client) -> None:
    entered = {
        "name": "Harbor",
        "phone": "12",
        "needs": "Forty sensors",
        "address__city": "Hamburg",
        "tags": ["vip", "new"],
    }

    response = browser.post("/customers/new", entered, headers=DIALOG)

    html = response.content.decode()
    assert response.status_code == 422
    assert "“12” is not a phone number." in page_text(response)
    assert 'value="12"' in html
    assert 'value="Harbor"' in html
    assert 'value="Hamburg"' in html
    assert ">Forty sensors</textarea>" in html
    assert '<option value="vip" selected>vip</option>' in html
    assert "Harbor" not in page_text(browser.get("/customers"))


def test_form_says_all_that_is_wrong_at_once(browser: Client) -> None:
    text = page_text(browser.post("/customers/new", {"name": "", "email": "not an address"}, headers=DIALOG))

    assert "“Customer name” is needed." in text
    assert "“not an address” is not an e-mail address." in text


def test_save_and_new_leaves_a_fresh_form_with_the_same_customer(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor Light"})
    entered = {"name": "Maria Keller", "customer": str(customer.pk), "again": "1"}

    response = browser.post("/contacts/new", entered, headers=DIALOG)

    html = response.content.decode()
    assert response.status_code == 200
    assert toast(response) == "“Maria Keller” was created."
    assert 'value="Maria Keller"' not in html
    assert f'<option value="{customer.pk}" selected>Harbor Light</option>' in html


def test_new_record_begins_with_what_the_address_says(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor Light"})

    html = browser.get(f"/contacts/new?customer={customer.pk}", headers=DIALOG).content.decode()

    assert f'<option value="{customer.pk}" selected>Harbor Light</option>' in html


def test_copy_begins_with_the_values_of_the_record(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor Light", "needs": "Sensors", "tags": ["vip"]})

    html = browser.get(f"/customers/{customer.pk}/copy", headers=DIALOG).content.decode()

    assert 'action="/customers/new"' in html
    assert 'value="Harbor Light"' in html
    assert ">Sensors</textarea>" in html


def test_duplicates_are_named_while_one_types(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "北京榕树科技有限公司", "phone": "13800138000"})

    response = browser.get("/customers/duplicates?name=榕树科技&phone=138 0013 8000", headers=HX)

    assert "This may exist already: 北京榕树科技有限公司" in page_text(response)
    assert "same phone" in page_text(response)
    assert f"/customers/{customer.pk}" in response.content.decode()
    assert page_text(browser.get("/customers/duplicates?name=Somebody Else", headers=HX)) == ""


def test_duplicates_of_others_are_said_to_exist_but_not_shown(cast: Cast) -> None:
    make(cast, "customer", {"name": "Secret Limited", "phone": "13800138000"})

    response = sign_in(cast, "salesperson").get("/customers/duplicates?phone=13800138000", headers=HX)

    assert "already followed by a colleague" in page_text(response)
    assert "Secret" not in page_text(response)


def test_edit_writes_what_changed_and_empties_what_was_emptied(cast: Cast, browser: Client) -> None:
    (product,) = make(cast, "product", {"name": "Lamp", "code": "L1", "price": "12.50", "is_active": True})
    form = {"name": "Lamp", "code": "", "price": "13", "fields": "name,code,price,is_active", "version": "1"}

    response = browser.post(f"/products/{product.pk}/edit", form, headers=DIALOG)

    changed = stored(cast, product)
    assert toast(response) == "“Lamp” was saved."
    assert (changed.code, str(changed.price), changed.is_active) == ("", "13.00", False)


def test_edit_says_so_when_nothing_changed(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})

    response = browser.post(f"/customers/{customer.pk}/edit", {"name": "Harbor", "version": "1"}, headers=DIALOG)

    assert toast(response) == "Nothing was changed in “Harbor”."
    assert stored(cast, customer).version == 1


@pytest.fixture
def changed_by_another(cast: Cast) -> Customer:
    """A customer whose phone and level the manager's colleague has changed to version 2."""
    (customer,) = make(cast, "customer", {"name": "Harbor", "phone": "13800138000", "level": "c"})
    change = {"phone": "13900139000", "level": "b", "version": "1"}
    sign_in(cast, "owner").post(f"/customers/{customer.pk}/edit", change, headers=DIALOG)
    return customer


def test_edit_shows_both_sides_when_somebody_was_quicker(
    cast: Cast, browser: Client, changed_by_another: Customer
) -> None:
    mine = {"name": "Harbor Light", "phone": "13700137000", "level": "c", "version": "1"}

    response = browser.post(f"/customers/{changed_by_another.pk}/edit", mine, headers=DIALOG)

    text = page_text(response)
    assert response.status_code == 412
    assert "Olga Owner changed this record" in text
    assert "Customer name Harbor Light Harbor" in text
    assert "Phone +86 137 0013 7000 +86 139 0013 9000" in text
    html = response.content.decode()
    # What only I have changed is mine to keep, what we both have changed is the record's at first.
    assert 'name="choice.name" value="mine" checked' in html
    assert 'name="choice.phone" value="theirs" checked' in html
    assert stored(cast, changed_by_another).name == "Harbor"


def test_conflict_is_settled_field_by_field(cast: Cast, browser: Client, changed_by_another: Customer) -> None:
    choices = {"choice.name": "mine", "choice.phone": "theirs", "choice.level": "mine"}
    form = {"name": "Harbor Light", "phone": "13700137000", "level": "a", "fields": "name,phone,level", "version": "2"}

    response = browser.post(f"/customers/{changed_by_another.pk}/edit", {**form, **choices}, headers=DIALOG)

    settled = stored(cast, changed_by_another)
    assert response.status_code == 204
    assert (settled.name, settled.phone, settled.level) == ("Harbor Light", "+8613900139000", "a")


def test_conflict_without_scripts_is_a_page(cast: Cast, browser: Client, changed_by_another: Customer) -> None:
    response = browser.post(f"/customers/{changed_by_another.pk}/edit", {"phone": "13700137000", "version": "1"})

    assert response.status_code == 412
    assert "Someone else was quicker" in page_text(response)


def test_cell_is_edited_in_place_and_can_be_taken_back(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor", "level": "c"})
    url = f"/customers/{customer.pk}/cells/level"

    assert '<option value="c" selected' in browser.get(url, headers=HX).content.decode()
    response = browser.post(url, {"level": "a", "version": "1"}, headers=HX)

    assert page_text(response) == "A: key customer"
    assert toast(response) == "“Level” was changed."
    browser.post(news(response)["toast"]["undo_url"], headers=HX)
    assert stored(cast, customer).level == "c"


def test_cell_keeps_its_editor_when_the_value_is_wrong(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})

    response = browser.post(f"/customers/{customer.pk}/cells/email", {"email": "nobody", "version": "1"}, headers=HX)

    assert response.status_code == 422
    assert 'value="nobody"' in response.content.decode()
    assert "is not an e-mail address" in page_text(response)


def test_cell_is_written_when_somebody_has_changed_another_field(
    cast: Cast, browser: Client, changed_by_another: Customer
) -> None:
    cell = f"/customers/{changed_by_another.pk}/cells/name"

    response = browser.post(cell, {"name": "Harbor Light", "version": "1"}, headers=HX)

    assert response.status_code == 200
    assert stored(cast, changed_by_another).name == "Harbor Light"


def test_cell_shows_both_sides_when_somebody_has_changed_the_same_field(
    cast: Cast, browser: Client, changed_by_another: Customer
) -> None:
    cell = f"/customers/{changed_by_another.pk}/cells/level"

    response = browser.post(cell, {"level": "a", "version": "1"}, headers=HX)

    assert (response.status_code, response["HX-Retarget"]) == (412, "#dialog-body")
    assert "Level A: key customer B: important" in page_text(response)
    assert f'action="/customers/{changed_by_another.pk}/edit"' in response.content.decode()


def test_amount_is_edited_together_with_its_currency(cast: Cast, browser: Client) -> None:
    (product,) = make(cast, "product", {"name": "Lamp", "price": "12.50"})

    sent = {"price": "99", "currency": "USD", "version": "1"}
    response = browser.post(f"/products/{product.pk}/cells/price", sent, headers=HX)

    assert page_text(response) == "$99"
    assert stored(cast, product).currency == "USD"


def test_fact_is_edited_in_place(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})
    url = f"/customers/{customer.pk}/facts/needs"

    assert "<textarea" in browser.get(f"{url}/edit", headers=HX).content.decode()
    response = browser.post(f"{url}/edit", {"needs": "Forty sensors", "version": "1"}, headers=HX)

    assert "Project needs Forty sensors" in page_text(response)
    assert "Forty sensors" in page_text(browser.get(url, headers=HX))


@pytest.mark.parametrize("path", ["cells/version", "cells/no_such_field", "facts/created_at/edit"])
def test_fields_that_people_may_not_change_have_no_editor(cast: Cast, browser: Client, path: str) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})

    assert browser.get(f"/customers/{customer.pk}/{path}", headers=HX).status_code == 404


@pytest.mark.parametrize(
    ("path", "sent"), [("new", {"name": "X"}), ("{id}/edit", {"name": "X"}), ("{id}/cells/name", {"name": "X"})]
)
def test_writing_is_refused_when_the_role_only_reads(cast: Cast, path: str, sent: dict[str, str]) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})

    response = sign_in(cast, "viewer").post(f"/customers/{path.format(id=customer.pk)}", sent, headers=HX)

    assert response.status_code == 403
    assert response.json()["detail"].startswith("You do not have the right")
    assert stored(cast, customer).name == "Harbor"


def test_form_without_token_is_refused(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = sign_in(cast, "admin").cookies

    response = strict.post("/customers/new", {"name": "Forged"})

    assert response.status_code == 403
    assert "Reload the page" in page_text(response)


@pytest.mark.parametrize("field", ["name", "needs"])
@pytest.mark.parametrize("value", ["\x00zero", "\ud83d lone", "𠮷野家", "😀 emoji", "\u202eright to left"])
def test_strange_characters_do_no_harm(cast: Cast, browser: Client, field: str, value: str) -> None:
    encoded = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")

    response = browser.post("/customers/new", {"name": "Harbor", field: encoded}, headers=DIALOG)

    assert response.status_code in {204, 422}
    assert browser.get("/customers").status_code == 200
