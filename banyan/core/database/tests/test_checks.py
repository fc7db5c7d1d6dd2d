import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import psycopg
import pytest

from banyan.core.database import checks, embedded
from banyan.core.database.checks import (
    check_backups,
    check_disk,
    check_extensions,
    check_indexes,
    check_isolation,
    check_leakproof,
    check_oldest_transaction,
    check_roles,
    check_version,
    database_checks,
)
from banyan.core.database.rotation import STAMP
from banyan.core.database.tests.installation import configure


def test_prepared_database_is_well(tables):
    results = [check_version(tables), check_extensions(tables), check_leakproof(tables), check_indexes(tables)]
    results += [
        check_roles(tables, application_role="banyan_app"),
        check_isolation(tables, ["account", "tenancy_organization"]),
        check_oldest_transaction(tables),
    ]

    assert {result.state for result in results} == {"ok"}


def test_problem_names_table_when_one_is_not_isolated(tables):
    tables.execute("CREATE TABLE forgotten (organization_id uuid)")

    result = check_isolation(tables, ["account", "tenancy_organization"])

    assert result.state == "problem"
    assert "forgotten" in str(result.message)


def test_warning_gives_sql_when_functions_are_not_trusted(owner):
    owner.execute("ALTER FUNCTION numeric_lt(numeric, numeric) NOT LEAKPROOF")

    result = check_leakproof(owner)

    assert result.state == "warning"
    assert "ALTER FUNCTION pg_catalog.numeric_lt(numeric, numeric) LEAKPROOF;" in str(result.advice)


def test_problem_when_application_passes_policies(owner):
    assert check_roles(owner, application_role="").state == "problem"

    owner.execute("ALTER ROLE banyan_app BYPASSRLS")
    try:
        assert check_roles(owner, application_role="banyan_app").state == "problem"
    finally:
        owner.execute("ALTER ROLE banyan_app NOBYPASSRLS")


def test_warning_when_owner_cannot_see_all_rows(owner, application):
    assert check_roles(application, application_role="").state == "warning"


def test_problem_when_extension_is_missing(owner):
    owner.execute("DROP EXTENSION btree_gin")

    result = check_extensions(owner)

    assert result.state == "problem"
    assert "CREATE EXTENSION btree_gin;" in str(result.advice)


def test_problem_when_index_is_broken(tables):
    tables.execute("INSERT INTO account VALUES (gen_random_uuid(), 'a', '{}'), (gen_random_uuid(), 'b', '{}')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        tables.execute("CREATE UNIQUE INDEX CONCURRENTLY broken ON account (organization_ids)")

    result = check_indexes(tables)

    assert result.state == "problem"
    assert "broken" in str(result.message)


def test_warning_when_transaction_is_forgotten(owner, application, monkeypatch):
    monkeypatch.setattr(checks, "LONG_TRANSACTION", timedelta())
    application.execute("BEGIN")
    time.sleep(0.01)

    result = check_oldest_transaction(owner)

    assert result.state == "warning"
    assert str(application.info.backend_pid) in str(result.advice)


@pytest.mark.parametrize(("hours", "state"), [(1, "ok"), (30, "warning"), (24 * 9, "problem"), (None, "warning")])
def test_backups_grow_old(tmp_path, hours, state):
    configuration = configure(tmp_path)
    configuration.backup_directory.mkdir()
    if hours is not None:
        made_at = datetime.now(UTC) - timedelta(hours=hours)  # noqa: TID251 - compared with the real clock
        (configuration.backup_directory / f"banyan-backup-{made_at.strftime(STAMP)}.tar").touch()

    assert check_backups(configuration).state == state


@pytest.mark.parametrize(("free", "state"), [(3 * 1024**3, "ok"), (1024**3, "warning"), (1024**2, "problem")])
def test_disk_runs_full(tmp_path, monkeypatch, free, state):
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free))

    assert check_disk(configure(tmp_path)).state == state


def test_report_goes_on_when_database_does_not_answer(fresh):
    embedded.ensure_running(fresh)
    embedded.stop(fresh)

    results = {result.name: result.state for result in database_checks(fresh)}

    assert results["database.reachable"] == "problem"
    assert "disk.free" in results
