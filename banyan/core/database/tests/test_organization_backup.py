import shutil
from uuid import uuid4

import psycopg
import pytest

import banyan
from banyan.core.database import embedded
from banyan.core.database.append_only import append_only_statements
from banyan.core.database.archive import read_manifest
from banyan.core.database.backup import create_backup, restore_backup
from banyan.core.database.organization_backup import create_organization_backup, restore_organization
from banyan.core.database.ownership import owned_tables
from banyan.core.database.roles import prepare_database
from banyan.core.database.row_level_security import isolation_statements
from banyan.core.database.sealed_archive import BackupKeys
from banyan.core.database.tests.installation import APPLICATION_ROLE, OURS, THEIRS, configure, make_tables
from banyan.core.kernel.errors import Conflict, Missing, Refused

PERSON, PARENT, CHILD = uuid4(), uuid4(), uuid4()
ROW = """
    INSERT INTO customer (id, organization_id, parent_id, account_id, name, custom) VALUES (%s, %s, %s, %s, %s, '{"a": 1}')
"""
CUSTOMERS = "SELECT id, organization_id, parent_id, account_id, name, custom, shout FROM customer ORDER BY name"
CHANGES = "SELECT organization_id, customer_id, what FROM change ORDER BY what"


def owner_of(configuration):
    return psycopg.connect(embedded.ensure_running(configuration).owner_url, autocommit=True)


def rows(configuration, query):
    with owner_of(configuration) as owner:
        return owner.execute(query).fetchall()


def ours(configuration, query=CUSTOMERS):
    return [row for row in rows(configuration, query) if OURS in row]


def theirs(configuration, query=CUSTOMERS):
    return [row for row in rows(configuration, query) if THEIRS in row]


@pytest.fixture
def filled(fresh):
    with owner_of(fresh) as owner:
        prepare_database(owner, application_role=APPLICATION_ROLE)
        make_tables(owner)
        owner.execute("INSERT INTO account VALUES (%s, 'li@example.com', %s)", [PERSON, [OURS, THEIRS]])
        with owner.transaction():
            owner.execute(ROW, [CHILD, OURS, PARENT, PERSON, "child, before its parent"])
            owner.execute(ROW, [PARENT, OURS, None, None, "parent\t\\N 榕树"])
            owner.execute(ROW, [uuid4(), THEIRS, None, PERSON, "their customer"])
        owner.execute(
            "INSERT INTO change (organization_id, customer_id, what) SELECT organization_id, id, name FROM customer"
        )
    for organization in (OURS, THEIRS):
        folder = fresh.home / "files" / str(organization)
        folder.mkdir(parents=True)
        (folder / "contract").write_text(str(organization))
    return fresh


@pytest.fixture
def other_installation(tmp_path):
    """Another installation with the same tables, an organization of its own and a person known to both."""
    configuration = configure(tmp_path / "other")
    with owner_of(configuration) as owner:
        prepare_database(owner, application_role=APPLICATION_ROLE)
        make_tables(owner)
        owner.execute("DELETE FROM tenancy_organization WHERE id = %s", [OURS])
        known = uuid4()
        owner.execute("INSERT INTO account VALUES (%s, 'li@example.com', %s)", [known, [THEIRS]])
        owner.execute(ROW, [uuid4(), THEIRS, None, known, "their customer"])
        owner.execute(
            "INSERT INTO change (organization_id, customer_id, what) SELECT organization_id, id, name FROM customer"
        )
    yield configuration
    embedded.stop(configuration)


def test_organization_comes_back_and_others_stay_when_it_is_replaced(filled):
    before, changes, others = ours(filled), ours(filled, CHANGES), theirs(filled)
    path = create_organization_backup(filled, OURS)
    with owner_of(filled) as owner:
        owner.execute("DELETE FROM change")
        owner.execute("UPDATE customer SET name = 'later', parent_id = NULL WHERE organization_id = %s", [OURS])
        owner.execute("UPDATE tenancy_organization SET name = 'Renamed'")
    shutil.rmtree(filled.home / "files" / str(OURS))

    restore_organization(filled, path, replace=True)

    assert ours(filled) == before
    assert ours(filled, CHANGES) == changes
    assert theirs(filled, CHANGES) == []
    assert theirs(filled) == others
    assert rows(filled, "SELECT name FROM tenancy_organization ORDER BY name") == [("Ours",), ("Renamed",)]
    assert (filled.home / "files" / str(OURS) / "contract").read_text() == str(OURS)


LOG = "SELECT organization_id, what FROM log ORDER BY what"


def make_log(configuration):
    with owner_of(configuration) as owner:
        owner.execute(
            "CREATE TABLE log (id uuid PRIMARY KEY, organization_id uuid NOT NULL, what text NOT NULL,"
            " at timestamptz NOT NULL DEFAULT now())"
        )
        for statement in isolation_statements("log", role=APPLICATION_ROLE):
            owner.execute(statement)
        for statement in append_only_statements("log", role=APPLICATION_ROLE):
            owner.execute(statement)


def test_log_that_nobody_may_change_stays_when_its_organization_is_replaced(filled):
    make_log(filled)
    with owner_of(filled) as owner:
        owner.execute("INSERT INTO log VALUES (%s, %s, 'before')", [uuid4(), OURS])
        path = create_organization_backup(filled, OURS)
        owner.execute("INSERT INTO log VALUES (%s, %s, 'after')", [uuid4(), OURS])

    restore_organization(filled, path, replace=True)

    assert [what for _organization, what in rows(filled, LOG)] == ["after", "before"]


