"""Names of backups, and which of them are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from banyan.core.kernel.clock import now

NAME = re.compile(r"banyan-backup-(\d{8}-\d{6})\.tar")
STAMP = "%Y%m%d-%H%M%S"


def new_name(*, organization: str = "") -> str:
    """Return the file name of a backup made now, of everything or of one organization."""
    subject = f"organization-{organization}" if organization else "backup"
    return f"banyan-{subject}-{now().strftime(STAMP)}.tar"


def list_backups(directory: Path) -> list[tuple[Path, datetime]]:
    """Return the backups of the whole installation with their times in UTC, newest first."""
    paths = directory.glob("banyan-backup-*.tar") if directory.exists() else ()
    found = [
        (path, datetime.strptime(match[1], STAMP).replace(tzinfo=UTC))
        for path in paths
        if (match := NAME.fullmatch(path.name))
    ]
    return sorted(found, key=lambda entry: entry[1], reverse=True)


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


def rotate(directory: Path, *, daily: int, weekly: int) -> list[Path]:
    """Delete the backups of the whole installation that the rotation does not keep, and return them."""
    backups = list_backups(directory)
    keep = kept((time for _path, time in backups), daily=daily, weekly=weekly)
    removed = [path for path, time in backups if time not in keep]
    for path in removed:
        path.unlink()
    return removed
