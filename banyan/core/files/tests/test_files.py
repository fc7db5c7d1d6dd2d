"""Files through the doors that people and programs use."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from banyan.core.files import services
from banyan.core.files.contents import content_type, safe_name
from banyan.core.kernel.errors import Missing, Refused
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from tests.cast import Cast, api_client, sign_in

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"


@pytest.fixture
def customer(scope: Cast):
    return door.create(scope.actor("owner"), spec_for(scope.organization, "customer"), {"name": "Harbor Light"})


def test_file_comes_back_as_it_was_sent(scope: Cast, customer) -> None:
    browser = sign_in(scope, "owner")

    shown = browser.post(
        f"/customers/{customer.pk}/files", {"files": SimpleUploadedFile("报价单.txt", "一万元".encode())}
    )

    assert shown.status_code == 200
    assert "报价单.txt" in shown.content.decode()
    [row] = services.attachments_of(scope.actor("owner"), object_name="customer", record_id=customer.pk)
    answer = browser.get(f"/files/{row.file_id}")
    assert b"".join(answer.streaming_content).decode() == "一万元"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]


def test_picture_is_shown_and_an_unknown_type_only_saved(scope: Cast, customer) -> None:
    actor = scope.actor("owner")
    picture = services.attach(
        actor, object_name="customer", record_id=customer.pk, upload=SimpleUploadedFile("a.png", PNG)
    )
    other = services.attach(
        actor, object_name="customer", record_id=customer.pk, upload=SimpleUploadedFile("a.bin", b"\x00\x01\x02" * 50)
    )
    browser = sign_in(scope, "owner")

    assert browser.get(f"/files/{picture.file_id}?show")["Content-Type"] == "image/png"
    assert browser.get(f"/files/{other.file_id}?show")["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("virus.exe", b"MZ\x90\x00"),
        ("page.html", b"<html><script>alert(1)</script></html>"),
        ("picture.svg", b"<svg onload=alert(1)>"),
        ("picture.png", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("script.txt", b"#!/bin/sh\nrm -rf /"),
        ("empty.txt", b""),
    ],
)
def test_program_page_or_empty_file_is_refused(scope: Cast, customer, name: str, content: bytes) -> None:
    refused = sign_in(scope, "owner").post(
        f"/customers/{customer.pk}/files", {"files": SimpleUploadedFile(name, content)}
    )

    assert refused.status_code == 422
    assert name in refused.content.decode()
    assert services.attachments_of(scope.actor("owner"), object_name="customer", record_id=customer.pk) == []


def test_stranger_and_salesperson_cannot_read_it(scope: Cast, strangers: Cast, customer) -> None:
    row = services.attach(
        scope.actor("owner"), object_name="customer", record_id=customer.pk, upload=SimpleUploadedFile("a.txt", b"x")
    )

    assert sign_in(strangers, "admin").get(f"/files/{row.file_id}").status_code == 404
    assert sign_in(scope, "salesperson").get(f"/files/{row.file_id}").status_code == 404
    assert sign_in(scope, "viewer").get(f"/files/{row.file_id}").status_code == 200


def test_reader_cannot_attach(scope: Cast, customer) -> None:
    answer = sign_in(scope, "viewer").post(
        f"/customers/{customer.pk}/files", {"files": SimpleUploadedFile("a.txt", b"x")}
    )

    assert answer.status_code == 403


def test_removed_file_can_be_brought_back(scope: Cast, customer) -> None:
    actor = scope.actor("owner")
    row = services.attach(
        actor, object_name="customer", record_id=customer.pk, upload=SimpleUploadedFile("a.txt", b"x")
    )

    services.detach(actor, row.pk)
    assert services.attachments_of(actor, object_name="customer", record_id=customer.pk) == []
    services.reattach(actor, row.pk)
    assert len(services.attachments_of(actor, object_name="customer", record_id=customer.pk)) == 1


def test_same_name_again_is_a_new_version(scope: Cast, customer) -> None:
    actor = scope.actor("owner")
    versions = [
        services.attach(
            actor, object_name="customer", record_id=customer.pk, upload=SimpleUploadedFile("a.txt", text)
        ).version
        for text in (b"one", b"two")
    ]

    assert versions == [1, 2]


def test_program_attaches_lists_and_reads(scope: Cast, customer) -> None:
    client = api_client(scope, "owner")
    address = f"/api/v1/customers/{customer.pk}/files"

    made = client.post(address, {"file": SimpleUploadedFile("a.txt", b"hello")})

    assert made.status_code == 201, made.content
    assert [item["name"] for item in client.get(address).json()["items"]] == ["a.txt"]
    assert b"".join(client.get(made["Location"]).streaming_content) == b"hello"
    assert client.delete(f"/api/v1/attachments/{made.json()['id']}").status_code == 204
    assert client.get(address).json()["items"] == []


def test_file_of_an_invisible_record_is_missing(scope: Cast, customer) -> None:
    with pytest.raises(Missing):
        services.attachments_of(scope.actor("salesperson"), object_name="customer", record_id=customer.pk)


@pytest.mark.parametrize(
    ("given", "stored"),
    [("../../etc/passwd", "passwd"), ("a\x00b.txt", "ab.txt"), ("..", "file"), ("C:\\x\\y.pdf", "y.pdf")],
)
def test_name_keeps_no_folder_and_no_trap(given: str, stored: str) -> None:
    assert safe_name(given) == stored


def test_too_large_file_is_refused() -> None:
    with pytest.raises(Refused):
        content_type("a.zip", b"PK", size=10**9)