def test_log_moves_along_to_another_installation(filled, other_installation):
    make_log(filled)
    make_log(other_installation)
    with owner_of(filled) as owner:
        owner.execute("INSERT INTO log VALUES (%s, %s, 'before')", [uuid4(), OURS])
    path = create_organization_backup(filled, OURS)

    restore_organization(other_installation, path)

    assert [what for _organization, what in rows(other_installation, LOG)] == ["before"]


def test_general_grant_gives_no_right_to_change_the_log(filled):
    make_log(filled)
    with owner_of(filled) as owner:
        prepare_database(owner, application_role=APPLICATION_ROLE)
        query = "SELECT has_table_privilege(%s, 'log', %s)"
        rights = {
            right: owner.execute(query, [APPLICATION_ROLE, right]).fetchone()[0]
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
        }

    assert rights == {"SELECT": True, "INSERT": True, "UPDATE": False, "DELETE": False, "TRUNCATE": False}


def test_organization_moves_to_another_installation(filled, other_installation):
    path = create_organization_backup(filled, OURS)
    others = theirs(other_installation)

    restore_organization(other_installation, path)

    [(known, organizations)] = rows(other_installation, "SELECT id, organization_ids FROM account")
    assert set(organizations) == {OURS, THEIRS}
    assert known != PERSON
    assert [row[3] for row in ours(other_installation)] == [known, None]
    assert [row[:3] for row in ours(other_installation)] == [row[:3] for row in ours(filled)]
    assert ours(other_installation, CHANGES) == ours(filled, CHANGES)
    assert theirs(other_installation) == others
    assert not (other_installation.home / "files" / str(THEIRS)).exists()


def test_backup_holds_nothing_of_others(filled):
    path = create_organization_backup(filled, OURS)

    manifest = read_manifest(path, BackupKeys(filled))

    assert manifest.row_counts == {"account": 1, "change": 2, "customer": 2, "tenancy_organization": 1}
    assert [name for name in manifest.members if name.startswith("files/")] == [f"files/{OURS}/contract"]
    assert "id" not in manifest.columns["change"]
    assert "shout" not in manifest.columns["customer"]


def test_tables_come_after_those_they_refer_to(filled):
    with owner_of(filled) as owner:
        names = [table.name for table in owned_tables(owner)]

    assert names == ["account", "tenancy_organization", "customer", "change"]


def test_restore_is_refused_when_organization_exists(filled):
    path = create_organization_backup(filled, OURS)

    with pytest.raises(Conflict, match=r"backup\.organization_exists"):
        restore_organization(filled, path)


def test_nothing_changes_when_a_row_is_refused(filled):
    path = create_organization_backup(filled, OURS)
    with owner_of(filled) as owner:
        owner.execute("UPDATE customer SET name = 'x' || left(name, 3)")
        owner.execute("ALTER TABLE customer ADD CHECK (length(name) < 5)")
    before = rows(filled, CUSTOMERS)

    with pytest.raises(Conflict, match=r"backup\.incomplete"):
        restore_organization(filled, path, replace=True)

    assert rows(filled, CUSTOMERS) == before


def test_backup_is_refused_when_organization_is_unknown(filled):
    with pytest.raises(Missing):
        create_organization_backup(filled, uuid4())

    assert list(filled.backup_directory.iterdir()) == []


def test_backup_is_refused_when_a_reference_cannot_be_kept(filled):
    with owner_of(filled) as owner:
        owner.execute("CREATE TABLE kind (id int PRIMARY KEY); ALTER TABLE customer ADD kind_id int REFERENCES kind")

    with pytest.raises(Conflict, match=r"backup\.reference"):
        create_organization_backup(filled, OURS)


def test_restore_is_refused_when_columns_are_unknown(filled):
    path = create_organization_backup(filled, OURS)
    with owner_of(filled) as owner:
        owner.execute("ALTER TABLE customer DROP amount")

    with pytest.raises(Refused, match=r"backup\.other_tables"):
        restore_organization(filled, path, replace=True)


def test_older_backup_takes_the_default_of_a_newer_column(filled):
    path = create_organization_backup(filled, OURS)
    with owner_of(filled) as owner:
        owner.execute("ALTER TABLE customer ADD level text NOT NULL DEFAULT 'new'")

    restore_organization(filled, path, replace=True)

    assert rows(filled, "SELECT DISTINCT level FROM customer") == [("new",)]


def test_kinds_of_backup_are_not_confused(filled):
    whole, one = create_backup(filled).path, create_organization_backup(filled, OURS)

    with pytest.raises(Refused, match=r"backup\.wrong_kind"):
        restore_organization(filled, whole, replace=True)
    with pytest.raises(Refused, match=r"backup\.wrong_kind"):
        restore_backup(filled, one, replace=True)


def test_restore_is_refused_when_newer_version_made_the_backup(filled, monkeypatch):
    monkeypatch.setattr(banyan, "__version__", "99.0.0")
    path = create_organization_backup(filled, OURS)
    monkeypatch.undo()

    with pytest.raises(Refused, match=r"backup\.newer"):
        restore_organization(filled, path, replace=True)
