"""Sealed streams: contents of any length in pieces that are sealed one by one, in constant memory.

A stream is a head and pieces of 64 KiB, each with a nonce of its own, its tag, and its place in the stream
authenticated, the last one as the last: pieces cannot be changed, moved, left out or cut off. Any piece can
be read, and written anew, without the others.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import IO

from banyan.core.ciphers.suites import NONCE_BYTES, TAG_BYTES, Suite, Unreadable, suite_by_code

MAGIC = b"BANYANS1"
PIECE_BYTES = 64 * 1024
SALT_BYTES = 16
SEALED_PIECE_BYTES = NONCE_BYTES + PIECE_BYTES + TAG_BYTES
LONGEST_LABEL = 4_096
_FIXED = struct.Struct(f">8sB{SALT_BYTES}sH")

#: Returns the key for the label of a stream, which is its number or its wrapped form.
FindKey = Callable[[bytes], bytes]


class StreamHead:
    """The head of a stream: its suite, the label by which its key is found, and its salt.

    Each stream has a key of its own, derived with the salt, and bound to a ``context``.
    """

    def __init__(self, suite: Suite, label: bytes, salt: bytes = b"") -> None:
        self.suite = suite
        self.label = label
        self.salt = salt or os.urandom(SALT_BYTES)

    def to_bytes(self) -> bytes:
        """Return the head as it stands at the beginning of a stream."""
        return _FIXED.pack(MAGIC, self.suite.code, self.salt, len(self.label)) + self.label

    @classmethod
    def read(cls, file: IO[bytes]) -> StreamHead:
        """Read a head; raise ``Unreadable`` when there is none."""
        fixed = file.read(_FIXED.size)
        if len(fixed) < _FIXED.size:
            raise Unreadable
        magic, code, salt, length = _FIXED.unpack(fixed)
        label = file.read(length) if length <= LONGEST_LABEL else b""
        if magic != MAGIC or len(label) < length:
            raise Unreadable
        return cls(suite_by_code(code), label, salt)

    def pieces(self, key: bytes, context: bytes) -> Pieces:
        """Return what seals and opens the pieces of this stream."""
        return Pieces(self.suite, self.suite.derive(key, b"stream", self.salt), self.to_bytes() + context)


class Pieces:
    """Seals and opens single pieces of one stream."""

    def __init__(self, suite: Suite, key: bytes, context: bytes) -> None:
        self._suite, self._key, self._context = suite, key, context

    def seal(self, index: int, content: bytes, *, is_last: bool) -> bytes:
        """Return a piece as it is stored."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._suite.seal(self._key, nonce, content, self._place(index, is_last))

    def open(self, index: int, sealed: bytes, *, is_last: bool) -> bytes:
        """Return the content of a piece; raise ``Unreadable``."""
        return self._suite.open(self._key, sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._place(index, is_last))

    def _place(self, index: int, is_last: bool) -> bytes:  # noqa: FBT001 a part of the place
        return struct.pack(">Q?", index, is_last) + self._context


def is_stream(start: bytes) -> bool:
    """Say whether a content that begins so is a sealed stream."""
    return start.startswith(MAGIC)


