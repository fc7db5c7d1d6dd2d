"""Every page has help in both languages, shows no more than its reader may see, and leads to places that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import override
from markupsafe import escape

from banyan.core.access.scopes import Ability
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.objects.registry import objects
from banyan.core.web.help.finding import anchors_of, find_text, route_segments
from banyan.core.web.help.guide import ADMINISTRATOR, guide_in
from banyan.core.web.help.texts import BadHelp, HelpText, help_book, read_book
from banyan.core.web.settings.pages import SettingsPage, settings_pages
from tests.cast import Cast, sign_in

#: Addresses that show no page to somebody at work: programs, files, answers to buttons, pages of guests.
NO_PAGES = (
    "api/v1", "scim", "healthz", "readyz", "metrics", "manifest.webmanifest", "service-worker.js", "offline", "p/", "f/", "m/", "hooks",
    "demo/sign-in", "sign-out", "events", "files", "attachments", "undo", "unmerge", "confirm", "palette", "pick", "reactions",
    "follow", "day/", "static", "help/",
)  # fmt: skip
LONGEST = 420


def patterns(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield before + str(entry.pattern)
        else:
            yield from patterns(entry, before + str(entry.pattern))


def page_patterns() -> list[str]:
    return sorted({route for route in patterns(get_resolver()) if not f"{route}/".startswith(NO_PAGES)})


@pytest.fixture
def browser(cast: Cast) -> Client:
    return sign_in(cast, "admin")


def help_about(browser: Client, path: str) -> str:
    answer = browser.get(f"/help/page?path={quote(path)}")
    assert answer.status_code == 200, path
    return answer.text


def test_every_page_has_help() -> None:
    plurals = {spec.plural for spec in objects}
    registered = tuple(page.url.strip("/") for page in settings_pages)
    bare = [
        route
        for route in page_patterns()
        if find_text(route_segments(route), plurals) is None and not route.startswith(registered)
    ]

    assert len(page_patterns()) > 300
    assert bare == []


def test_every_page_of_the_settings_has_help_of_its_own(browser: Client) -> None:
    titles = {page.name: str(page.label) for page in settings_pages}
    bare = {
        name: title
        for name, title in titles.items()
        if escape(title) not in help_about(browser, settings_pages[name].url)
        and name not in {"guide", "export-requests"}
    }

    assert {
        name: title for name, title in bare.items() if "Finding help" in help_about(browser, settings_pages[name].url)
    } == {}


def test_page_of_the_settings_without_a_text_is_explained_by_its_registration(browser: Client, cast: Cast) -> None:
    page = SettingsPage(
        "weather", "Weather", "/settings/weather", "sun", "system", "How the weather is", ability=Ability.CUSTOMISE
    )
    settings_pages.add(page.name, page)
    try:
        assert "How the weather is" in help_about(browser, "/settings/weather")
        assert "Finding help" in help_about(sign_in(cast, "salesperson"), "/settings/weather")
    finally:
        settings_pages.remove(page.name)


def test_no_help_is_about_a_page_that_is_gone() -> None:
    plurals = {spec.plural for spec in objects}
    known = [route_segments(route) for route in patterns(get_resolver())]

    def exists(text: HelpText, key: tuple[str, ...]) -> bool:
        return any(len(key) <= len(route) and find_text(route, plurals) is text for route in known)

    assert ["/".join(key) for text in help_book().pages for key in text.routes if not exists(text, key)] == []
    assert [name for name in help_book().objects if name not in objects] == []


def test_every_place_in_a_guide_exists_in_both_languages() -> None:
    book = help_book()
    wanted = anchors_of([*book.pages, *book.objects.values()])

    lost = [
        (code, guide, anchor)
        for guide, anchor in wanted
        for code, _name in LANGUAGES
        if guide_in(code, guide).place_of(anchor) is None
    ]
    assert len(wanted) > 30
    assert lost == []


def test_texts_are_short_and_end_as_sentences() -> None:
    book = help_book()
    for text in [*book.pages, *book.objects.values()]:
        for language, words in text.words.items():
            lines = [words.purpose, *(line.text for line in words.steps), *(line.answer for line in words.questions)]
            wrong = [line for line in lines if len(line) > LONGEST or line[-1] not in ".。?？*"]
            assert wrong == [], (text.routes or text.name, language)


def test_chinese_texts_are_chinese() -> None:
    book = help_book()
    texts = [text.words["zh-hans"] for text in [*book.pages, *book.objects.values()]]

    assert [words.purpose for words in texts if not re.search("[\u4e00-\u9fff]", words.purpose)] == []


def test_help_of_an_object_speaks_of_it_and_of_what_its_reader_may_do(cast: Cast) -> None:
    writer, reader = sign_in(cast, "admin"), sign_in(cast, "viewer")

    for path, words in (
        ("/customers", "Companies and people"),
        ("/customers/new", "New: Customer"),
        ("/orders", "ordered"),
    ):
        assert words in help_about(writer, path)
    assert "Import" in help_about(writer, "/customers")
    assert "Import" not in help_about(reader, "/customers")
    assert "{" not in help_about(writer, "/opportunities")


def test_help_is_chinese_when_its_reader_is(browser: Client) -> None:
    browser.post("/settings/me/language", {"language": "zh-hans"})

    assert "与您有业务往来的公司和个人" in help_about(browser, "/customers?view=all")


def test_help_says_nothing_about_pages_that_the_reader_may_not_open(cast: Cast) -> None:
    salesperson = sign_in(cast, "salesperson")

    assert "Administrator" not in help_about(salesperson, "/settings/people")
    assert "Finding help" in help_about(salesperson, "/settings/people")
    assert salesperson.get("/help/administrator/people").status_code == 404
    assert salesperson.get("/help/read/administrator/people").status_code == 404
    assert "Who works here" in help_about(sign_in(cast, "admin"), "/settings/people")


def test_help_of_a_module_that_is_off_is_absent(cast: Cast, browser: Client) -> None:
    assert "not work on it" in help_about(browser, "/pools")
    cast.organization.modules_off = ["commissions", "leads"]
    cast.organization.save()

    assert "Finding help" in help_about(browser, "/commissions")
    assert "Finding help" in help_about(browser, "/leads")


def test_own_object_has_help_composed_from_its_declaration(browser: Client) -> None:
    made = {"label_en": "Machine", "plural_en": "Machines", "label_zh": "设备", "plural_zh": "设备", "icon": "tool",
            "in_menu": "on"}  # fmt: skip
    assert browser.post("/settings/objects/new", made).status_code == 303

    text = help_about(browser, "/machines")
    assert "the machines that you may see" in text
    assert "made for itself" in text


def test_page_for_everybody_has_help_before_signing_in(cast: Cast) -> None:
    stranger = Client(headers={"Accept-Language": "en"})

    assert "authenticator app" in help_about(stranger, "/sign-in")
    assert "Finding help" in help_about(stranger, "/settings/people")
    assert "data-open-help" in stranger.get("/sign-in").text
    assert "help-search" not in help_about(stranger, "/sign-in")


def test_guide_is_searched_in_the_readers_language(browser: Client) -> None:
    assert 'href="/help/import"' in browser.get("/help/find?q=import file").text
    assert "/help/administrator/shaping#validation-rules" in browser.get("/help/find?q=validation").text
    assert "says nothing about" in browser.get("/help/find?q=xyzzy").text
    browser.post("/settings/me/language", {"language": "zh-hans"})
    assert 'href="/help/import"' in browser.get("/help/find?q=怎么导入文件").text


def test_chapter_is_read_beside_the_page(browser: Client) -> None:
    section = browser.get("/help/read/administrator/shaping?section=validation-rules").text

    assert "Validation rules" in section
    assert "Approval flows" not in section
    assert browser.get("/help/read/user/dragons").status_code == 404
    assert browser.get("/help/administrator/backups").status_code == 200


def test_administrator_guide_has_the_same_places_in_both_languages() -> None:
    names = [
        {
            section.name or chapter.name
            for chapter in guide_in(code, ADMINISTRATOR).chapters
            for section in chapter.sections
        }
        for code, _name in LANGUAGES
    ]

    assert names[0] == names[1]
    with override("en"):
        sections = [section for chapter in guide_in("en", ADMINISTRATOR).chapters for section in chapter.sections]
        assert [section.name for section in sections if re.search(r'href="[^"]*\.md', section.html)] == []


def test_wrong_file_of_help_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    for text, complaint in (
        ('[[page]]\nroutes = ["x"]\nen = {purpose = "X."}', "says nothing in zh-hans"),
        (
            '[[page]]\nroutes = ["x"]\ncolour = 1\nen = {purpose = "X."}\nzh-hans = {purpose = "X。"}',
            "unknown keys: colour",
        ),
        (
            '[[page]]\nroutes = ["x"]\nen = {purpose = "X.", steps = ["A."]}\nzh-hans = {purpose = "X。"}',
            "different steps",
        ),
        ('[[page]]\nroutes = ["x", "x"]\nen = {purpose = "X."}\nzh-hans = {purpose = "X。"}', "already"),
    ):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(BadHelp, match=complaint):
            read_book([file])
