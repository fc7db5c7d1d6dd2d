from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import DIALOG, HX, PANEL, make, news, page_text, reads, stored, toast
from banyan.core.web.timelines import FIRST_ENTRIES
from banyan.sales.models import Opportunity, Stage
from tests.cast import Cast, sign_in


def test_record_shows_facts_history_and_what_can_be_done(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor Light", "phone": "13800138000", "level": "a"})

    text = page_text(browser.get(f"/customers/{customer.pk}"))

    assert text.startswith("Harbor Light C-00001 +86 138 0013 8000")
    assert "Level A: key customer" in text
    assert "Owner AA Ada Admin" in text
    assert "Ada Admin created this record" in text
    assert "Log a follow-up" in text


def test_record_in_the_side_panel_comes_without_the_frame(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor Light"})

    html = browser.get(f"/customers/{customer.pk}", headers=PANEL).content.decode()

    assert html.startswith('<div class="panel-content"')
    assert "Harbor Light" in html
    assert "<html" not in html


@pytest.mark.parametrize(("name", "shown"), [("top", "Harbor Light"), ("facts", "+86 138 0013 8000")])
def test_part_of_a_record_loads_itself_when_the_record_has_changed(
    cast: Cast, browser: Client, name: str, shown: str
) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor Light", "phone": "13800138000"})
    address = f"/customers/{customer.pk}/{name}"

    html = browser.get(address, headers=HX).content.decode()

    assert f'hx-get="{address}"' in browser.get(f"/customers/{customer.pk}").content.decode()
    assert f'data-live-record="{customer.pk}"' in html
    assert shown in html
    assert "<html" not in html
    assert sign_in(cast, "salesperson").get(address, headers=HX).status_code == 404


def test_empty_facts_are_folded_away(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor Light"})

    html = browser.get(f"/customers/{customer.pk}").content.decode()

    assert "Tax number" in html.partition("Other fields (")[2]
    assert "Tax number" not in html.partition("Other fields (")[0]


def test_record_of_others_does_not_exist_for_a_role_that_sees_its_own(cast: Cast) -> None:
    (customer,) = make(cast, "customer", {"name": "Secret Limited"})
    browser = sign_in(cast, "salesperson")

    for part in ("", "/edit", "/history", "/timeline", "/children", "/cells/name"):
        response = browser.get(f"/customers/{customer.pk}{part}")
        assert response.status_code == 404
        assert "Secret" not in response.content.decode()


def test_timeline_says_changes_in_words_with_names(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor", "level": "c"})
    change = {"level": "a", "owner": str(cast.users["owner"].pk), "version": "1"}
    browser.post(f"/customers/{customer.pk}/edit", change, headers=DIALOG)

    text = page_text(browser.get(f"/customers/{customer.pk}/timeline?kind=changes", headers=HX))

    assert "Level C: ordinary A: key customer" in text
    assert "Ada Admin" in text
    assert "Olga Owner" in text


def test_timeline_holds_follow_ups_tasks_and_comments_newest_first(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})
    make(
        cast, "activity", {"customer": str(customer.pk), "text": "Asked for a quote", "happened_at": "2026-01-05 10:00"}
    )
    make(cast, "task", {"name": "Send the quote", "customer": str(customer.pk)})
    make(cast, "comment", {"about": f"customer:{customer.pk}", "text": "Careful with prices"})

    text = page_text(browser.get(f"/customers/{customer.pk}/timeline", headers=HX))

    places = [text.index(part) for part in ("Careful with prices", "Send the quote", "Asked for a quote")]
    assert places == sorted(places)
    only = page_text(browser.get(f"/customers/{customer.pk}/timeline?kind=comments", headers=HX))
    assert "Careful with prices" in only
    assert "Asked for a quote" not in only


def test_timeline_shows_each_order_once_however_many_have_the_same_day(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})
    days = ["2026-01-05"] * (FIRST_ENTRIES + 9) + ["2026-01-04", "2026-01-06"]
    rows = [
        {"customer": str(customer.pk), "name": f"Lot {number:02d}", "ordered_on": day}
        for number, day in enumerate(days)
    ]
    make(cast, "order", *rows)
    url, seen = f"/customers/{customer.pk}/timeline?kind=orders", []
    while url:
        html = browser.get(url, headers=HX).content.decode()
        seen += re.findall(r"Lot \d\d", html)
        further = re.search(r'hx-get="([^"]*before=[^"]*)"', html)
        url = unescape(further[1]) if further else ""

    assert len(seen) == len(days)
    assert sorted(seen) == [f"Lot {number:02d}" for number in range(len(days))]
    assert (seen[0], seen[-1]) == (f"Lot {len(days) - 1:02d}", f"Lot {len(days) - 2:02d}")


def test_kind_of_entries_opened_by_itself_is_the_record_with_these_entries(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})
    make(cast, "comment", {"about": f"customer:{customer.pk}", "text": "Careful with prices"})
    make(cast, "task", {"name": "Send the quote", "customer": str(customer.pk)})

    response = browser.get(f"/customers/{customer.pk}/timeline?kind=comments", follow=True)

    assert response.redirect_chain == [(f"/customers/{customer.pk}?entries=comments", 302)]
    entries = response.text.partition(f'id="record-timeline-{customer.pk}"')[2].partition("record-children")[0]
    assert "Careful with prices" in entries
    assert "Send the quote" not in entries


def test_timeline_goes_on_where_the_first_page_ended(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})
    texts = [f"Talk {number:02d}" for number in range(FIRST_ENTRIES + 3)]
    rows = [
        {"customer": str(customer.pk), "text": text, "happened_at": f"2026-01-01 10:{number:02d}"}
        for number, text in enumerate(texts)
    ]
    make(cast, "activity", *rows)
    url = f"/customers/{customer.pk}/timeline?kind=follow_ups"
    first = browser.get(url, headers=HX).content.decode()
    following = first.partition('hx-get="/customers/')[2]
    while "before=" not in following.partition('"')[0]:
        following = following.partition('hx-get="/customers/')[2]

    rest = browser.get("/customers/" + following.partition('"')[0].replace("&amp;", "&"), headers=HX)

    assert [text for text in texts if text in rest.content.decode()] == texts[:3]


