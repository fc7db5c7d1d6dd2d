"""The file format of a backup: a tar archive with a manifest and the checksum of every member.

Members are written as they are produced, without a copy on disk; that is why the manifest and the
checksums come last. The archive is encrypted (see ``sealed_archive``) unless that is switched off; then any
tar program can unpack a backup, and ``sha256sum -c SHA256SUMS`` verify it.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol, Self

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from banyan.core.ciphers.suites import Unreadable
from banyan.core.database.sealed_archive import BackupKeys, opened_for_reading, sealed_for_writing
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Refused

FORMAT = 1
MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"
CHUNK_BYTES = 1024 * 1024

Progress = Callable[[str, int, int | None], None]
"""Called with the step's name, the bytes done in it, and the bytes in all if known."""


def ignore_progress(_step: str, _done: int, _total: int | None) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class Member:
    """Size in bytes and SHA-256 of one file in the archive."""

    size: int
    sha256: str


@dataclass(slots=True)
class Manifest:
    """What a backup holds.

    ``kind`` is ``installation`` or ``organization``; ``columns`` lists the columns of each table file
    of an organization's backup; ``row_counts`` are those of the moment the backup shows.
    """

    kind: str
    product_version: str
    server_version: str
    created_at: str = field(default_factory=lambda: now().isoformat(timespec="seconds"))
    format: int = FORMAT
    organization_id: str = ""
    has_files: bool = True
    row_counts: dict[str, int] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)

    def without(self, tables: Collection[str]) -> Self:
        """Return the same manifest without some tables of an organization."""
        columns = {name: names for name, names in self.columns.items() if name not in tables}
        return replace(self, columns=columns)

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read a manifest; a newer format than ours is refused."""
        try:
            values: dict[str, Any] = json.loads(text)
            if values["format"] <= FORMAT:
                members = {name: Member(**member) for name, member in values.pop("members").items()}
                return cls(**values, members=members)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise damaged(MANIFEST) from None
        raise Refused("backup.newer", _("The backup was made by a newer version of Banyan; upgrade first."))


class ArchiveWriter:
    """Writes members one after the other; use ``writing`` to get one."""

    def __init__(self, file: IO[bytes], manifest: Manifest, progress: Progress) -> None:
        self._file = file
        self._progress = progress
        self.manifest = manifest

    def add(self, name: str, chunks: Iterator[bytes], *, step: str, total: int | None = None) -> int:
        """Append a member of unknown length and return its size in bytes."""
        header_at = self._file.tell()
        self._file.write(bytes(tarfile.BLOCKSIZE * _header_blocks(name)))
        digest, size = hashlib.sha256(), 0
        for chunk in chunks:
            self._file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            self._progress(step, size, total)
        self._file.write(bytes(-size % tarfile.BLOCKSIZE))
        end = self._file.tell()
        self._file.seek(header_at)
        self._file.write(_header(name, size))
        self._file.seek(end)
        self.manifest.members[name] = Member(size, digest.hexdigest())
        return size

    def finish(self) -> None:
        """Append the manifest, the checksums and the end mark."""
        text = json.dumps(asdict(self.manifest), ensure_ascii=False, indent=1).encode()
        self.add(MANIFEST, iter([text]), step="manifest")
        lines = "".join(f"{member.sha256}  {name}\n" for name, member in self.manifest.members.items())
        self.add(CHECKSUMS, iter([lines.encode()]), step="manifest")
        for name in (MANIFEST, CHECKSUMS):
            del self.manifest.members[name]
        self._file.write(bytes(2 * tarfile.BLOCKSIZE))


@contextmanager
def writing(
    path: Path, manifest: Manifest, progress: Progress, keys: BackupKeys | None = None
) -> Iterator[ArchiveWriter]:
    """Write an archive that appears under its name only when it is complete and on disk.

    It is readable by its owner alone, since it holds everything the database does.
    """
    draft = path.with_name(f"{path.name}.partial")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            with sealed_for_writing(file, keys) as content:
                writer = ArchiveWriter(content, manifest, progress)
                yield writer
                writer.finish()
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_manifest(path: Path, keys: BackupKeys | None = None) -> Manifest:
    """Return the manifest without reading the members.

    Raises:
        Refused: It is no backup, it is damaged, its key is not here, or a newer version made it.
    """
    with _opened(path, keys) as archive:
        text, checksums = _content(archive, MANIFEST), _content(archive, CHECKSUMS)
    manifest = Manifest.from_json(text)
    actual = {MANIFEST: hashlib.sha256(text).hexdigest()}
    actual.update({name: member.sha256 for name, member in manifest.members.items()})
    if _parsed_checksums(checksums) != actual:
        raise damaged(MANIFEST)
    return manifest


def verify(path: Path, progress: Progress = ignore_progress, keys: BackupKeys | None = None) -> Manifest:
    """Read the whole archive, compare every checksum and return the manifest.

    Raises:
        Refused: A member is missing, changed, unexpected or would land outside the target folder, or the
            key is not here.
    """
    manifest = read_manifest(path, keys)
    total, done, seen = path.stat().st_size, 0, set()
    with _opened(path, keys) as archive:
        for entry in archive:
            expected = manifest.members.get(entry.name)
            if entry.name in {MANIFEST, CHECKSUMS}:
                continue
            if expected is None or not entry.isfile() or not _is_safe(entry.name):
                raise damaged(entry.name)
            digest = hashlib.sha256()
            for chunk in chunks_of(archive.extractfile(entry)):
                digest.update(chunk)
                done += len(chunk)
                progress("verify", done, total)
            if digest.hexdigest() != expected.sha256:
                raise damaged(entry.name)
            seen.add(entry.name)
    for name in manifest.members.keys() - seen:
        raise damaged(name)
    return manifest


@contextmanager
def reading(path: Path, name: str, keys: BackupKeys | None = None) -> Iterator[IO[bytes]]:
    """Open one member of a verified archive."""
    with _opened(path, keys) as archive:
        file = archive.extractfile(name)
        if file is None:
            raise damaged(name)
        yield file


def extract_files(path: Path, target: Path, progress: Progress, keys: BackupKeys | None = None) -> int:
    """Write the members below ``files/`` of a verified archive into a folder; return how many there were."""
    count, done = 0, 0
    with _opened(path, keys) as archive:
        for entry in archive:
            folder, _slash, name = entry.name.partition("/")
            if folder != "files":
                continue
            place = target / name
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with place.open("wb") as file:
                for chunk in chunks_of(archive.extractfile(entry)):
                    file.write(chunk)
                    done += len(chunk)
                    progress("files", done, None)
            count += 1
    return count


class Readable(Protocol):
    """An open file, a pipe, or a file within an archive."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, none at the end."""
        ...


