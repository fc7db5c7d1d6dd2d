"""``banyan init``, ``upgrade``, ``doctor``, ``backup``, ``verify`` and ``restore``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import orjson

from banyan.cli.starting import is_terminal, migrate, open_installation, say, speak_as_the_terminal, told
from banyan.core.kernel.errors import DomainError

#: Tables that belong to the installation on purpose: they are read before an organization is known.
INSTALLATION_TABLES = (
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "django_session",
    "encryption_installationkey",
    "identity_account",
    "identity_formerpassword",
    "identity_knowndevice",
    "identity_passkey",
    "identity_providerdomain",
    "identity_recoverycode",
    "identity_session",
    "identity_signinattempts",
    "identity_totpfactor",
    "procrastinate_events",
    "procrastinate_jobs",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
    "tenancy_organization",
)
MEGABYTE = 1024 * 1024
MARKS = {"ok": "✓", "warning": "!", "problem": "✗"}


@contextmanager
def explained() -> Iterator[None]:
    """Turn a refusal, or a database that does not answer, into one message and exit code 1."""
    from django.db import OperationalError  # noqa: PLC0415 needs Django

    from banyan.core.database.failures import explain_connection_error  # noqa: PLC0415

    speak_as_the_terminal()
    try:
        try:
            yield
        except OperationalError as error:
            raise explain_connection_error(error) from error
    except DomainError as problem:
        raise click.ClickException(told(problem)) from None


def progress_line() -> Callable[[str, int, int | None], None]:
    """Return a function that shows the progress of long work on a terminal, and nothing elsewhere."""

    def show(step: str, done: int, total: int | None) -> None:
        if is_terminal():
            of = f" of {total / MEGABYTE:.1f}" if total else ""
            click.echo(f"\r{step}: {done / MEGABYTE:.1f}{of} MB  ", nl=False, err=True)

    return show


@click.command()
def init() -> None:
    """Prepare the database: extensions, rights, tables; print what only an administrator can do."""
    installation = open_installation()
    with explained():
        migrate(verbose=is_terminal())
    from django.db import connections  # noqa: PLC0415 needs Django

    from banyan.core.database.leakproof import leakproof_missing, leakproof_sql  # noqa: PLC0415

    missing = leakproof_missing(connections["default"])
    if missing:
        say("The database is ready. Searching and filtering will be slow until a superuser runs once:")
        click.echo(leakproof_sql(missing))
        return
    say(f"The database is ready. The data folder is {installation.configuration.home}.")


@click.command()
@click.option("--no-backup", is_flag=True, help="Do not back up first.")
def upgrade(*, no_backup: bool) -> None:
    """Back up, then bring the database to this version; says how to go back if that fails."""
    installation = open_installation()
    from django.db import connections  # noqa: PLC0415 needs Django
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    from banyan.core.database.backup import create_backup  # noqa: PLC0415
    from banyan.core.database.checks import unknown_migrations  # noqa: PLC0415

    with explained():
        executor = MigrationExecutor(connections["owner"])
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    newer = unknown_migrations(executor.loader)
    if newer:
        raise click.ClickException(
            f"The database was upgraded by a newer Banyan than this one ({', '.join(newer[:5])}). Nothing was changed. "
            "Install that version again, or restore the backup that was made before its upgrade."
        )
    if not plan:
        say("The database has this version already.")
        return
    made = None
    if not no_backup and executor.loader.applied_migrations:
        with explained():
            made = create_backup(installation.configuration, progress_line())
        say(f"\nBacked up to {made.path}.")
    try:
        migrate(verbose=True)
    except Exception as problem:
        way_back = f"Go back with the old version and: banyan restore {made.path} --replace" if made else ""
        reason = str(problem).strip().rstrip(".")
        raise click.ClickException(f"The upgrade failed: {reason}. {way_back}".strip()) from problem
    say(f"Upgraded: {len(plan)} steps.")


@click.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(*, as_json: bool) -> None:
    """Find and explain what is wrong; exit code 1 when there is a problem."""
    installation = open_installation()
    from banyan.cli.checks import all_checks  # noqa: PLC0415 needs Django

    speak_as_the_terminal()
    results = all_checks(installation.configuration)
    if as_json:
        rows = [{"name": r.name, "state": r.state, "message": str(r.message), "advice": str(r.advice)} for r in results]
        click.echo(orjson.dumps(rows).decode())
    else:
        for result in results:
            click.echo(f"{MARKS[result.state]} {result.message}")
            if result.advice and result.state != "ok":
                click.echo(f"    {result.advice}")
    sys.exit(1 if any(result.state == "problem" for result in results) else 0)


@click.command()
@click.option("--organization", default="", help="Only this organization, by name or id.")
@click.option("--json", "as_json", is_flag=True)
def backup(*, organization: str, as_json: bool) -> None:
    """Back up everything (or one organization) into one file, and print its path."""
    installation = open_installation()
    from banyan.cli.people import require_organization  # noqa: PLC0415 needs Django
    from banyan.core.database.backup import create_backup  # noqa: PLC0415
    from banyan.core.database.organization_backup import create_organization_backup  # noqa: PLC0415

    with explained():
        if organization:
            found = require_organization(organization)
            path = create_organization_backup(installation.configuration, found.pk, progress_line())
        else:
            path = create_backup(installation.configuration, progress_line()).path
    if is_terminal():
        say("")
    click.echo(orjson.dumps({"path": str(path), "bytes": path.stat().st_size}).decode() if as_json else str(path))


@click.command("verify")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True)
def verify_backup_file(*, path: Path | None, as_json: bool) -> None:
    """Prove that a backup (the newest without PATH) can be restored; exit code 1 when it cannot."""
    installation = open_installation()
    from banyan.core.database.verification import stored_backups, verify_backup  # noqa: PLC0415 needs Django

    with explained():
        known = stored_backups(installation.configuration.backup_directory)
        if path is None and not known:
            raise click.ClickException("There is no backup yet. Make one: banyan backup")
        chosen = path or known[0].path
        found = verify_backup(installation.configuration, chosen, progress_line())
    if is_terminal():
        say("")
    if as_json:
        shown = {"path": str(chosen), "good": found.is_good, "level": found.level, "problem": found.problem}
        click.echo(orjson.dumps({**shown, "rows": found.rows, "files": found.files}).decode())
    elif found.is_good:
        how = "was restored on trial" if found.level == "restored" else "is readable and whole"
        say(f"{chosen} {how}: {found.rows} rows, {found.files} files.")
    else:
        say(f"{chosen} is no good backup: {found.problem}")
    sys.exit(0 if found.is_good else 1)


@click.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organization", is_flag=True, help="The file is a backup of one organization.")
@click.option("--replace", is_flag=True, help="What is there now may be thrown away.")
@click.option(
    "--passphrase", is_flag=True, help="Ask for the passphrase of the backup, instead of using the master key."
)
def restore(*, path: Path, organization: bool, replace: bool, passphrase: bool) -> None:
    """Restore a backup: its checksums are verified first, a failure leaves everything as it was."""
    given = click.prompt("Passphrase", hide_input=True) if passphrase else ""
    installation = open_installation()
    from banyan.core.audit.retention import note_restoration  # noqa: PLC0415 needs Django
    from banyan.core.database.backup import restore_backup  # noqa: PLC0415 needs Django
    from banyan.core.database.organization_backup import restore_organization  # noqa: PLC0415

    with explained():
        if organization:
            migrate()
            restored = restore_organization(
                installation.configuration, path, replace=replace, progress=progress_line(), passphrase=given
            )
            note_restoration(restored.organization_id, restored.created_at)
        else:
            restore_backup(
                installation.configuration, path, replace=replace, progress=progress_line(), passphrase=given
            )
            migrate()
    say("\nRestored.")
