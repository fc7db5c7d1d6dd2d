"""Archives, unpacked with the distrust they deserve."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import zipfile
import zlib
from typing import IO, BinaryIO, cast

from banyan.core.transfer.reading import refusals
from banyan.core.transfer.reading.source import Limits

_CHUNK_BYTES = 1 << 20
_ENCRYPTED_FLAG = 0x1
_KNOWN_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})


def checked_archive(file: BinaryIO, limits: Limits) -> zipfile.ZipFile:
    """Open a ZIP archive whose declared content stays within the limits.

    Refuses broken and encrypted archives and zip bombs. The declared sizes can be relied upon:
    the library reads no further than they say.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError) as error:
        raise refusals.broken(str(error)) from None
    try:
        _check_members(archive.infolist(), limits)
    except BaseException:
        archive.close()
        raise
    return archive


def unpacked_member(file: BinaryIO, name: str, limits: Limits) -> BinaryIO:
    """Return one member of a ZIP archive as a temporary file that vanishes when it is closed."""
    with checked_archive(file, limits) as archive, archive.open(name) as member:
        return _spooled(member, limits, packed_bytes=archive.getinfo(name).compress_size)


def unpacked_gzip(file: BinaryIO, limits: Limits) -> BinaryIO:
    """Return the content of a gzip file as a temporary file that vanishes when it is closed."""
    packed_bytes = file.seek(0, 2)
    file.seek(0)
    with gzip.GzipFile(fileobj=file) as stream:
        return _spooled(cast("IO[bytes]", stream), limits, packed_bytes=packed_bytes)


def _spooled(stream: IO[bytes], limits: Limits, *, packed_bytes: int) -> BinaryIO:
    target = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115  # the table closes it
    try:
        total = 0
        while chunk := stream.read(_CHUNK_BYTES):
            total += len(chunk)
            _check_ratio(total, packed_bytes, limits)
            _check_space(len(chunk))
            target.write(chunk)
        target.flush()
    except (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile) as error:
        target.close()
        raise refusals.broken(str(error)) from None
    except BaseException:
        target.close()
        raise
    return target


def _check_members(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    if any(member.flag_bits & _ENCRYPTED_FLAG for member in members):
        raise refusals.password_protected()
    if any(member.compress_type not in _KNOWN_METHODS for member in members):
        raise refusals.broken("unknown compression")
    _check_ratio(sum(member.file_size for member in members), sum(member.compress_size for member in members), limits)


def _check_ratio(unpacked_bytes: int, packed_bytes: int, limits: Limits) -> None:
    if unpacked_bytes > limits.innocent_bytes and unpacked_bytes > packed_bytes * limits.unpacked_ratio:
        raise refusals.suspicious_compression()
    if unpacked_bytes > limits.unpacked_bytes:
        raise refusals.too_large(limits.unpacked_bytes)


def _check_space(needed_bytes: int) -> None:
    """Refuse before the disk is full, because a database on the same disk would stop."""
    if shutil.disk_usage(tempfile.gettempdir()).free < needed_bytes + 256_000_000:
        raise refusals.no_space()
