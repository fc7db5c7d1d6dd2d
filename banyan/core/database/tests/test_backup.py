import json
import shutil
import tarfile
from uuid import uuid4

import psycopg
import pytest

import banyan
from banyan.core.database import backup as backup_module
from banyan.core.database import embedded
from banyan.core.database.archive import read_manifest, verify
from banyan.core.database.backup import create_backup, restore_backup
from banyan.core.database.connections import database_urls
from banyan.core.database.errors import DatabaseUnavailable
from banyan.core.database.roles import prepare_database
from banyan.core.database.sealed_archive import BackupKeys
from banyan.core.database.tests.installation import APPLICATION_ROLE, OURS, THEIRS, configure, enter, make_tables
from banyan.core.kernel.errors import Conflict, Refused

NAMES = "SELECT name, shout, amount, custom, words::text, tags FROM customer ORDER BY name"
ROW = """
    INSERT INTO customer (id, organization_id, name, amount, custom, words, tags)
    VALUES (%s, %s, %s, 12.50, '{"级别": "金"}', to_tsvector('simple', 'a b'), ARRAY['x,"y'])
"""


def connect(configuration, *, as_owner=True):
    application_url, owner_url = database_urls(configuration)
    return psycopg.connect(owner_url if as_owner else application_url, autocommit=True)


def fill(configuration):
    with connect(configuration) as owner:
        prepare_database(owner, application_role=APPLICATION_ROLE)
        make_tables(owner)
        for organization, name in ((OURS, "榕树 𠮷\ttab"), (THEIRS, "their customer")):
            owner.execute(ROW, [uuid4(), organization, name])
        owner.execute(
            "INSERT INTO change (organization_id, customer_id, what) SELECT organization_id, id, name FROM customer"
        )
    (configuration.home / "files" / str(OURS)).mkdir(parents=True)
    (configuration.home / "files" / str(OURS) / ("长文件名" * 20)).write_bytes(b"content" * 1000)
    (configuration.home / "files" / "empty").touch()


@pytest.fixture
def filled(fresh):
    embedded.ensure_running(fresh)
    fill(fresh)
    return fresh


def rows(configuration, query=NAMES):
    with connect(configuration) as owner:
        return owner.execute(query).fetchall()


def files(configuration):
    folder = configuration.home / "files"
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_everything_comes_back_when_data_folder_was_destroyed(filled, tmp_path):
    filled = configure(filled.home, BANYAN_BACKUP_DIR=str(tmp_path / "elsewhere"))
    before, files_before = rows(filled), files(filled)
    backup = create_backup(filled)
    embedded.stop(filled)
    shutil.rmtree(filled.home)

    again = configure(filled.home)
    assert again.secret_key != filled.secret_key
    embedded.ensure_running(again)
    manifest = restore_backup(again, backup.path)

    assert rows(again) == before
    assert files(again) == files_before
    assert configure(filled.home).secret_key == filled.secret_key
    assert manifest.row_counts == {"account": 0, "change": 2, "customer": 2, "tenancy_organization": 2}


def test_policies_and_rights_hold_after_restoring(filled, tmp_path):
    backup = create_backup(filled)
    other = configure(tmp_path / "other")
    embedded.ensure_running(other)
    try:
        restore_backup(other, backup.path)

        with connect(other, as_owner=False) as application:
            assert application.execute("SELECT FROM customer").fetchall() == []
            enter(application, THEIRS)
            assert application.execute("UPDATE customer SET name = 'new' RETURNING name").fetchall() == [("new",)]
            application.execute(
                "INSERT INTO change (organization_id, customer_id, what) SELECT organization_id, id, 'x' FROM customer"
            )
    finally:
        embedded.stop(other)


def test_backup_that_is_not_encrypted_is_private_and_any_tar_program_reads_it(filled):
    filled = configure(filled.home, BANYAN_BACKUP_ENCRYPTION="off")
    backup = create_backup(filled)

    assert backup.path.stat().st_mode & 0o077 == 0
    assert backup.size == backup.path.stat().st_size
    with tarfile.open(backup.path) as archive:
        names = archive.getnames()
    assert names[0] == "database.dump"
    assert names[-2:] == ["manifest.json", "SHA256SUMS"]
    assert set(names) == {*backup.manifest.members, "manifest.json", "SHA256SUMS"}


def test_progress_is_told(filled):
    steps = []

    backup = create_backup(filled, lambda step, done, total: steps.append((step, done, total)))
    verify(backup.path, lambda step, done, total: steps.append((step, done, total)), BackupKeys(filled))

    assert {step for step, *_rest in steps} == {"database", "files", "manifest", "verify"}


def test_restore_is_refused_when_database_is_not_empty(filled):
    backup = create_backup(filled)

    with pytest.raises(Conflict) as caught:
        restore_backup(filled, backup.path)

    assert caught.value.code == "backup.not_empty"
    assert len(rows(filled)) == 2


