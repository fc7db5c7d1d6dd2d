"""The doctor's questions about the database, each with what to do about a bad answer."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, LiteralString

import psycopg
from django.db import OperationalError, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from banyan.core.database.connections import database_urls, plain_url
from banyan.core.database.failures import explain_connection_error
from banyan.core.database.leakproof import leakproof_missing, leakproof_sql
from banyan.core.database.roles import REQUIRED_EXTENSIONS, role_of
from banyan.core.database.rotation import list_backups
from banyan.core.database.row_level_security import unprotected_tables
from banyan.core.kernel.clock import now
from banyan.core.kernel.configuration import Configuration

OLDEST_SERVER = 150000
LEAST_FREE_BYTES = 200 * 1024**2
ENOUGH_FREE_BYTES = 2 * 1024**3
BACKUP_EXPECTED = timedelta(hours=26)
BACKUP_OVERDUE = timedelta(days=8)
LONG_TRANSACTION = timedelta(hours=1)

UNUSED_INDEXES = """
    SELECT s.indexrelname::text, pg_relation_size(s.indexrelid)
    FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid), pg_stat_database d
    WHERE d.datname = current_database() AND NOT i.indisunique AND s.idx_scan = 0
        AND pg_relation_size(s.indexrelid) > 50 * 1024 * 1024
        AND coalesce(d.stats_reset, pg_postmaster_start_time()) < now() - interval '14 days'
    ORDER BY 2 DESC LIMIT 5
"""

# Tables that are read from end to end again and again.
SCANNED_TABLES = """
    SELECT relname::text FROM pg_stat_user_tables
    WHERE n_live_tup > 100000 AND seq_scan > 1000 AND seq_tup_read / seq_scan > n_live_tup / 2 AND seq_scan > idx_scan / 10
    ORDER BY seq_tup_read DESC LIMIT 5
"""

OLDEST_TRANSACTION = """
    SELECT pid, usename::text, now() - xact_start FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
        AND backend_type = 'client backend'
    ORDER BY xact_start LIMIT 1
"""

State = Literal["ok", "warning", "problem"]

INDEX_QUESTIONS: tuple[tuple[State, LiteralString, Any, Any], ...] = (
    (
        "problem",
        "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid",
        _("These indexes are broken, an interrupted upgrade left them: {names}."),
        _("Have the owner run REINDEX INDEX CONCURRENTLY for each."),
    ),
    (
        "warning",
        SCANNED_TABLES,
        _("These tables are often read from end to end: {names}."),
        _("Mark the custom fields that people filter by as indexed."),
    ),
    (
        "warning",
        UNUSED_INDEXES,
        _("These large indexes are never used: {names}."),
        _("Take the index off custom fields that nobody filters by."),
    ),
)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of the doctor's report; ``name`` is stable, message and advice are for people."""

    name: str
    state: State
    message: Any
    advice: Any = ""


def database_checks(configuration: Configuration, *, exempt_tables: Iterable[str] = ()) -> list[CheckResult]:
    """Ask everything about the database, the disk and the backups.

    Args:
        configuration: Of the running installation.
        exempt_tables: Tables that belong to the whole installation on purpose.
    """
    results = [check_disk(configuration), check_backup_folder(configuration), check_backups(configuration)]
    application_url, owner_url = database_urls(configuration)
    try:
        with psycopg.connect(plain_url(owner_url), autocommit=True, connect_timeout=5) as owner:
            if _is_unprepared(owner):
                message = _("The database is empty: nothing was prepared in it yet.")
                advice = _("Run banyan init; banyan serve does it, too.")
                return [*results, CheckResult("database.prepared", "problem", message, advice)]
            questions: list[Callable[[psycopg.Connection], CheckResult]] = [
                check_version,
                check_extensions,
                check_leakproof,
                check_oldest_transaction,
                check_indexes,
            ]
            results.extend(question(owner) for question in questions)
            results.append(check_roles(owner, application_role=role_of(application_url, owner_url)))
            results.append(check_isolation(owner, exempt_tables))
        results.append(check_application(application_url))
        results.append(check_migrations())
    except (psycopg.Error, OperationalError) as error:
        explained = explain_connection_error(error)
        results.append(CheckResult("database.reachable", "problem", explained.message, explained.advice))
    return results


