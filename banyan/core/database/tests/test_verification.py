import json
import os

import pytest

from banyan.core.database import embedded, verification
from banyan.core.database.backup import create_backup
from banyan.core.database.errors import DatabaseUnavailable
from banyan.core.database.organization_backup import create_organization_backup
from banyan.core.database.rotation import report_path
from banyan.core.database.tests.installation import OURS
from banyan.core.database.tests.test_backup import connect, fill, rows
from banyan.core.database.verification import last_good_backup, stored_backups, verify_backup

DATABASES = "SELECT datname::text FROM pg_database ORDER BY 1"


@pytest.fixture
def filled(fresh):
    embedded.ensure_running(fresh)
    fill(fresh)
    return fresh


def test_good_backup_is_restored_beside_the_database_and_leaves_nothing_behind(filled):
    before, databases = rows(filled), rows(filled, DATABASES)
    backup = create_backup(filled)
    steps = []

    found = verify_backup(filled, backup.path, lambda step, done, total: steps.append((step, done, total)))

    assert found.is_good
    assert (found.level, found.rows, found.files) == ("restored", 6, 2)
    assert {step for step, *_rest in steps} == {"verify", "restore"}
    assert rows(filled) == before
    assert rows(filled, DATABASES) == databases


def test_result_of_a_check_is_shown_with_its_backup(filled):
    backup = create_backup(filled)
    assert [stored.verification for stored in stored_backups(filled.backup_directory)] == [None]

    found = verify_backup(filled, backup.path)

    stored = stored_backups(filled.backup_directory)
    assert [(entry.path, entry.size, entry.verification) for entry in stored] == [(backup.path, backup.size, found)]
    assert report_path(backup.path).stat().st_mode & 0o077 == 0
    assert last_good_backup(filled.backup_directory) == stored[0].made_at


def test_backup_counts_as_unchecked_when_it_changed_after_its_check(filled):
    backup = create_backup(filled)
    verify_backup(filled, backup.path)
    os.utime(backup.path, (1, 1))

    assert stored_backups(filled.backup_directory)[0].verification is None


@pytest.mark.parametrize("report", ["", "{}", "no json", json.dumps({"size": 1})])
def test_backup_counts_as_unchecked_when_its_report_cannot_be_read(filled, report):
    backup = create_backup(filled)
    report_path(backup.path).write_text(report, encoding="utf-8")

    assert stored_backups(filled.backup_directory)[0].verification is None


def test_damage_is_found_and_the_older_backup_is_the_last_good_one(filled, monkeypatch):
    older = create_backup(filled).path
    older = older.rename(older.with_name("banyan-backup-20200102-030405.tar"))
    newer = create_backup(filled).path
    content = bytearray(newer.read_bytes())
    content[len(content) // 2] ^= 1
    newer.write_bytes(content)

    found = verify_backup(filled, newer)

    assert not found.is_good
    assert "damaged" in str(found.problem)
    assert last_good_backup(filled.backup_directory).year == 2020


def test_dump_that_cannot_be_restored_is_a_bad_backup_although_its_checksums_are_right(filled):
    with connect(filled) as owner:
        owner.execute("ALTER TABLE customer ADD CONSTRAINT none CHECK (name = 'none') NOT VALID")
        owner.execute("UPDATE pg_constraint SET convalidated = true, conenforced = true WHERE conname = 'none'")
    backup = create_backup(filled)

    found = verify_backup(filled, backup.path)

    assert "none" in found.problem
    assert rows(filled, DATABASES) == [("banyan",), ("postgres",), ("template0",), ("template1",)]


def test_scratch_database_of_a_check_that_was_killed_is_dropped_by_the_next_one(filled):
    with connect(filled) as owner:
        owner.execute(f"CREATE DATABASE {verification.SCRATCH_PREFIX}killed")

    verify_backup(filled, create_backup(filled).path)

    assert not any(name.startswith(verification.SCRATCH_PREFIX) for (name,) in rows(filled, DATABASES))


def test_check_is_refused_when_a_second_database_has_no_room(filled, monkeypatch):
    backup = create_backup(filled)
    monkeypatch.setattr(verification, "ROOM_FACTOR", 10**9)

    with pytest.raises(DatabaseUnavailable, match="trial restore needs"):
        verify_backup(filled, backup.path)

    assert stored_backups(filled.backup_directory)[0].verification is None


def test_backup_of_one_organization_is_read_and_its_rows_are_counted(filled):
    path = create_organization_backup(filled, OURS)

    found = verify_backup(filled, path)

    assert (found.is_good, found.level, found.files) == (True, "read", 1)
    assert [stored.path for stored in stored_backups(filled.backup_directory, organization=str(OURS))] == [path]
    assert stored_backups(filled.backup_directory) == []