def test_children_stand_beside_the_record_with_a_way_to_add_one(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})
    make(cast, "contact", {"name": "Maria Keller", "customer": str(customer.pk), "job_title": "Buyer"})
    make(cast, "opportunity", {"name": "Forty sensors", "customer": str(customer.pk), "amount": "24000"})

    response = browser.get(f"/customers/{customer.pk}/children", headers=HX)

    text = page_text(response)
    assert "Contacts 1" in text
    assert "Maria Keller Buyer" in text
    assert "Opportunities 1" in text
    assert f'href="/contacts/new?customer={customer.pk}" title="Add: Contacts"' in response.content.decode()


def test_history_lists_changes_only(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})
    make(cast, "activity", {"customer": str(customer.pk), "text": "Asked for a quote"})
    browser.post(f"/customers/{customer.pk}/edit", {"name": "Harbor Light", "version": "1"}, headers=DIALOG)

    text = page_text(browser.get(f"/customers/{customer.pk}/history"))

    assert "Customer name Harbor Harbor Light" in text
    assert "created this record" in text
    assert "Asked for a quote" not in text


@pytest.fixture
def deal(cast: Cast) -> Opportunity:
    """An opportunity in the first stage of the pipeline."""
    (customer,) = make(cast, "customer", {"name": "Harbor"})
    (opportunity,) = make(
        cast, "opportunity", {"name": "Forty sensors", "customer": str(customer.pk), "amount": "24000"}
    )
    return opportunity


def stage_named(cast: Cast, name: str) -> str:
    """Return the id of a stage of the usual pipeline."""
    with organization_scope(cast.organization.pk):
        return str(Stage.objects.get(name=name).pk)


def test_stage_path_moves_the_record_and_can_be_taken_back(cast: Cast, browser: Client, deal: Opportunity) -> None:
    to = stage_named(cast, "Quoted")

    response = browser.post(f"/opportunities/{deal.pk}/stage", {"to": to, "version": "1"}, headers=HX)

    assert toast(response) == "Moved to “Quoted”."
    assert str(stored(cast, deal).stage_id) == to
    browser.post(news(response)["toast"]["undo_url"], headers=HX)
    assert stored(cast, deal).stage_id == deal.stage_id


def test_stage_asks_for_what_it_needs_besides(cast: Cast, browser: Client, deal: Opportunity) -> None:
    lost = {"to": stage_named(cast, "Lost"), "version": "1"}

    asked = browser.post(f"/opportunities/{deal.pk}/stage", lost, headers=HX)
    assert (asked.status_code, asked["HX-Retarget"]) == (422, "#dialog-body")
    assert "Say why it was lost" in page_text(asked)
    answered = browser.post(
        f"/opportunities/{deal.pk}/stage", {**lost, "fields": "reason", "reason": "price"}, headers=HX
    )

    assert answered.status_code == 204
    assert (stored(cast, deal).outcome, stored(cast, deal).reason) == ("lost", "price")


def reads_of_pages(cast: Cast, browser: Client, rows: int) -> tuple[int, int]:
    """Return how many statements a record's page and its children cost when it has so many of each."""
    (customer,) = make(cast, "customer", {"name": "Harbor"})
    link = {"customer": str(customer.pk)}
    make(cast, "activity", *({**link, "text": f"Talk {number}"} for number in range(rows)))
    make(cast, "task", *({**link, "name": f"Task {number}"} for number in range(rows)))
    make(cast, "contact", *({**link, "name": f"Person {number}"} for number in range(rows)))
    counted = []
    for url in (f"/customers/{customer.pk}", f"/customers/{customer.pk}/children"):
        browser.get(url)
        with CaptureQueriesContext(connection) as queries:
            browser.get(url)
        counted.append(len(reads(queries)))
    return counted[0], counted[1]


def test_record_costs_the_same_queries_whatever_belongs_to_it(cast: Cast, browser: Client) -> None:
    with_one, with_five = reads_of_pages(cast, browser, 1), reads_of_pages(cast, browser, 5)

    assert with_one == with_five
    # The record and its people, one for each source of the timeline and panel; and each list of children, which load after.
    assert with_five <= MOST_READS


MOST_READS = (29, 42)
