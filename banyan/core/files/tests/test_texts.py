"""The text inside files: taken out safely, found by those who may see the record, shown in the page."""

from __future__ import annotations

import io
from typing import Any

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from banyan.core.files.models import Attachment, FileText, TextState
from banyan.core.files.services import attach, detach
from banyan.core.files.tests.documents import archive, open_document, pdf, slides, word, workbook
from banyan.core.files.texts import child
from banyan.core.files.texts.child import MOST_CHARACTERS
from banyan.core.files.texts.extraction import kind_of, text_of
from banyan.core.files.texts.finding import find_files, snippet_of
from banyan.core.kernel.text.tokens import MOST_DOCUMENT_LEXEMES, document_lexemes
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.recycle import delete
from banyan.core.web.jobs import read_missing_texts, read_text
from tests.cast import Cast, api_client, sign_in

DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"


@pytest.fixture
def customer(scope: Cast) -> Any:
    return door.create(scope.actor("salesperson"), spec_for(scope.organization, "customer"), {"name": "Harbor Light"})


def add(scope: Cast, customer: Any, name: str, content: bytes, *, read: bool = True) -> Attachment:
    """Attach a file and let the worker read it."""
    row = attach(
        scope.actor("admin"),
        object_name="customer",
        record_id=customer.pk,
        upload=SimpleUploadedFile(name, content),
    )
    if read:
        read_text.func(organization_id=str(scope.organization.pk), file_id=str(row.file_id))
    return row


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.docx", word("付款方式：月结", "Second line"), "付款方式：月结\nSecond line"),
        ("a.pptx", slides("第一页", "Second slide"), "第一页\n\nSecond slide"),
        ("a.odt", open_document("一", "二"), "一\n二"),
        ("a.pdf", pdf("Delivery within thirty days"), "Delivery within thirty days"),
        ("a.txt", "一万元".encode("gb18030"), "一万元"),
        ("a.csv", "﻿名称,金额".encode(), "名称,金额"),
        ("a.md", "naïve".encode("utf-16"), "naïve"),
    ],
)  # fmt: skip
def test_text_of_each_kind_of_file_is_read(name: str, content: bytes, expected: str) -> None:
    found = text_of([content], kind_of(name, ""))

    assert (found.text, found.problem) == (expected, "")


def test_texts_of_a_workbook_and_the_names_of_its_sheets_are_read() -> None:
    found = text_of([workbook(["榕树盆景", 12.5], ["Bonsai", True])], "xlsx")

    assert set(found.text.split()) >= {"报价", "榕树盆景", "Bonsai"}


def test_file_protected_by_a_password_is_told_apart_from_a_damaged_one() -> None:
    writer = pypdf.PdfWriter(io.BytesIO(pdf("secret")))
    writer.encrypt("a password", algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)

    assert text_of([target.getvalue()], "pdf").problem == "protected"
    assert text_of([pdf("x")[:200]], "pdf").problem == "damaged"
    assert text_of([b"PK\x03\x04 nothing"], "docx").problem == "damaged"


ENTITIES = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    "content",
    [
        archive({"word/document.xml": "<a>" + "0" * 60_000_000 + "</a>"}),
        word("harmless", head=ENTITIES),
    ],
    ids=["bomb", "entities"],
)
def test_file_that_is_a_weapon_is_not_read(content: bytes) -> None:
    assert text_of([content], "docx").problem == "too_complex"


def test_endless_text_is_cut() -> None:
    assert len(text_of([b"word " * 300_000], "text").text) <= MOST_CHARACTERS


@given(content=st.binary(max_size=200))
@pytest.mark.slow
def test_no_content_makes_reading_fail(content: bytes) -> None:
    for kind in ("pdf", "docx", "odf", "text"):
        assert child.main(kind, content) in {0, 2, 3, 4}


@given(text=st.text(max_size=300))
def test_lexemes_of_a_document_are_distinct_and_need_no_escaping(text: str) -> None:
    lexemes = document_lexemes(text).split(" ") if document_lexemes(text) else []

    assert len(lexemes) == len(set(lexemes)) <= MOST_DOCUMENT_LEXEMES
    assert all(lexeme.startswith("'") and lexeme.endswith("':1D") for lexeme in lexemes)
    assert not any("\\" in lexeme or "'" in lexeme[1:-4] for lexeme in lexemes)


def test_file_is_found_by_its_name_at_once_and_by_its_text_when_that_was_read(scope: Cast, customer: Any) -> None:
    actor = scope.actor("owner")
    row = add(scope, customer, "框架协议.docx", word("违约金为合同总额的百分之五"), read=False)
    assert [hit.file_id for hit in find_files(actor, "框架")] == [row.file_id]
    assert find_files(actor, "违约金") == []

    read_text.func(organization_id=str(scope.organization.pk), file_id=str(row.file_id))

    [hit] = find_files(actor, "违约金")
    assert (hit.name, hit.object, hit.record_id) == ("框架协议.docx", "customer", customer.pk)
    assert "违约金为合同总额" in hit.snippet
    assert find_files(actor, "违约金 没有的词") == []


def test_attaching_queues_the_reading_of_a_file_with_text(scope: Cast, customer: Any) -> None:
    add(scope, customer, "a.docx", word("x"), read=False)
    add(scope, customer, "a.png", PNG, read=False)

    assert [job.task_name for job in ProcrastinateJob.objects.filter(task_name="files.read_text")] == [
        "files.read_text"
    ]
    assert set(FileText.objects.values_list("state", flat=True)) == {TextState.WAITING, TextState.NONE}