def test_later_changes_are_gone_when_backup_replaces_them(filled):
    before = rows(filled)
    backup = create_backup(filled)
    with connect(filled) as owner:
        owner.execute(
            "DELETE FROM change; UPDATE customer SET name = 'later'; CREATE TABLE newer (customer_id uuid REFERENCES customer)"
        )
    (filled.home / "files" / "later").touch()

    restore_backup(filled, backup.path, replace=True)

    assert rows(filled) == before
    assert rows(filled, "SELECT to_regclass('newer')") == [(None,)]
    assert not (filled.home / "files" / "later").exists()


@pytest.mark.parametrize("place", [b"PGDMP", b"content", b'"row_counts"', b"  database.dump\n"])
def test_restore_is_refused_when_one_byte_was_changed(filled, place):
    filled = configure(filled.home, BANYAN_BACKUP_ENCRYPTION="off")
    backup = create_backup(filled)
    content = bytearray(backup.path.read_bytes())
    content[content.index(place) + 4] ^= 1
    backup.path.write_bytes(content)

    with pytest.raises(Refused):
        restore_backup(filled, backup.path, replace=True)

    assert len(rows(filled)) == 2


@pytest.mark.parametrize("content", [b"", b"not a tar file at all", bytes(10240)])
def test_restore_is_refused_when_file_is_no_backup(filled, content, tmp_path):
    (tmp_path / "file").write_bytes(content)

    with pytest.raises(Refused, match=r"backup\.damaged"):
        restore_backup(filled, tmp_path / "file")


def test_restore_is_refused_when_end_is_missing(filled):
    backup = create_backup(filled)
    content = backup.path.read_bytes()
    backup.path.write_bytes(content[: len(content) // 2])

    with pytest.raises(Refused, match=r"backup\.damaged"):
        restore_backup(filled, backup.path, replace=True)


def test_restore_is_refused_when_newer_version_made_the_backup(filled, monkeypatch):
    monkeypatch.setattr(banyan, "__version__", "99.0.0")
    backup = create_backup(filled)
    monkeypatch.undo()

    with pytest.raises(Refused, match=r"backup\.newer"):
        restore_backup(filled, backup.path, replace=True)


def test_nothing_changes_when_somebody_still_works(filled, monkeypatch):
    monkeypatch.setattr(backup_module, "LOCK_TIMEOUT", "200ms")
    before, files_before = rows(filled), files(filled)
    backup = create_backup(filled)
    blocker = connect(filled)
    try:
        blocker.execute("BEGIN; LOCK TABLE customer")
        with pytest.raises(DatabaseUnavailable, match="lock timeout"):
            restore_backup(filled, backup.path, replace=True)
    finally:
        blocker.close()

    assert rows(filled) == before
    assert files(filled) == files_before


def test_nothing_changes_when_restoring_fails_half_way(filled):
    before, files_before = rows(filled), files(filled)
    with connect(filled) as owner:
        # Restoring makes the constraint last, and finds rows that break it.
        owner.execute("ALTER TABLE customer ADD CONSTRAINT none CHECK (name = 'none') NOT VALID")
        owner.execute("UPDATE pg_constraint SET convalidated = true, conenforced = true WHERE conname = 'none'")
    backup = create_backup(filled)

    with pytest.raises(DatabaseUnavailable, match="none"):
        restore_backup(filled, backup.path, replace=True)

    assert rows(filled) == before
    assert files(filled) == files_before


def test_no_half_written_file_stays_when_backup_fails(filled):
    with connect(filled) as owner:
        owner.execute("ALTER ROLE banyan_owner PASSWORD 'changed'")

    with pytest.raises(DatabaseUnavailable, match="password authentication failed"):
        create_backup(filled)

    assert list(filled.backup_directory.iterdir()) == []


def test_manifest_is_readable_without_the_rest(filled):
    backup = create_backup(filled)

    manifest = read_manifest(backup.path, BackupKeys(filled))

    assert manifest.product_version == banyan.__version__
    assert manifest.kind == "installation"
    assert json.dumps(manifest.row_counts) == json.dumps(backup.manifest.row_counts)


def test_index_on_typed_values_comes_back(filled):
    index = "CREATE INDEX by_day ON customer (organization_id, (custom_date((custom ->> 'day'))), id)"
    with connect(filled) as owner:
        owner.execute("""UPDATE customer SET custom = '{"day": "2026-02-28"}'""")
        owner.execute(index)
    backup = create_backup(filled)

    restore_backup(filled, backup.path, replace=True)

    assert rows(filled, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'by_day'::regclass") == [(True,)]
    assert rows(filled, "SELECT DISTINCT custom_date(custom ->> 'day')::text FROM customer") == [("2026-02-28",)]