def seal_stream(head: StreamHead, key: bytes, context: bytes, content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the sealed stream of a content that comes in parts of any size."""
    pieces = head.pieces(key, context)
    yield head.to_bytes()
    index, waiting = 0, b""
    for part in content:
        waiting += part
        while len(waiting) > PIECE_BYTES:
            yield pieces.seal(index, waiting[:PIECE_BYTES], is_last=False)
            waiting, index = waiting[PIECE_BYTES:], index + 1
    yield pieces.seal(index, waiting, is_last=True)


def open_stream(content: Iterable[bytes], find_key: FindKey, context: bytes) -> Iterator[bytes]:
    """Yield the content of a sealed stream that comes in parts; raise ``Unreadable`` at the first wrong piece."""
    source = _Buffered(iter(content))
    head = StreamHead.read(source)  # type: ignore[arg-type]  # it reads, and more is not needed
    pieces = head.pieces(find_key(head.label), context)
    index, piece = 0, source.read(SEALED_PIECE_BYTES)
    while True:
        following = source.read(SEALED_PIECE_BYTES)
        yield pieces.open(index, piece, is_last=not following)
        if not following:
            return
        index, piece = index + 1, following


class _Buffered:
    """Reads an exact number of bytes from parts of any size."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._rest = parts, bytearray()

    def read(self, size: int) -> bytes:
        while len(self._rest) < size and (part := next(self._parts, None)) is not None:
            self._rest += part
        taken = bytes(self._rest[:size])
        del self._rest[:size]
        return taken


class SealedFile(io.RawIOBase):
    """A sealed stream in a file, read and written at any place like a plain file.

    For writing, begin with ``SealedFile.create`` on a file open for reading and writing; ``close`` seals what
    is still open, and leaves the file itself to whoever opened it.
    """

    def __init__(self, file: IO[bytes], head: StreamHead, key: bytes, context: bytes, *, is_new: bool = False) -> None:
        super().__init__()
        self._file, self._pieces = file, head.pieces(key, context)
        self._begin = len(head.to_bytes())
        self._position, self._index, self._piece, self._is_changed = 0, -1, bytearray(), False
        self._size = 0 if is_new else self._measure()
        self._is_new, self._is_closing = is_new, False

    @classmethod
    def create(cls, file: IO[bytes], head: StreamHead, key: bytes, context: bytes) -> SealedFile:
        """Begin a stream in an empty file."""
        file.write(head.to_bytes())
        return cls(file, head, key, context, is_new=True)

    @classmethod
    def open(cls, file: IO[bytes], find_key: FindKey, context: bytes) -> SealedFile:
        """Open a stream for reading; raise ``Unreadable``."""
        head = StreamHead.read(file)
        opened = cls(file, head, find_key(head.label), context)
        # What was cut off at the end of a piece shows at once, not when somebody reads that far.
        opened._load(opened._last())
        return opened

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def writable(self) -> bool:
        """Say whether it was begun for writing."""
        return self._is_new

    def seekable(self) -> bool:
        """Say that any place can be gone to."""
        return True

    def tell(self) -> int:
        """Return the place in the content."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place in the content."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: object) -> int:
        """Read up to the end of the present piece."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # any buffer
        index, start = divmod(self._position, PIECE_BYTES)
        wanted = min(len(view), self._size - self._position, PIECE_BYTES - start)
        if wanted <= 0:
            return 0
        self._load(index)
        view[:wanted] = self._piece[start : start + wanted]
        self._position += wanted
        return wanted

    def write(self, content: object) -> int:
        """Write at the present place, within the content or at its end."""
        view = memoryview(content).cast("B")  # type: ignore[arg-type]  # any buffer
        done = 0
        while done < len(view):
            index, start = divmod(self._position, PIECE_BYTES)
            part = view[done : done + PIECE_BYTES - start]
            self._load(index)
            self._piece[start : start + len(part)] = part
            self._is_changed = True
            done += len(part)
            self._position += len(part)
            self._size = max(self._size, self._position)
        return done

    def close(self) -> None:
        """Seal what was written last; a stream that ends on a whole piece is re-sealed to end there."""
        if not self.closed and self._is_new:
            self._load(self._last())
            self._is_closing = self._is_changed = True
            self._store()
            self._file.flush()
        super().close()

    def _measure(self) -> int:
        self._file.seek(0, io.SEEK_END)
        whole, rest = divmod(self._file.tell() - self._begin, SEALED_PIECE_BYTES)
        if 0 < rest < NONCE_BYTES + TAG_BYTES or not whole + rest:
            raise Unreadable
        return whole * PIECE_BYTES + (rest - NONCE_BYTES - TAG_BYTES if rest else 0)

    def _last(self) -> int:
        return max(0, self._size - 1) // PIECE_BYTES

    def _load(self, index: int) -> None:
        if index == self._index:
            return
        self._store()
        self._index, self._piece = index, bytearray()
        if self._is_new and index * PIECE_BYTES >= self._size:
            return
        self._file.seek(self._begin + index * SEALED_PIECE_BYTES)
        sealed = self._file.read(SEALED_PIECE_BYTES)
        # Pieces of a stream that is being written are not the last one until it is closed.
        is_last = not self._is_new and index == self._last()
        self._piece = bytearray(self._pieces.open(index, sealed, is_last=is_last))

    def _store(self) -> None:
        if not self._is_changed or self._index < 0:
            return
        is_closing = self._index == self._last() and self._is_closing
        self._file.seek(self._begin + self._index * SEALED_PIECE_BYTES)
        self._file.write(self._pieces.seal(self._index, bytes(self._piece), is_last=is_closing))
        self._is_changed = False
