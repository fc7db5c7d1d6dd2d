"""Django's connections: the application's role for work, the owner's for migrations."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from django.db import connections
from psycopg.conninfo import conninfo_to_dict

from banyan.core.database.cluster import APPLICATION_ROLE, DATABASE, OWNER_ROLE
from banyan.core.database.embedded import known_connection
from banyan.core.kernel.configuration import Configuration, Misconfigured

POOL_TIMEOUT_SECONDS = 10
CONNECT_TIMEOUT_SECONDS = 10
#: The pool waits twice as long after each failed attempt; giving up soon lets the next request begin anew,
#: so that the product is back within seconds after its database, however long that was away.
RECONNECT_SECONDS = 3


class Cursor(Protocol):
    """The part of a cursor that psycopg and Django have in common."""

    def execute(self, query: Any, params: Any = None, /) -> Any:
        """Run a statement."""
        ...

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return the rows that are left."""
        ...

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the next row, or None."""
        ...


class DatabaseConnection(Protocol):
    """A connection of psycopg or of Django; the functions of this room take either."""

    def cursor(self) -> AbstractContextManager[Any]:
        """Return a cursor to use in a ``with`` statement."""
        ...


def database_settings(configuration: Configuration) -> dict[str, dict[str, Any]]:
    """Return Django's ``DATABASES``: ``default`` works as the application, ``owner`` migrates.

    It starts nothing. For the built-in server it gives the address known from the last start, or one
    without password before the first, so that commands without a database work too; start the server
    with ``embedded.ensure_running`` before settings are read.

    Raises:
        Misconfigured: An address names no database or has an unknown option.
        DatabaseUnavailable: The data folder cannot be read.
    """
    application_url, owner_url = database_urls(configuration)
    default = _settings("DATABASE_URL", application_url)
    # Behind PgBouncer the pool would only hold its connections back from other processes.
    if not default["DISABLE_SERVER_SIDE_CURSORS"]:
        default["OPTIONS"]["pool"] = {
            "min_size": 1,
            "max_size": configuration.database_pool_size,
            "timeout": POOL_TIMEOUT_SECONDS,
            "reconnect_timeout": RECONNECT_SECONDS,
        }
    # The owner creates and migrates the test database; the application only uses it.
    default["TEST"] = {"MIRROR": "owner"}
    return {"default": default, "owner": _settings("DATABASE_OWNER_URL", owner_url)}


def close_pools() -> None:
    """Close all connections of this process with their pools; the next query opens new ones.

    Call it before the process forks: a child inherits the sockets of a pool, but not the threads that fill it again.
    """
    connections.close_all()
    for connection in connections.all(initialized_only=True):
        close_pool = getattr(connection, "close_pool", None)
        if close_pool is not None:
            close_pool()


def plain_url(url: str) -> str:
    """Return the address without the options that only Banyan understands, for psycopg and pg_dump."""
    parts = urlsplit(url)
    options = [(name, value) for name, value in parse_qsl(parts.query) if name != "pgbouncer"]
    return urlunsplit(parts._replace(query=urlencode(options)))


def is_behind_pgbouncer(url: str) -> bool:
    """Say whether the address is marked as a PgBouncer in transaction mode."""
    return dict(parse_qsl(urlsplit(url).query)).get("pgbouncer") in {"1", "true", "on"}


def quoted(name: str) -> str:
    """Return an SQL identifier in quotation marks."""
    return '"' + name.replace('"', '""') + '"'


def database_urls(configuration: Configuration) -> tuple[str, str]:
    """Return the addresses for the application and for the owner; nothing is started or reached."""
    if not configuration.uses_embedded_database:
        return configuration.database_url, configuration.database_owner_url
    connection = known_connection(configuration)
    if connection is None:
        template = "postgresql://{}@127.0.0.1/" + DATABASE
        return template.format(APPLICATION_ROLE), template.format(OWNER_ROLE)
    return connection.application_url, connection.owner_url


def _settings(variable: str, url: str) -> dict[str, Any]:
    try:
        options: dict[str, Any] = dict(conninfo_to_dict(plain_url(url)))
    except psycopg.ProgrammingError as error:
        raise Misconfigured(variable, str(error).strip()) from None
    if not options.get("dbname"):
        raise Misconfigured(variable, "the address names no database")
    options.setdefault("connect_timeout", CONNECT_TIMEOUT_SECONDS)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": options.pop("dbname"),
        "USER": options.pop("user", ""),
        "PASSWORD": options.pop("password", ""),
        "HOST": options.pop("host", ""),
        "PORT": str(options.pop("port", "")),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        # A cursor on the server outlives its transaction, which PgBouncer's transaction mode forbids.
        "DISABLE_SERVER_SIDE_CURSORS": is_behind_pgbouncer(url),
        # Django prepares no statements by itself, which suits PgBouncer as well.
        "OPTIONS": options,
    }
