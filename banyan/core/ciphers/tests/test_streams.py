import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.ciphers.streams import (
    PIECE_BYTES,
    SEALED_PIECE_BYTES,
    SealedFile,
    StreamHead,
    open_stream,
    seal_stream,
)
from banyan.core.ciphers.suites import KEY_BYTES, Unreadable, suites

KEY = bytes(range(KEY_BYTES))
SIZES = (0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES)


def content_of(size):
    return bytes(index * 7 % 251 for index in range(size))


def sealed_stream(content, suite="aes256", parts=10_000):
    head = StreamHead(suites[suite], b"1")
    pieces = (content[start : start + parts] for start in range(0, len(content), parts))
    return b"".join(seal_stream(head, KEY, b"file", pieces))


def opened(sealed, context=b"file", parts=9_999):
    pieces = (sealed[start : start + parts] for start in range(0, len(sealed), parts))
    return b"".join(open_stream(pieces, lambda _label: KEY, context))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("suite", ["aes256", "sm4"])
def test_a_stream_gives_back_its_content(size, suite):
    content = content_of(size)

    assert opened(sealed_stream(content, suite)) == content


@pytest.mark.parametrize("size", SIZES)
def test_a_sealed_file_reads_any_part(size):
    content = content_of(size)
    file = SealedFile.open(io.BytesIO(sealed_stream(content)), lambda _label: KEY, b"file")

    with io.BufferedReader(file) as reader:
        for start in (0, size // 2, max(0, size - 5), PIECE_BYTES):
            reader.seek(start)
            assert reader.read(70_000) == content[start : start + 70_000]


@pytest.mark.parametrize("size", SIZES)
def test_a_sealed_file_is_written_with_corrections(size):
    content, target = content_of(size), io.BytesIO()
    with SealedFile.create(target, StreamHead(suites["aes256"], b"1"), KEY, b"file") as file:
        file.write(bytes(size))
        for start in range(0, size, 50_000):
            file.seek(start)
            file.write(content[start : start + 50_000])

    assert opened(target.getvalue()) == content


def test_a_stream_is_refused_when_pieces_are_missing_moved_or_cut_off():
    sealed = sealed_stream(content_of(3 * PIECE_BYTES + 10))
    head = len(sealed) - 3 * SEALED_PIECE_BYTES - 10 - 28
    one, two = (sealed[head + i * SEALED_PIECE_BYTES : head + (i + 1) * SEALED_PIECE_BYTES] for i in (0, 1))
    rest = sealed[head + 2 * SEALED_PIECE_BYTES :]
    for changed in (
        sealed[:head] + two + one + rest,
        sealed[:head] + one + rest,
        sealed[: head + 3 * SEALED_PIECE_BYTES],
        sealed[:head],
        sealed[:5],
        b"",
    ):
        with pytest.raises(Unreadable):
            opened(changed)
        with pytest.raises(Unreadable):
            SealedFile.open(io.BytesIO(changed), lambda _label: KEY, b"file").read()


@given(place=st.integers(0, 10_000), change=st.integers(1, 255))
def test_a_stream_is_refused_when_any_byte_differs(place, change):
    sealed = bytearray(sealed_stream(content_of(9_000)))
    sealed[place % len(sealed)] ^= change

    with pytest.raises(Unreadable):
        opened(bytes(sealed))


def test_a_stream_opens_only_where_it_belongs():
    with pytest.raises(Unreadable):
        opened(sealed_stream(b"secret"), context=b"another file")
