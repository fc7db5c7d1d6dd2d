"""Papers and their settings through HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from banyan.core.files.models import Attachment
from banyan.core.jobs.models import JobRun
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.pdf import can_draw
from banyan.documents.jobs import MAKE, make_paper
from banyan.documents.kinds import DocumentKind, Paper, Party, document_kinds
from banyan.documents.models import DocumentText, Letterhead
from banyan.documents.tests.test_rendering import picture
from banyan.teamwork.models import Notification
from tests.cast import Cast, sign_in

needs_pdf = pytest.mark.skipif(bool(can_draw()), reason="PDF cannot be made here")
NAME = "Harbor Light Trading"


def build(_actor, row) -> Paper:
    return Paper("Card", number=row["number"], parties=(Party("To", row["name"]),), values={"customer": row["name"]})


@pytest.fixture
def kind() -> Iterator[DocumentKind]:
    texts = {"en": {"intro": "Dear {customer}"}}
    made = DocumentKind(
        "card", "Card", "customer", build, size=lambda _actor, row: 500 if row["level"] == "a" else 1, texts=texts
    )
    yield document_kinds.add(made.name, made)
    document_kinds.remove(made.name)


@pytest.fixture
def company(cast: Cast) -> Cast:
    cast.organization.edition = "standard"
    cast.organization.save(update_fields=["edition"])
    return cast


def customer(company: Cast, **values: str):
    with organization_scope(company.organization.pk):
        owner = company.actor("owner")
        return door.create(owner, spec_for(owner.organization, "customer"), {"name": NAME, **values})


@needs_pdf
def test_record_has_its_paper_in_each_language_and_among_its_files(company: Cast, kind: DocumentKind) -> None:
    made = customer(company)
    browser = sign_in(company, "owner")
    assert f"/documents/card/{made.pk}" in browser.get(f"/customers/{made.pk}").content.decode()
    assert "简体中文" in browser.get(f"/documents/card/{made.pk}").content.decode()
    pdf = browser.get(f"/documents/card/{made.pk}/pdf", {"language": "en"})
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    printed = browser.get(f"/documents/card/{made.pk}/print", {"language": "en"}).content.decode()
    assert f"Dear {NAME}" in printed
    assert browser.post(f"/documents/card/{made.pk}/keep", {"language": "en"}).status_code == 303
    with organization_scope(company.organization.pk):
        assert Attachment.objects.get(about=f"customer:{made.pk}").file.name.startswith("Card")


@needs_pdf
def test_big_paper_is_made_in_the_background_and_told(company: Cast, kind: DocumentKind) -> None:
    made = customer(company, level="a")
    browser = sign_in(company, "owner")

    answer = browser.get(f"/documents/card/{made.pk}/pdf", {"language": "en"})

    assert answer.status_code == 303
    assert "hx-trigger" in browser.get(answer["Location"]).content.decode()
    with organization_scope(company.organization.pk):
        run = JobRun.objects.get(name=MAKE)
    make_paper(
        organization_id=str(company.organization.pk), user_id=str(company.users["owner"].pk), run_id=str(run.pk),
        kind="card", record_id=str(made.pk), language="en", keeps=False,
    )  # fmt: skip
    page = browser.get(answer["Location"]).content.decode()
    file = page.partition("/files/")[2].partition("?")[0]
    assert browser.get(f"/files/{file}").status_code == 200
    with organization_scope(company.organization.pk):
        assert Notification.objects.filter(user=company.users["owner"], about__startswith="/files/").exists()
    assert sign_in(company, "teammate").get(answer["Location"]).status_code == 404


def test_paper_is_for_those_who_may_see_the_record(company: Cast, strangers: Cast, kind: DocumentKind) -> None:
    made = customer(company)
    stranger = sign_in(strangers, "admin")
    for path in ("", "/pdf", "/print"):
        assert stranger.get(f"/documents/card/{made.pk}{path}").status_code == 404
        assert sign_in(company, "owner").get(f"/documents/nothing/{made.pk}{path}").status_code == 404
    assert stranger.post(f"/documents/card/{made.pk}/keep").status_code == 404


def test_letterhead_is_changed_by_those_who_may(company: Cast) -> None:
    browser = sign_in(company, "admin")
    assert browser.get("/settings/letterhead").status_code == 200
    values = {"name_zh": "榕树贸易", "accent": "teal", "bank_name": "Bank"}
    assert browser.post("/settings/letterhead", {**values, "logo": picture()}).status_code == 303
    assert browser.get("/settings/letterhead/logo.png")["Content-Type"] == "image/png"
    broken = SimpleUploadedFile("logo.png", b"<svg/>")
    refused = browser.post("/settings/letterhead", {**values, "name_zh": "Other", "logo": broken})
    assert refused.status_code == 422
    with organization_scope(company.organization.pk):
        row = Letterhead.objects.get()
        assert (row.name_zh, row.accent, row.logo is not None) == ("榕树贸易", "teal", True)
    assert browser.post("/settings/letterhead", {**values, "drop_logo": "on"}).status_code == 303
    assert browser.get("/settings/letterhead/logo.png").status_code == 404
    assert browser.get("/settings/letterhead/other.png").status_code == 404
    assert sign_in(company, "owner").get("/settings/letterhead").status_code == 403


@needs_pdf
def test_letterhead_and_texts_are_shown_on_an_example(company: Cast, kind: DocumentKind) -> None:
    browser = sign_in(company, "admin")
    for answer in (
        browser.get("/settings/letterhead/preview", {"language": "zh-hans"}),
        browser.post("/settings/document-texts/card/en", {"intro": "Hi {customer}", "terms": "Net", "preview": "1"}),
    ):
        assert answer["Content-Type"] == "application/pdf"


def test_texts_are_written_in_each_language_and_placeholders_are_checked(company: Cast, kind: DocumentKind) -> None:
    browser = sign_in(company, "admin")
    assert "Card" in browser.get("/settings/document-texts").content.decode()
    assert "Dear {customer}" in browser.get("/settings/document-texts/card/en").content.decode()
    wrong = browser.post("/settings/document-texts/card/en", {"intro": "Dear {custommer}"})
    assert wrong.status_code == 422
    assert "{custommer}" in wrong.content.decode()
    assert browser.post("/settings/document-texts/card/en", {"intro": "Hello {customer}"}).status_code == 303
    made = customer(company)
    printed = browser.get(f"/documents/card/{made.pk}/print", {"language": "en"}).content.decode()
    assert f"Hello {NAME}" in printed
    with organization_scope(company.organization.pk):
        assert DocumentText.objects.count() == 1
    for path in ("card/fr", "nothing/en"):
        assert browser.get(f"/settings/document-texts/{path}").status_code == 404
    assert sign_in(company, "owner").get("/settings/document-texts").status_code == 403


def test_visitor_without_session_is_sent_to_sign_in(company: Cast, kind: DocumentKind) -> None:
    assert Client().get("/settings/letterhead").status_code == 302
