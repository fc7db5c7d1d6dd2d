from __future__ import annotations

from django.test import Client

from banyan.core.web.tests.pages import HX, make, news, page_text, stored, toast
from tests.cast import Cast, sign_in


def test_deleted_record_leaves_the_list_and_comes_back_by_undo(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})
    make(cast, "contact", {"name": "Maria Keller", "customer": str(customer.pk)})

    response = browser.post(f"/customers/{customer.pk}/delete", headers=HX)

    assert toast(response) == "Moved to the recycle bin."
    assert "Harbor" not in page_text(browser.get("/customers"))
    assert "Maria" not in page_text(browser.get("/contacts"))
    browser.post(news(response)["toast"]["undo_url"], headers=HX)
    assert "Harbor" in page_text(browser.get("/customers"))
    assert "Maria" in page_text(browser.get("/contacts"))


def test_deleting_on_the_records_own_page_leads_to_the_list(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})
    own_page = {**HX, "HX-Current-URL": f"http://testserver/customers/{customer.pk}"}

    response = browser.post(f"/customers/{customer.pk}/delete", headers=own_page)

    assert news(response)["visit"] == {"url": "/customers"}


def test_delete_is_refused_for_records_of_others(cast: Cast) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})

    response = sign_in(cast, "owner").post(f"/customers/{customer.pk}/delete", headers=HX)

    assert response.status_code == 403
    assert stored(cast, customer).deleted_at is None


def test_recycle_bin_shows_who_deleted_what_and_restores_it(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})
    browser.post(f"/customers/{customer.pk}/delete", headers=HX)

    assert "Harbor C-00001 Ada Admin" in page_text(browser.get("/recycle-bin"))
    response = browser.post("/recycle-bin/customers/restore", {"ids": [str(customer.pk)]})

    assert response.status_code == 303
    assert "1 record was restored." in browser.get(response["Location"]).content.decode()
    assert "Harbor" in page_text(browser.get("/customers"))


def test_recycle_bin_says_what_it_is_for_when_it_is_empty(browser: Client) -> None:
    assert "The recycle bin is empty" in page_text(browser.get("/recycle-bin"))


def test_recycle_bin_hides_records_of_others(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Secret Limited"})
    browser.post(f"/customers/{customer.pk}/delete", headers=HX)
    salesperson = sign_in(cast, "salesperson")

    assert "Secret" not in page_text(salesperson.get("/recycle-bin/customers"))
    assert (
        salesperson.post("/recycle-bin/customers/restore", {"ids": [str(customer.pk)]}, headers=HX).status_code == 404
    )


def test_undo_says_what_was_changed_since_and_stays(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor", "level": "c"})
    cell = f"/customers/{customer.pk}/cells/level"
    first = browser.post(cell, {"level": "b"}, headers=HX)
    browser.post(cell, {"level": "a"}, headers=HX)

    response = browser.post(news(first)["toast"]["undo_url"], headers=HX)

    assert toast(response) == "0 records are as they were. 1 was changed since and stays as it is."
    assert stored(cast, customer).level == "a"


def test_undo_of_others_is_refused(cast: Cast) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor", "level": "c"})
    changed = sign_in(cast, "owner").post(f"/customers/{customer.pk}/cells/level", {"level": "b"}, headers=HX)

    response = sign_in(cast, "teammate").post(news(changed)["toast"]["undo_url"], headers=HX)

    assert response.status_code == 403
    assert stored(cast, customer).level == "b"