def _is_unprepared(owner: psycopg.Connection) -> bool:
    row = owner.execute("SELECT to_regclass('public.django_migrations') IS NULL").fetchone()
    return bool(row and row[0])


def check_application(application_url: str) -> CheckResult:
    """Ask whether the application's role can sign in; the questions before were asked as the owner."""
    try:
        with psycopg.connect(plain_url(application_url), connect_timeout=5, prepare_threshold=None) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        return CheckResult(
            "database.application",
            "problem",
            format_lazy(
                _("The application cannot sign in to the database: {reason}"), reason=str(error).strip().split("\n")[0]
            ),
            _("Correct user, password and address in DATABASE_URL; the owner in DATABASE_OWNER_URL can sign in."),
        )
    return CheckResult("database.application", "ok", _("The application can sign in to the database."))


def check_version(connection: psycopg.Connection) -> CheckResult:
    """Ask whether the server is new enough."""
    version = connection.info.parameter_status("server_version") or ""
    if connection.info.server_version >= OLDEST_SERVER:
        return CheckResult("database.version", "ok", format_lazy(_("PostgreSQL {version}"), version=version))
    return CheckResult(
        "database.version",
        "problem",
        format_lazy(_("PostgreSQL {version} is too old."), version=version),
        _("Upgrade the server to version 15 or newer."),
    )


def check_extensions(connection: psycopg.Connection) -> CheckResult:
    """Ask whether the extensions that indexes are made with exist."""
    rows = connection.execute("SELECT extname::text FROM pg_extension").fetchall()
    missing = sorted(set(REQUIRED_EXTENSIONS) - {name for (name,) in rows})
    if not missing:
        return CheckResult("database.extensions", "ok", _("All extensions are there."))
    return CheckResult(
        "database.extensions",
        "problem",
        format_lazy(_("These extensions are missing: {names}."), names=", ".join(missing)),
        format_lazy(_("Have the administrator run: {sql}"), sql=" ".join(f"CREATE EXTENSION {n};" for n in missing)),
    )


def check_leakproof(connection: psycopg.Connection) -> CheckResult:
    """Ask whether indexes can be used under row-level security."""
    missing = leakproof_missing(connection)
    if not missing:
        return CheckResult("database.leakproof", "ok", _("Indexes are used under row-level security."))
    return CheckResult(
        "database.leakproof",
        "warning",
        format_lazy(
            _("Searches and ranges read every row, because {count} functions are not trusted."), count=len(missing)
        ),
        format_lazy(
            _(
                "Have a superuser run this in the database, or, with one organization only, set BANYAN_RLS_READS=off:\n{sql}"
            ),
            sql=leakproof_sql(missing),
        ),
    )


def check_roles(owner: psycopg.Connection, *, application_role: str) -> CheckResult:
    """Ask whether the application's role is bound by the policies and the owner's can make backups."""
    query = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = coalesce(nullif(%s, ''), current_user)"
    is_free = {name: bool((owner.execute(query, [name]).fetchone() or [False])[0]) for name in (application_role, "")}
    if is_free[application_role]:
        return CheckResult(
            "database.roles",
            "problem",
            _("The application's role sees the rows of every organization."),
            _("Name another role in DATABASE_URL, one that is neither superuser nor has BYPASSRLS."),
        )
    if not is_free[""]:
        return CheckResult(
            "database.roles",
            "warning",
            _("The owner's role cannot make backups, because row-level security hides rows from it."),
            _("Give the role in DATABASE_OWNER_URL the attribute BYPASSRLS, and use another one in DATABASE_URL."),
        )
    return CheckResult("database.roles", "ok", _("The application's role cannot pass row-level security."))


def check_isolation(connection: psycopg.Connection, exempt_tables: Iterable[str]) -> CheckResult:
    """Ask whether each table is separated by organization."""
    tables = unprotected_tables(connection, exempt_tables)
    if not tables:
        return CheckResult("database.isolation", "ok", _("Every table is separated by organization."))
    return CheckResult(
        "database.isolation",
        "problem",
        format_lazy(_("These tables are not separated by organization: {names}."), names=", ".join(tables)),
        _("Run banyan upgrade; if that does not help, report it as a security problem."),
    )


