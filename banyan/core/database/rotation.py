"""Names of backups, and which of them are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from banyan.core.kernel.clock import now

NAME = re.compile(
    r"banyan-(?:backup|organization-(?P<organization>[0-9a-f-]{36}))-(?P<stamp>\d{8}-\d{6})\.tar(?:\.sealed)?"
)
STAMP = "%Y%m%d-%H%M%S"


def new_name(*, organization: str = "", is_sealed: bool = False) -> str:
    """Return the file name of a backup made now, of everything or of one organization; ``.sealed`` if encrypted."""
    subject = f"organization-{organization}" if organization else "backup"
    return f"banyan-{subject}-{now().strftime(STAMP)}.tar{'.sealed' if is_sealed else ''}"


def list_backups(directory: Path, *, organization: str = "") -> list[tuple[Path, datetime]]:
    """Return the backups of the whole installation, or of one organization, with their times in UTC, newest first."""
    paths = directory.glob("banyan-*.tar*") if directory.exists() else ()
    found = [
        (path, datetime.strptime(match["stamp"], STAMP).replace(tzinfo=UTC))
        for path in paths
        if (match := NAME.fullmatch(path.name)) and (match["organization"] or "") == organization
    ]
    return sorted(found, key=lambda entry: entry[1], reverse=True)


def report_path(backup: Path) -> Path:
    """Return where it is written down how the check of a backup went."""
    return backup.with_name(f"{backup.name}.check.json")


def kept(times: Iterable[datetime], *, daily: int, weekly: int) -> set[datetime]:
    """Return the times to keep: the newest of each of the last days, and of each of the last weeks.

    Days and weeks without a backup do not count, so that a machine that was off for a month loses
    nothing. The newest backup is always kept.
    """
    newest_first = sorted(times, reverse=True)
    result = set(newest_first[:1])
    for limit, period in ((daily, "%Y-%m-%d"), (weekly, "%G-%V")):
        newest_of: dict[str, datetime] = {}
        for time in newest_first:
            newest_of.setdefault(time.strftime(period), time)
        result.update(list(newest_of.values())[:limit])
    return result


def rotate(directory: Path, *, daily: int, weekly: int, organization: str = "") -> list[Path]:
    """Delete the backups that the rotation does not keep, with the reports about them, and return them.

    They are those of the whole installation, or those of one organization.
    """
    backups = list_backups(directory, organization=organization)
    keep = kept((time for _path, time in backups), daily=daily, weekly=weekly)
    removed = [path for path, time in backups if time not in keep]
    for path in removed:
        path.unlink()
        report_path(path).unlink(missing_ok=True)
    return removed
