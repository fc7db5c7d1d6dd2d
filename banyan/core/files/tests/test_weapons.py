"""Uploads that pretend to be something else: what could run in a browser is refused, what remains cannot run."""

from __future__ import annotations

import gzip

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from banyan.core.files.contents import content_type
from banyan.core.files.services import attach
from banyan.core.files.tests.documents import archive
from banyan.core.kernel.errors import Refused
from banyan.core.objects.registry import objects
from banyan.core.records import door
from tests.cast import Cast, sign_in

SCRIPT = b"<script>alert(document.domain)</script>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


@pytest.mark.parametrize(
    "content",
    [
        DRAWING,
        b"\xef\xbb\xbf" + DRAWING,
        b'<?xml version="1.0"?>' + DRAWING,
        b'<?xml version="1.0"?><!-- a picture, honestly --> ' + DRAWING,
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [<!ENTITY x "y">]>' + DRAWING,
        b'<x:svg xmlns:x="http://www.w3.org/2000/svg"/>',
        "\ufeff<html><body>".encode("utf-16-le"),
        "\ufeff<!DOCTYPE html>".encode("utf-16-be"),
        b"<!-- --><!-- --><!doctype HTML>",
        b"  \n\t<ScRiPt>alert(1)</ScRiPt>",
        b"<iframe src=javascript:alert(1)>",
        b"<meta http-equiv=refresh content=0>",
        b"<body/onload=alert(1)>",
    ],
)
@pytest.mark.parametrize("name", ["picture.png", "notes.txt", "report.pdf", "data.xml", "drawing.SVG.txt", "nothing"])
def test_page_or_drawing_with_code_is_refused_whatever_its_name(content: bytes, name: str) -> None:
    with pytest.raises(Refused, match="file_refused"):
        content_type(name, content, size=len(content))


@pytest.mark.parametrize("name", ["a.svg", "a.HTML", "a.xhtml", "a.js", "a.hta", "a.php", "a.jar"])
def test_ending_that_runs_is_refused_whatever_the_content(name: str) -> None:
    with pytest.raises(Refused, match="file_refused"):
        content_type(name, PIXEL, size=len(PIXEL))


@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0"?><invoice><html-note/></invoice>',
        b"<document><svg/></document>",
        b"a < b and <script> in words",
    ],
)
def test_data_that_only_mentions_pages_is_kept(content: bytes) -> None:
    assert content_type("data.xml", content, size=len(content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("picture.gif", PIXEL + SCRIPT),
        ("picture.gif", b"GIF89a/*" + b"\x00" * 8 + b"*/=1;alert(1)//"),
        ("report.pdf", b"%PDF-1.7\n" + SCRIPT),
        ("photo.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + SCRIPT),
        ("archive.zip", SCRIPT.join((b"PK\x05\x06" + b"\x00" * 18, b""))),
    ],
)
def test_file_that_is_two_things_at_once_cannot_run(scope: Cast, name: str, content: bytes) -> None:
    actor = scope.actor("admin")
    customer = door.create(actor, objects["customer"], {"name": "Target"})
    upload = SimpleUploadedFile(name, content)
    file = attach(actor, object_name="customer", record_id=customer.pk, upload=upload).file
    client = sign_in(scope, "admin")

    for query in ("", "?show"):
        answer = client.get(f"/files/{file.pk}{query}")
        assert answer.getvalue() == content
        assert "html" not in answer["Content-Type"]
        assert "javascript" not in answer["Content-Type"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert query or answer["Content-Disposition"].startswith("attachment")


def test_archive_bomb_is_stored_and_never_unpacked(scope: Cast) -> None:
    bomb = archive({f"{number}.txt": "0" * 5_000_000 for number in range(20)})
    assert len(bomb) < 200_000
    actor = scope.actor("admin")
    customer = door.create(actor, objects["customer"], {"name": "Target"})

    stored = attach(actor, object_name="customer", record_id=customer.pk, upload=SimpleUploadedFile("bomb.zip", bomb))

    assert stored.file.size == len(bomb)


def test_compressed_page_is_no_page(scope: Cast) -> None:
    content = gzip.compress(SCRIPT)

    assert "html" not in content_type("notes.html.gz", content, size=len(content))