def check_migrations() -> CheckResult:
    """Ask whether the tables have the form that this version expects."""
    executor = MigrationExecutor(connections["owner"])
    newer = unknown_migrations(executor.loader)
    if newer:
        return CheckResult(
            "database.migrations",
            "problem",
            format_lazy(
                _("The database was upgraded by a newer Banyan than this one: {names}."), names=", ".join(newer[:5])
            ),
            _("Install that version again, or restore the backup that was made before its upgrade."),
        )
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return CheckResult("database.migrations", "ok", _("The tables are up to date."))
    return CheckResult(
        "database.migrations",
        "problem",
        format_lazy(_("{count} changes of the tables are waiting."), count=len(plan)),
        _("Run banyan upgrade."),
    )


def unknown_migrations(loader: MigrationLoader) -> list[str]:
    """Return the migrations of our apps that ran in the database and that this version does not have."""
    known = loader.disk_migrations or {}
    replaced = {old for migration in known.values() for old in migration.replaces}
    ours = loader.migrated_apps
    return sorted(
        f"{app}.{name}"
        for app, name in loader.applied_migrations
        if app in ours and (app, name) not in known and (app, name) not in replaced
    )


def check_backup_folder(configuration: Configuration) -> CheckResult:
    """Ask whether backups can be written."""
    folder = configuration.backup_directory
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return CheckResult(
            "backup.folder",
            "problem",
            format_lazy(_("Backups cannot be written to {folder} ({reason})."), folder=folder, reason=error.strerror),
            _("Make the folder writable for the account that runs Banyan, or name another one in BANYAN_BACKUP_DIR."),
        )
    return CheckResult("backup.folder", "ok", format_lazy(_("Backups can be written to {folder}."), folder=folder))


def check_disk(configuration: Configuration) -> CheckResult:
    """Ask whether there is room for data and backups."""
    folders = [folder for folder in (configuration.home, configuration.backup_directory) if folder.exists()]
    free = min((shutil.disk_usage(folder).free for folder in folders), default=ENOUGH_FREE_BYTES)
    message = format_lazy(_("{size} GB of disk are free."), size=f"{free / 1024**3:.1f}")
    if free >= ENOUGH_FREE_BYTES:
        return CheckResult("disk.free", "ok", message)
    state: State = "problem" if free < LEAST_FREE_BYTES else "warning"
    return CheckResult("disk.free", state, message, _("Free some space, or move backups by BANYAN_BACKUP_DIR."))


def check_backups(configuration: Configuration) -> CheckResult:
    """Ask when the last backup was made."""
    backups = list_backups(configuration.backup_directory)
    advice = _("Run banyan backup, and keep a worker running: it makes one each night.")
    if not backups:
        return CheckResult("backup.age", "warning", _("There is no backup yet."), advice)
    age = now() - backups[0][1]
    message = format_lazy(_("The last backup is {hours} hours old."), hours=int(age / timedelta(hours=1)))
    if age <= BACKUP_EXPECTED:
        return CheckResult("backup.age", "ok", message)
    return CheckResult("backup.age", "problem" if age > BACKUP_OVERDUE else "warning", message, advice)


def check_oldest_transaction(connection: psycopg.Connection) -> CheckResult:
    """Ask whether a forgotten transaction keeps deleted rows from being cleared away."""
    row = connection.execute(OLDEST_TRANSACTION).fetchone()
    if row is None or row[2] < LONG_TRANSACTION:
        return CheckResult("database.transactions", "ok", _("No transaction is open for long."))
    pid, role, age = row
    return CheckResult(
        "database.transactions",
        "warning",
        format_lazy(
            _("Process {pid} of {role} has had a transaction open for {age}."), pid=pid, role=role, age=str(age)
        ),
        format_lazy(_("If nobody needs it, end it: SELECT pg_terminate_backend({pid});"), pid=pid),
    )


def check_indexes(connection: psycopg.Connection) -> CheckResult:
    """Ask for broken, useless and missing indexes."""
    for state, query, message, advice in INDEX_QUESTIONS:
        names = [str(row[0]) for row in connection.execute(query).fetchall()]
        if names:
            return CheckResult("database.indexes", state, format_lazy(message, names=", ".join(names)), advice)
    return CheckResult("database.indexes", "ok", _("Indexes are whole and used."))