def test_file_is_found_only_by_those_who_may_see_its_record(scope: Cast, strangers: Cast, customer: Any) -> None:
    add(scope, customer, "terms.txt", b"confidential rebate")
    other = door.create(scope.actor("admin"), spec_for(scope.organization, "customer"), {"name": "Not Sam's"})
    add(scope, other, "other.txt", b"confidential rebate")

    assert [hit.name for hit in find_files(scope.actor("salesperson"), "rebate")] == ["terms.txt"]
    assert len(find_files(scope.actor("admin"), "rebate")) == 2
    assert "terms.txt" not in sign_in(strangers, "admin").get("/palette?q=rebate").text
    assert api_client(strangers, "admin").get("/api/v1/files?q=rebate").json() == {"items": []}


def test_file_is_not_found_when_it_was_removed_or_its_record_is_in_the_bin(scope: Cast, customer: Any) -> None:
    actor, spec = scope.actor("admin"), spec_for(scope.organization, "customer")
    row = add(scope, customer, "a.txt", b"rebate")
    detach(actor, row.pk)
    assert find_files(actor, "rebate") == []
    add(scope, customer, "b.txt", b"rebate")
    delete(actor, spec, [customer.pk])

    assert find_files(actor, "rebate") == []


def test_search_everywhere_finds_files(scope: Cast, customer: Any) -> None:
    row = add(scope, customer, "contract.pdf", pdf("Penalty of five percent"))

    palette = sign_in(scope, "owner").get("/palette?q=penalty").text
    found = api_client(scope, "owner").get("/api/v1/files?q=penalty").json()["items"]

    assert f"/files/{row.file_id}?show" in palette
    assert "Penalty of five percent" in palette
    assert [(item["file"], item["record"]) for item in found] == [(str(row.file_id), str(customer.pk))]


def test_files_of_a_record_are_limited_to_those_that_fit(scope: Cast, customer: Any) -> None:
    for number in range(5):
        add(scope, customer, f"note{number}.txt", f"text number{number}".encode())
    browser = sign_in(scope, "owner")

    text = browser.get(f"/customers/{customer.pk}/files?q=number3").text

    assert "note3.txt" in text
    assert "note2.txt" not in text
    assert "No file fits." in browser.get(f"/customers/{customer.pk}/files?q=nowhere").text


def test_preview_shows_the_text_of_an_office_file_and_a_picture(scope: Cast, customer: Any) -> None:
    browser = sign_in(scope, "owner")
    document = add(scope, customer, "a.docx", word("<b>付款</b>"))
    picture = add(scope, customer, "a.png", PNG)
    panel = browser.get(f"/customers/{customer.pk}/files").text

    shown = browser.get(f"/files/{document.file_id}/preview", headers=DIALOG).text
    assert f"/files/{document.file_id}/preview" in panel
    assert "&lt;b&gt;付款&lt;/b&gt;" in shown
    assert f'src="/files/{picture.file_id}?show"' in browser.get(f"/files/{picture.file_id}/preview").text
    assert "Harbor Light" in browser.get(f"/files/{document.file_id}/preview").text


def test_preview_says_why_there_is_no_text(scope: Cast, customer: Any) -> None:
    browser = sign_in(scope, "owner")
    waiting = add(scope, customer, "a.docx", word("x"), read=False)
    damaged = add(scope, customer, "b.docx", b"PK\x03\x04 nothing")

    assert "is being read" in browser.get(f"/files/{waiting.file_id}/preview").text
    assert "is damaged" in browser.get(f"/files/{damaged.file_id}/preview").text


def test_preview_is_closed_to_those_who_may_not_see_the_record(scope: Cast, strangers: Cast, customer: Any) -> None:
    other = door.create(scope.actor("admin"), spec_for(scope.organization, "customer"), {"name": "Not Sam's"})
    row = add(scope, other, "a.txt", b"x")

    assert sign_in(scope, "salesperson").get(f"/files/{row.file_id}/preview").status_code == 404
    assert sign_in(strangers, "admin").get(f"/files/{row.file_id}/preview").status_code == 404


def test_pdf_is_shown_by_the_browser_and_may_do_nothing_else(scope: Cast, customer: Any) -> None:
    row = add(scope, customer, "a.pdf", pdf("x"))

    answer = sign_in(scope, "owner").get(f"/files/{row.file_id}?show")

    assert answer["Content-Type"] == "application/pdf"
    assert "inline" in answer["Content-Disposition"]
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; object-src 'self'")


def test_files_that_were_never_read_are_read_at_night(scope: Cast, customer: Any) -> None:
    row = add(scope, customer, "a.txt", b"rebate", read=False)
    FileText.objects.all().delete()

    read_missing_texts.func(0)
    read_text.func(organization_id=str(scope.organization.pk), file_id=str(row.file_id))

    assert [hit.name for hit in find_files(scope.actor("admin"), "rebate")] == ["a.txt"]


@pytest.mark.parametrize(
    ("content", "text", "expected"),
    [
        ("one two three", "two", "one two three"),
        ("a" * 100 + " needle " + "b" * 200, "NEEDLE", "…" + "a" * 29 + " needle " + "b" * 83 + "…"),
        ("one", "four", ""),
        ("", "x", ""),
    ],
)
def test_snippet_shows_the_words_around_the_hit(content: str, text: str, expected: str) -> None:
    assert snippet_of(content, text) == expected
