from __future__ import annotations

import re

import pytest
from django.test import Client

from banyan.core.web.tests.pages import DIALOG, HX, make, news, page_text, stored
from banyan.customers.models import Customer
from tests.cast import Cast, sign_in


@pytest.fixture
def twins(cast: Cast) -> list[Customer]:
    """The same customer twice; the first knows more, the second has a contact."""
    first, second = make(
        cast,
        "customer",
        {"name": "Harbor Light Trading", "phone": "13800138000", "email": "post@harbor.example", "tags": ["vip"]},
        {"name": "Harbor Light", "phone": "13900139000", "website": "https://harbor.example", "tags": ["north"]},
    )
    make(cast, "contact", {"name": "Maria Keller", "customer": str(second.pk)})
    return [first, second]


def test_merge_page_shows_both_sides_and_keeps_the_fuller_at_first(browser: Client, twins: list[Customer]) -> None:
    first, second = twins

    response = browser.get(f"/customers/merge?ids={first.pk}&ids={second.pk}")

    text, html = page_text(response), response.content.decode()
    assert "Phone +86 138 0013 8000 +86 139 0013 9000" in text
    assert "Tags vip north" in text
    assert f'name="keep" value="{first.pk}" checked' in html
    # A field that the kept record lacks is taken from the other.
    assert f'name="value.website" value="{second.pk}" checked' in html


def test_merged_record_has_the_chosen_values_and_everything_of_both(
    cast: Cast, browser: Client, twins: list[Customer]
) -> None:
    first, second = twins
    sent = {"ids": [str(first.pk), str(second.pk)], "keep": str(first.pk), "value.phone": str(second.pk)}

    response = browser.post("/customers/merge", sent)

    assert response["Location"] == f"/customers/{first.pk}"
    kept = stored(cast, first)
    assert (kept.name, kept.phone, kept.website) == ("Harbor Light Trading", "+8613900139000", "https://harbor.example")
    assert sorted(kept.tags) == ["north", "vip"]
    assert "Maria Keller" in page_text(browser.get(f"/customers/{first.pk}/children", headers=HX))
    assert browser.get(f"/customers/{second.pk}").status_code == 404


def test_merge_is_taken_back_from_the_history(cast: Cast, browser: Client, twins: list[Customer]) -> None:
    first, second = twins
    browser.post("/customers/merge", {"ids": [str(first.pk), str(second.pk)], "keep": str(first.pk)})
    history = browser.get(f"/customers/{first.pk}/history").content.decode()
    assert "Ada Admin merged 1 record into this one." in history
    (undo_url,) = re.findall(r'hx-post="(/unmerge/[^"]+)"', history)

    response = browser.post(undo_url, headers=HX)

    assert news(response)["visit"] == {"url": f"/customers/{first.pk}"}
    assert "Maria Keller" in page_text(browser.get(f"/customers/{second.pk}/children", headers=HX))
    assert stored(cast, first).website == ""


def test_other_record_is_chosen_in_a_dialog(browser: Client, twins: list[Customer]) -> None:
    first, second = twins
    url = "/customers/merge/choose"

    assert 'data-url="/pick/customer"' in browser.get(f"{url}?ids={first.pk}", headers=DIALOG).content.decode()
    missing = browser.post(url, {"ids": str(first.pk)}, headers=DIALOG)
    assert "Choose another record." in page_text(missing)
    response = browser.post(url, {"ids": str(first.pk), "other": str(second.pk)}, headers=DIALOG)

    assert news(response)["visit"]["url"] == f"/customers/merge?ids={first.pk}&ids={second.pk}"


def test_merge_needs_two_records(browser: Client, twins: list[Customer]) -> None:
    response = browser.get(f"/customers/merge?ids={twins[0].pk}")

    assert response.status_code == 422
    assert "Choose between two and twenty different records to merge." in page_text(response)


def test_merge_is_refused_without_the_right_to_delete(cast: Cast, twins: list[Customer]) -> None:
    first, second = twins

    sent = {"ids": [str(first.pk), str(second.pk)], "keep": str(first.pk)}
    response = sign_in(cast, "owner").post("/customers/merge", sent)

    assert response.status_code == 403
    assert stored(cast, second).deleted_at is None
