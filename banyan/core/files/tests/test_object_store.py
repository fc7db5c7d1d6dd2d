"""Files in an S3-compatible store: the same doors, the contents elsewhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from banyan.core.files import services, storage
from banyan.core.files.models import File
from banyan.core.files.tests.object_store import ObjectStore, running_store
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.transfer.importing.services import keep_file, local_copy
from tests.cast import Cast, sign_in

BUCKET = "banyan-files"


@pytest.fixture
def object_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """A store that the installation is configured to use, as an administrator does it."""
    with running_store() as store:
        for name, value in {
            "AWS_ENDPOINT_URL": store.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "eu-central-1",
        }.items():
            monkeypatch.setenv(name, value)
        changed = dataclasses.replace(settings.CONFIGURATION, files_url=f"s3://{BUCKET}/crm")
        monkeypatch.setattr(settings, "CONFIGURATION", changed)
        storage.store.cache_clear()
        yield store
        storage.store.cache_clear()


def attached(scope: Cast, name: str, content: bytes) -> File:
    actor = scope.actor("owner")
    customer = door.create(actor, spec_for(scope.organization, "customer"), {"name": "Harbor Light"})
    upload = SimpleUploadedFile(name, content)
    return services.attach(actor, object_name="customer", record_id=customer.pk, upload=upload).file


def test_content_lies_in_the_bucket_and_comes_back_with_permission(scope: Cast, object_store: ObjectStore) -> None:
    file = attached(scope, "报价单.txt", "一万元".encode())

    assert list(object_store.objects) == [f"{BUCKET}/crm/{file.key}"]
    assert "一万元".encode() not in object_store.objects[f"{BUCKET}/crm/{file.key}"]
    assert object_store.unsigned == []
    assert str(scope.organization.pk) in file.key
    answer = sign_in(scope, "viewer").get(f"/files/{file.pk}")
    assert b"".join(answer.streaming_content).decode() == "一万元"
    assert sign_in(scope, "salesperson").get(f"/files/{file.pk}").status_code == 404


def test_large_content_travels_in_parts_and_is_whole(scope: Cast, object_store: ObjectStore) -> None:
    content = bytes(range(256)) * 50_000
    file = attached(scope, "large.bin", content)

    assert object_store.parts == {}
    assert content[:64] not in object_store.objects[f"{BUCKET}/crm/{file.key}"]
    assert b"".join(storage.read(file.key)) == content


def test_refused_content_never_reaches_the_bucket(scope: Cast, object_store: ObjectStore) -> None:
    customer = door.create(scope.actor("owner"), spec_for(scope.organization, "customer"), {"name": "Harbor Light"})
    sent = {"files": SimpleUploadedFile("picture.png", b"<!DOCTYPE html><script>alert(1)</script>")}

    assert sign_in(scope, "owner").post(f"/customers/{customer.pk}/files", sent).status_code == 422
    assert object_store.objects == {}


def test_versions_are_kept_side_by_side(scope: Cast, object_store: ObjectStore) -> None:
    actor = scope.actor("owner")
    customer = door.create(actor, spec_for(scope.organization, "customer"), {"name": "Harbor Light"})
    rows = [
        services.attach(
            actor, object_name="customer", record_id=customer.pk, upload=SimpleUploadedFile("offer.txt", text)
        )
        for text in (b"first", b"second")
    ]

    assert [row.version for row in rows] == [1, 2]
    assert [b"".join(storage.read(row.file.key)) for row in rows] == [b"first", b"second"]


def test_content_that_is_gone_is_no_half_answer(scope: Cast, object_store: ObjectStore) -> None:
    file = attached(scope, "a.txt", b"hello")
    storage.delete(file.key)

    with pytest.raises(FileNotFoundError):
        list(storage.read(file.key))


def test_import_reads_its_file_from_the_bucket(scope: Cast, object_store: ObjectStore) -> None:
    file = keep_file(scope.actor("admin"), SimpleUploadedFile("customers.csv", b"Name\nOne\n"))

    with local_copy(file) as path:
        assert path.read_bytes() == b"Name\nOne\n"