def chunks_of(file: Readable | None) -> Iterator[bytes]:
    """Yield the content of an open file in pieces of bounded size."""
    while file is not None and (chunk := file.read(CHUNK_BYTES)):
        yield chunk


def damaged(name: str) -> Refused:
    """Return the error for a backup that is not what its manifest says."""
    return Refused(
        "backup.damaged",
        format_lazy(_("The backup is damaged: {name} is missing or was changed. Nothing was restored."), name=name),
    )


@contextmanager
def _opened(path: Path, keys: BackupKeys | None) -> Iterator[tarfile.TarFile]:
    try:
        with opened_for_reading(path, keys) as content, tarfile.open(fileobj=content, mode="r:") as archive:
            yield archive
    except (tarfile.TarError, Unreadable):
        raise damaged(path.name) from None


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    try:
        file = archive.extractfile(name)
    except KeyError:
        raise damaged(name) from None
    return file.read() if file else b""


def _parsed_checksums(text: bytes) -> dict[str, str]:
    try:
        pairs = (line.split("  ", 1) for line in text.decode().splitlines())
        return {name: digest for digest, name in pairs}
    except ValueError:
        raise damaged(CHECKSUMS) from None


def _is_safe(name: str) -> bool:
    place = PurePosixPath(name)
    return not place.is_absolute() and ".." not in place.parts and not set(name) & set("\x00\n")


def _header(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, int(time.time())
    return entry.tobuf(tarfile.GNU_FORMAT)


def _header_blocks(name: str) -> int:
    # A long name takes blocks of its own; the size never does in this format.
    return len(_header(name, 0)) // tarfile.BLOCKSIZE
