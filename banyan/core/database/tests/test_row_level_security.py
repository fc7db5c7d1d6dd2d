from types import SimpleNamespace
from uuid import uuid4

import psycopg
import pytest
from django.db.migrations.state import ProjectState
from django.db.utils import ConnectionHandler
from psycopg.errors import InsufficientPrivilege

from banyan.core.database import row_level_security
from banyan.core.database.connections import database_settings
from banyan.core.database.row_level_security import IsolateTable, apply_read_policy, unprotected_tables
from banyan.core.database.tests.installation import OURS, THEIRS, enter

INSERT = "INSERT INTO customer (id, organization_id, name) VALUES (%s, %s, %s)"
NAMES = "SELECT name FROM customer ORDER BY name"


@pytest.fixture
def customers(tables):
    for organization, name in ((OURS, "our customer"), (THEIRS, "their customer")):
        tables.execute(INSERT, [uuid4(), organization, name])
    return tables


@pytest.fixture
def schema_editor(owner):
    """What a migration gets of Django: something that executes as the owner."""
    return SimpleNamespace(execute=owner.execute, connection=SimpleNamespace(settings_dict={"USER": "banyan_owner"}))


def test_organization_sees_its_own_rows_only(customers, application):
    enter(application, OURS)

    assert application.execute(NAMES).fetchall() == [("our customer",)]


@pytest.mark.parametrize("organization", ["", uuid4()], ids=["none", "another"])
def test_nothing_is_seen_when_organization_is_missing_or_unknown(customers, application, organization):
    enter(application, organization)

    assert application.execute(NAMES).fetchall() == []


def test_nothing_is_seen_when_organization_was_never_set(customers, application):
    assert application.execute(NAMES).fetchall() == []


def test_owner_is_bound_too_when_it_is_no_superuser(customers):
    customers.execute(
        "CREATE ROLE plain_owner; GRANT plain_owner TO banyan_owner; GRANT CREATE ON SCHEMA public TO plain_owner"
    )
    try:
        customers.execute("ALTER TABLE customer OWNER TO plain_owner; SET ROLE plain_owner")
        assert customers.execute(NAMES).fetchall() == []
    finally:
        customers.execute("RESET ROLE; DROP OWNED BY plain_owner CASCADE; DROP ROLE plain_owner")


@pytest.mark.parametrize(
    ("statement", "changed"),
    [
        ("UPDATE customer SET name = 'stolen' WHERE name = 'their customer'", 0),
        ("DELETE FROM customer WHERE name = 'their customer'", 0),
        ("UPDATE customer SET name = 'renamed'", 1),
    ],
)
def test_writes_reach_own_rows_only(customers, application, statement, changed):
    enter(application, OURS)

    assert application.execute(statement).rowcount == changed


def test_row_cannot_be_put_into_another_organization(customers, application):
    enter(application, OURS)

    with pytest.raises(InsufficientPrivilege):
        application.execute(INSERT, [uuid4(), THEIRS, "planted"])
    with pytest.raises(InsufficientPrivilege):
        application.execute("UPDATE customer SET organization_id = %s", [THEIRS])
    assert customers.execute(NAMES).fetchall() == [("our customer",), ("their customer",)]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE customer DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE customer NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY organization_isolation ON customer",
        "CREATE POLICY all_rows ON customer USING (true)",
        "TRUNCATE customer",
        "DROP TABLE customer",
        "CREATE TABLE own (x int)",
        "CREATE FUNCTION public.leak() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SET ROLE banyan_owner",
        "SET SESSION AUTHORIZATION banyan_owner",
        "ALTER ROLE banyan_app BYPASSRLS",
        "COPY customer TO PROGRAM 'cat'",
        "CREATE EXTENSION dblink",
    ],
)
def test_application_cannot_take_the_protection_away(customers, application, statement):
    with pytest.raises(psycopg.Error):
        application.execute(statement)

    assert application.execute(NAMES).fetchall() == []


def test_reading_around_policies_is_an_error(customers, application):
    application.execute("SET row_security = off")

    with pytest.raises(InsufficientPrivilege):
        application.execute(NAMES)


def test_setting_is_forgotten_when_transaction_ends(customers, application):
    with application.transaction():
        application.execute("SELECT set_config('banyan.organization', %s, true)", [str(OURS)])
        assert application.execute(NAMES).fetchall() == [("our customer",)]

    assert application.execute(NAMES).fetchall() == []


def test_unprotected_tables_names_what_was_forgotten(tables):
    tables.execute("CREATE TABLE forgotten (organization_id uuid); CREATE TABLE half (organization_id uuid)")
    tables.execute("ALTER TABLE half ENABLE ROW LEVEL SECURITY")

    assert unprotected_tables(tables, {"account", "tenancy_organization"}) == ["forgotten", "half"]


def test_unprotected_tables_is_empty_when_all_are_isolated(tables):
    assert unprotected_tables(tables, ["account", "tenancy_organization"]) == []


def test_isolate_table_protects_and_can_be_reversed(customers, application, schema_editor, monkeypatch):
    monkeypatch.setattr(row_level_security, "application_role", lambda _owner: "banyan_app")
    customers.execute("CREATE TABLE note (organization_id uuid NOT NULL)")
    customers.execute("INSERT INTO note VALUES (%s), (%s)", [OURS, THEIRS])
    operation, state = IsolateTable("note"), ProjectState()

    operation.database_forwards("any", schema_editor, state, state)
    enter(application, OURS)
    assert application.execute("SELECT organization_id FROM note").fetchall() == [(OURS,)]

    operation.database_backwards("any", schema_editor, state, state)
    assert len(application.execute("SELECT FROM note").fetchall()) == 2


def test_isolate_table_survives_being_written_into_a_migration():
    operation = IsolateTable("note", "memo", column="tenant_id")

    name, arguments, keywords = operation.deconstruct()

    assert name == "IsolateTable"
    assert IsolateTable(*arguments, **keywords).deconstruct() == operation.deconstruct()
    assert operation.describe() == "Separate the organizations in note, memo"


def test_application_role_is_empty_when_application_is_owner(settings_of_default):
    same = SimpleNamespace(settings_dict={"USER": settings_of_default["USER"]})
    other = SimpleNamespace(settings_dict={"USER": "owner"})

    assert row_level_security.application_role(same) == ""
    assert row_level_security.application_role(other) == settings_of_default["USER"]


@pytest.fixture
def settings_of_default(configuration, monkeypatch):
    handler = ConnectionHandler(database_settings(configuration))
    monkeypatch.setattr(row_level_security, "connections", handler)
    return handler["default"].settings_dict


def test_reads_are_open_and_writes_are_not_when_read_policy_is_off(customers, application):
    assert apply_read_policy(customers, enabled=False) == ["change", "customer"]
    enter(application, OURS)

    assert application.execute(NAMES).fetchall() == [("our customer",), ("their customer",)]
    assert application.execute("DELETE FROM customer WHERE name = 'their customer'").rowcount == 0
    with pytest.raises(InsufficientPrivilege):
        application.execute(INSERT, [uuid4(), THEIRS, "planted"])
    assert unprotected_tables(customers, ["account", "tenancy_organization"]) == []


def test_read_policy_comes_back_when_it_is_switched_on_again(customers, application):
    apply_read_policy(customers, enabled=False)
    assert apply_read_policy(customers, enabled=True) == ["change", "customer"]
    assert apply_read_policy(customers, enabled=True) == []
    enter(application, OURS)

    assert application.execute(NAMES).fetchall() == [("our customer",)]
