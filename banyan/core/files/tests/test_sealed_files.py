"""Contents of files: encrypted in the store, read as before, and encrypted anew when keys change."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import obstore
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from banyan.core.ciphers.streams import is_stream
from banyan.core.ciphers.suites import Unreadable
from banyan.core.encryption.keyring import add_key, forget_all_keys
from banyan.core.files import services, storage
from banyan.core.files.models import File
from banyan.core.files.resealing import reseal_files
from banyan.core.kernel.ids import new_id
from tests.cast import Cast, sign_in

CONTENT = "一份合同。".encode() * 100_000


@pytest.fixture(autouse=True)
def _fresh_keys():
    forget_all_keys()
    yield
    forget_all_keys()


def kept(scope: Cast, content: bytes = CONTENT) -> File:
    return services.store_file(scope.actor("owner"), SimpleUploadedFile("合同.txt", content))


def stored(file: File) -> bytes:
    return bytes(obstore.get(storage.store(), file.key).bytes())


def test_content_lies_encrypted_and_comes_back_through_the_page(scope: Cast) -> None:
    file = kept(scope)

    assert is_stream(stored(file))
    assert CONTENT[:60] not in stored(file)
    assert b"".join(storage.read(file.key)) == CONTENT
    answer = sign_in(scope, "owner").get(f"/files/{file.pk}")
    assert b"".join(answer.streaming_content) == CONTENT
    assert answer.headers["Content-Length"] == str(len(CONTENT))


def test_content_of_before_is_read_and_then_encrypted(scope: Cast) -> None:
    file = kept(scope)
    obstore.put(storage.store(), file.key, CONTENT)
    assert b"".join(storage.read(file.key)) == CONTENT

    last, count = reseal_files(scope.actor("admin"), None)

    assert (last, count) == (file.pk, 1)
    assert is_stream(stored(file))
    assert b"".join(storage.read(file.key)) == CONTENT


def test_content_is_encrypted_anew_with_a_new_key_and_only_then(scope: Cast) -> None:
    file = kept(scope)
    before = stored(file)
    assert not storage.reseal(file.key)
    add_key(scope.organization.pk, "data", "sm4")

    assert b"".join(storage.read(file.key)) == CONTENT
    assert storage.reseal(file.key)
    assert stored(file) != before
    assert b"".join(storage.read(file.key)) == CONTENT
    assert not storage.reseal(file.key)


def test_content_that_was_changed_or_moved_in_the_store_is_refused(scope: Cast) -> None:
    one, other = kept(scope), kept(scope, b"another")
    changed = bytearray(stored(one))
    changed[len(changed) // 2] ^= 1
    obstore.put(storage.store(), one.key, bytes(changed))
    with pytest.raises(Unreadable):
        b"".join(storage.read(one.key))

    obstore.put(storage.store(), one.key, stored(other))
    with pytest.raises(Unreadable):
        b"".join(storage.read(one.key))


def test_a_large_content_takes_little_memory(scope: Cast) -> None:
    size = 40 * 1024 * 1024
    key = storage.key_of(scope.organization.pk, new_id())

    def pieces() -> Iterator[bytes]:
        for _piece in range(size // 65_536):
            yield bytes(65_536)

    tracemalloc.start()
    storage.write(key, pieces())
    assert sum(map(len, storage.read(key))) == size
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    storage.delete(key)

    assert peak < 20 * 1024 * 1024
