"""Encrypted backups: what opens them, and that nothing else does."""

import shutil

import psycopg
import pytest

from banyan.core.ciphers.master import MasterKeys
from banyan.core.database import embedded
from banyan.core.database.backup import create_backup, restore_backup
from banyan.core.database.roles import prepare_database
from banyan.core.database.rotation import list_backups
from banyan.core.database.tests.installation import APPLICATION_ROLE, OURS, configure, make_tables
from banyan.core.database.verification import verify_backup
from banyan.core.kernel.errors import Refused

PASSPHRASE = "four words of no meaning"
SECRET = "oriole above the willows"


def own_keys(home, **variables):
    """Return a configuration whose master key lies in its own data folder."""
    return configure(home, BANYAN_MASTER_KEY="", **variables)


def owner_of(configuration):
    return psycopg.connect(embedded.ensure_running(configuration).owner_url, autocommit=True)


@pytest.fixture
def filled(fresh):
    configuration = own_keys(fresh.home)
    with owner_of(configuration) as owner:
        prepare_database(owner, application_role=APPLICATION_ROLE)
        make_tables(owner)
        owner.execute(
            "INSERT INTO customer (id, organization_id, name) VALUES (gen_random_uuid(), %s, %s)", [OURS, SECRET]
        )
    (configuration.home / "files").mkdir()
    (configuration.home / "files" / "contract").write_text(SECRET * 10_000)
    return configuration


@pytest.fixture
def elsewhere(tmp_path):
    configuration = own_keys(tmp_path / "elsewhere")
    embedded.ensure_running(configuration)
    yield configuration
    embedded.stop(configuration)


def names(configuration):
    with owner_of(configuration) as owner:
        return [name for (name,) in owner.execute("SELECT name FROM customer").fetchall()]


def test_neither_data_nor_keys_are_readable_in_a_backup(filled):
    backup = create_backup(filled)
    content = backup.path.read_bytes()

    assert backup.path.name.endswith(".tar.sealed")
    assert [path for path, _when in list_backups(backup.path.parent)] == [backup.path]
    for secret in (SECRET, filled.secret_key, MasterKeys(filled).local_keys()[0].text, "manifest.json", "PGDMP"):
        assert secret.encode() not in content


def test_a_backup_is_verified_and_restored_with_the_master_key(filled):
    backup = create_backup(filled)

    checked = verify_backup(filled, backup.path)
    assert (checked.level, checked.problem, checked.files) == ("restored", "", 1)
    with owner_of(filled) as owner:
        owner.execute("UPDATE customer SET name = 'gone'")
    restore_backup(filled, backup.path, replace=True)
    assert names(filled) == [SECRET]
    assert (filled.home / "files" / "contract").read_text() == SECRET * 10_000


def test_a_backup_says_what_is_missing_without_the_key(filled, elsewhere):
    backup = create_backup(filled)

    with pytest.raises(Refused) as refused:
        restore_backup(elsewhere, backup.path)
    assert refused.value.code == "backup.key_needed"
    assert "banyan keys import" in str(refused.value.message)
    assert "key is not here" in verify_backup(elsewhere, backup.path).problem


def test_a_backup_opens_elsewhere_with_its_passphrase(filled, elsewhere):
    backup = create_backup(own_keys(filled.home, BANYAN_BACKUP_PASSPHRASE=PASSPHRASE))

    with pytest.raises(Refused):
        restore_backup(elsewhere, backup.path, passphrase="another passphrase")
    restore_backup(elsewhere, backup.path, passphrase=PASSPHRASE)
    assert names(elsewhere) == [SECRET]


def test_a_backup_opens_elsewhere_once_the_master_key_was_brought_back(filled, elsewhere):
    backup = create_backup(filled)
    MasterKeys(elsewhere).adopt(MasterKeys(filled).local_keys())

    restore_backup(elsewhere, backup.path)
    assert names(elsewhere) == [SECRET]


def test_a_changed_or_shortened_backup_is_damaged(filled, tmp_path):
    backup = create_backup(filled)
    content = bytearray(backup.path.read_bytes())
    content[len(content) // 2] ^= 1
    changed, shorter = tmp_path / "changed", tmp_path / "shorter"
    changed.write_bytes(content)
    shutil.copy(backup.path, shorter)
    with shorter.open("r+b") as file:
        file.truncate(backup.size - 65_536 - 28)

    for path in (changed, shorter):
        assert "damaged" in verify_backup(filled, path).problem
