from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from banyan.core.database.rotation import kept, list_backups, new_name, rotate

times = st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), max_size=60)  # noqa: DTZ001 - bounds are naive by contract
limits = st.integers(0, 10)


@given(times, limits, limits)
def test_kept_are_few_and_include_the_newest(found, daily, weekly):
    result = kept(found, daily=daily, weekly=weekly)

    assert result <= set(found)
    assert len(result) <= max(1, daily + weekly)
    assert not found or max(found) in result


@given(times, limits, limits)
def test_rotation_changes_nothing_when_repeated(found, daily, weekly):
    once = kept(found, daily=daily, weekly=weekly)

    assert kept(once, daily=daily, weekly=weekly) == once


def test_a_week_of_days_and_a_month_of_weeks_are_kept_when_backups_are_daily():
    newest = datetime(2026, 3, 1, 2, tzinfo=UTC)  # a Sunday
    result = kept((newest - timedelta(days=age) for age in range(60)), daily=7, weekly=4)

    assert sorted((newest - time).days for time in result) == [0, 1, 2, 3, 4, 5, 6, 7, 14, 21]


def test_rotate_deletes_only_backups_of_the_installation(tmp_path):
    names = ["banyan-backup-20260101-020000.tar", "banyan-backup-20260102-020000.tar"]
    others = ["banyan-organization-x-20260101-020000.tar", "banyan-backup-old.tar", "notes.txt"]
    for name in (*names, *others):
        (tmp_path / name).touch()

    removed = rotate(tmp_path, daily=1, weekly=0)

    assert [path.name for path in removed] == names[:1]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([names[1], *others])


def test_new_backup_is_listed_under_its_time(tmp_path):
    (tmp_path / new_name()).touch()

    [(_path, time)] = list_backups(tmp_path)

    assert datetime.now(UTC) - time < timedelta(minutes=1)  # noqa: TID251 - compared with the real clock
    assert list_backups(tmp_path / "none") == []
