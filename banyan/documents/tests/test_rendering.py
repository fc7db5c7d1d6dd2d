"""Papers as PDF, looked at as text and as a picture; and that a paper reaches nothing but itself."""

from __future__ import annotations

import io
from decimal import Decimal

import pypdfium2
import pytest
from django.core.files.base import ContentFile
from django.utils import translation
from PIL import Image, ImageDraw

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Invalid
from banyan.core.web import pdf
from banyan.documents.kinds import Paper, Party
from banyan.documents.services import rendering
from banyan.documents.services.letterheads import as_png, change_letterhead, head_of
from banyan.documents.services.rendering import draw, render_paper
from banyan.documents.services.tables import priced_lines

LANGUAGES = ("zh-hans", "en")
MARK = (214, 30, 144)


def picture(color: tuple[int, int, int] = MARK, size: tuple[int, int] = (600, 200)) -> ContentFile:
    written = io.BytesIO()
    drawn = Image.new("RGB", size, "white")
    ImageDraw.Draw(drawn).rectangle((10, 10, size[0] - 10, size[1] - 10), fill=color)
    drawn.save(written, "PNG")
    return ContentFile(written.getvalue(), name="logo.png")


def line(name: str = "电缆 Cable", **given: object) -> dict:
    values = {"name": name, "quantity": Decimal("2.500"), "unit": "m", "unit_price": Decimal("100.00"),
              "discount_percent": Decimal(0), "tax_rate": Decimal(13), "amount": Decimal("250.00"),
              "net_amount": Decimal("221.24"), "tax_amount": Decimal("28.76")}  # fmt: skip
    return {**values, **given}


def paper(language: str, *, count: int = 3, **more: object) -> Paper:
    with translation.override(language):
        lines = [line(f"电缆 Cable {index}") for index in range(count)]
        amounts = {"currency": "CNY", "amount": 250 * count, "net_amount": Decimal("221.24") * count}
        priced = priced_lines(lines, {**amounts, "amount": Decimal(250 * count)})
        return Paper(
            title="报价单" if language != "en" else "Quotation",
            number="QU-2026-00007",
            parties=(Party("To", "深圳示例科技有限公司"),),
            tables=(priced.table,),
            sums=priced.sums,
            capitals=priced.capitals,
            **more,
        )


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.parametrize("language", LANGUAGES)
def test_paper_shows_logo_table_and_totals_within_its_margins(admin: Actor, language: str) -> None:
    change_letterhead(
        admin, {"name_zh": "榕树贸易", "name_en": "Banyan Trading", "footer_zh": "页脚"}, {"logo": picture()}
    )
    content = render_paper(admin.organization, paper(language), language)

    page = pypdfium2.PdfDocument(content)[0]
    seen = page.render(scale=1).to_pil().convert("RGB")
    assert tuple(round(side) for side in page.get_size()) == (595, 842)
    logo = seen.crop((40, 30, 240, 110))
    assert any(
        abs(red - 214) + abs(green - 30) + abs(blue - 144) < 30 for _n, (red, green, blue) in logo.getcolors(99_999)
    )
    inked = seen.convert("L").point(lambda value: 255 if value < 200 else 0).getbbox()
    assert inked is not None
    # Nothing is cut off: ink keeps away from the edges of the sheet.
    assert inked[0] > 20
    assert inked[2] < 575
    text = text_of(content)
    words = ("榕树贸易", "报价单", "第 1 页，共 1 页", "柒佰伍拾元整") if language != "en" else (
        "Banyan Trading", "Quotation", "Page 1 of 1", "750.00", "Tax 13% on")  # fmt: skip
    for word in (*words, "QU-2026-00007", "电缆 Cable 2", "深圳示例科技有限公司"):
        assert word in text, text


def test_long_paper_repeats_its_head_and_counts_its_pages(admin: Actor) -> None:
    content = render_paper(admin.organization, paper("en", count=80), "en")

    document = pypdfium2.PdfDocument(content)
    assert len(document) > 1
    last = document[len(document) - 1].get_textpage().get_text_range()
    assert f"Page {len(document)} of {len(document)}" in last
    assert "Quotation · QU-2026-00007" in last


def test_paper_reaches_no_file_and_no_server(admin: Actor, tmp_path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture().read())
    evil = (f'<img src="file://{secret}"><img src="http://127.0.0.1:1/x"><link rel="stylesheet" href="file://{secret}">'
            f'<link rel="attachment" href="file://{secret}"><style>@import "file://{secret}";</style>')  # fmt: skip
    content = draw(f"<html><body>Hello{evil}</body></html>", {})

    document = pypdfium2.PdfDocument(content)
    assert "Hello" in text_of(content)
    assert len(document.get_attachment(0).get_data()) == 0 if document.count_attachments() else True
    assert MARK not in {color for _n, color in document[0].render(scale=1).to_pil().convert("RGB").getcolors(99_999)}


def test_text_of_a_record_is_text_and_no_markup(admin: Actor) -> None:
    content = render_paper(admin.organization, paper("en", notes="<img src=x><b>bold</b> & co"), "en")

    assert "<img src=x><b>bold</b> & co" in text_of(content)


def test_missing_libraries_are_told_and_the_browser_prints(admin: Actor, monkeypatch) -> None:
    def lacking() -> None:
        raise pdf.PdfUnavailable("pdf_unavailable", "no", reason="cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(pdf, "_weasyprint", lacking)

    assert "libpango" in pdf.can_draw()
    text, _pictures = rendering.paper_markup(admin.organization, paper("en"), "en", prints=True)
    assert "QU-2026-00007" in text


def test_letterhead_reads_in_each_language_and_falls_back(admin: Actor) -> None:
    change_letterhead(admin, {"name_zh": "榕树贸易", "address_en": "1 Main Street", "accent": "navy"}, {})

    chinese, english = head_of(admin.organization, "zh-hans"), head_of(admin.organization, "en")
    assert (chinese.name, english.name) == ("榕树贸易", "榕树贸易")
    assert (chinese.address, english.address) == ("1 Main Street", "1 Main Street")
    assert english.accent == "navy"


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"", b"\x89PNG\r\n\x1a\nbroken"])
def test_picture_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        as_png(ContentFile(content, name="logo.png"), "logo")
