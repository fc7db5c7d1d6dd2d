"""Getting from nothing to a running product: configuration, database, migrations, Django."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from dataclasses import dataclass

import click

from banyan.core.database import embedded
from banyan.core.database.errors import DatabaseUnavailable
from banyan.core.kernel.configuration import Configuration, Misconfigured
from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.garbage import keep_what_is_loaded


@dataclass
class Installation:
    """The configuration of the installation that a command works on."""

    configuration: Configuration


def open_installation(*, start_database: bool = True) -> Installation:
    """Read the configuration, start the built-in database if it is used, and set Django up.

    Ends the program with a message that says what to do when that is impossible.
    """
    # What is loaded now stays: looking through it for garbage again and again would be a sixth of the start.
    gc.disable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banyan.settings")
    try:
        configuration = Configuration.from_environment()
        if start_database and configuration.uses_embedded_database:
            embedded.ensure_running(configuration)
    except Misconfigured as problem:
        raise click.ClickException(str(problem.message)) from None
    except DatabaseUnavailable as problem:
        raise click.ClickException(told(problem)) from None
    import django  # noqa: PLC0415 settings read the database's address, known only now

    django.setup()
    keep_what_is_loaded()
    # Runs before the built-in server is stopped, of which open connections would complain.
    atexit.register(close_connections)
    return Installation(configuration)


def close_connections() -> None:
    """Close all connections of this process, those that the pool keeps for later too."""
    from django.db import connections  # noqa: PLC0415 Django is set up only now

    for connection in connections.all(initialized_only=True):
        connection.close()
        # Asking for a pool would make one.
        if connection.alias in getattr(connection, "_connection_pools", {}):
            connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has it


def told(problem: DomainError) -> str:
    """Return what is wrong and what to do about it, as sentences."""
    advice = str(problem.details.get("advice", ""))
    message = str(problem.message).strip()
    return f"{message if message.endswith(('.', '。', '!', '?')) else f'{message}.'} {advice}" if advice else message


def speak_as_the_terminal() -> None:
    """Let messages for people come in the language of the terminal: Chinese, or else English."""
    from django.utils import translation  # noqa: PLC0415 Django is set up only now

    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    translation.activate("zh-hans" if named.lower().startswith("zh") else "en")


def migrate(*, verbose: bool = False) -> int:
    """Bring the database to the version of the code and return how many migrations ran."""
    from django.conf import settings  # noqa: PLC0415 Django is set up only now
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    from banyan.core.database.migrating import one_model_at_a_time  # noqa: PLC0415
    from banyan.core.database.row_level_security import apply_read_policy  # noqa: PLC0415

    executor = MigrationExecutor(connections["owner"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        with one_model_at_a_time():
            call_command("migrate", database="owner", verbosity=1 if verbose else 0, interactive=False)
        apply_read_policy(connections["owner"], enabled=settings.CONFIGURATION.reads_isolated)
    connections["owner"].close()
    return len(plan)


def say(text: str) -> None:
    """Print a line for people on standard error, so that standard output stays for results."""
    click.echo(text, err=True)


def is_terminal() -> bool:
    """Say whether a person watches the output."""
    return sys.stderr.isatty()
