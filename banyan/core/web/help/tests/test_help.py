from __future__ import annotations

import re

import pytest
from django.test import Client

from banyan.core.web.help.guide import guide_in, parse
from tests.cast import Cast, sign_in

CHINESE = {"Accept-Language": "zh-hans"}


@pytest.fixture
def browser(cast: Cast) -> Client:
    return sign_in(cast, "admin")


def test_guides_have_the_same_chapters_and_sections_in_both_languages() -> None:
    outlines = [
        [
            (chapter.name, chapter.pages, [section.name for section in chapter.sections])
            for chapter in guide_in(language).chapters
        ]
        for language in ("en", "zh-hans")
    ]

    assert outlines[0] == outlines[1]
    assert len(outlines[0]) >= 12


def test_help_opens_at_the_chapter_about_the_page_one_comes_from(browser: Client) -> None:
    from_orders = browser.get("/help", headers={"Referer": "http://testserver/orders?view=all"}).content.decode()
    from_a_script = browser.get("/help", headers={"HX-Current-URL": "http://testserver/tasks"}).content.decode()

    assert "<h1>Products and orders</h1>" in from_orders
    assert "<h1>Tasks</h1>" in from_a_script
    assert "<h1>Your first day</h1>" in browser.get("/help").content.decode()


def test_help_is_chinese_when_the_reader_is(browser: Client) -> None:
    browser.post("/settings/me/language", {"language": "zh-hans"})

    assert "<h1>任务</h1>" in browser.get("/help/tasks").content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_chapter_can_be_read_and_leads_to_the_next(browser: Client, language: str) -> None:
    browser.post("/settings/me/language", {"language": language})

    address, seen = "/help/first-day", []
    while address:
        page = browser.get(address)
        assert page.status_code == 200
        seen.append(address)
        following = re.search(r'<a href="([^"]+)" rel="next">', page.content.decode())
        address = following[1] if following else ""

    assert seen == [f"/help/{chapter.name}" for chapter in guide_in(language).chapters]


def test_unknown_chapter_is_not_found(browser: Client) -> None:
    assert browser.get("/help/no-such-chapter").status_code == 404


def test_account_menu_leads_to_the_help(browser: Client) -> None:
    assert 'href="/help"' in browser.get("/customers").content.decode()


def test_guide_shows_markup_as_text() -> None:
    text = '# Guide\n\n<a id="one"></a>\n\n## One\n\n<script>alert(1)</script> [x](javascript:alert(1)) [two](#two)\n\n'
    text += '<a id="two"></a>\n\n### Two\n\nText\n'
    chapter = parse(text).chapters[0]

    html = chapter.sections[0].html
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert 'href="/help/one#two"' in html
    assert chapter.sections[1].title == "Two"


def test_error_codes_are_explained_to_anybody(db: None) -> None:
    page = Client(headers={"Accept-Language": "en"}).get("/docs/errors")

    text = page.content.decode()
    assert page.status_code == 200
    assert 'id="stale"' in text
    assert "Somebody changed this record in the meantime" in text


def test_error_codes_are_explained_in_chinese(db: None) -> None:
    text = Client(headers=CHINESE).get("/docs/errors").content.decode()

    assert "错误码" in text


def test_type_of_a_problem_leads_to_its_explanation(client: Client, db: None) -> None:
    address, _, anchor = client.get("/api/v1/customers").json()["type"].partition("#")

    assert f'id="{anchor}"' in client.get(address).content.decode()


def test_reference_of_the_interface_shows_paths_and_fields(browser: Client) -> None:
    overview = browser.get("/api/docs").content.decode()
    customers = browser.get("/api/docs/customers").content.decode()

    assert 'href="/api/docs/customers"' in overview
    assert "/api/v1/customers/{id}" in customers
    assert "<code>next_follow_up_on</code>" in customers
    assert "Idempotency-Key" in customers


def test_reference_of_an_unknown_object_is_not_found(browser: Client) -> None:
    assert browser.get("/api/docs/dragons").status_code == 404


def test_reference_needs_somebody_signed_in(db: None) -> None:
    answer = Client().get("/api/docs")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in")


def test_pages_of_the_help_hold_no_script_of_strangers(browser: Client) -> None:
    for address in ("/help/import", "/docs/errors", "/api/docs/orders"):
        scripts = re.findall(r'<script[^>]*src="([^"]+)"', browser.get(address).content.decode())
        assert all(source.startswith("/static/") for source in scripts)
