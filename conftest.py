"""What every test may use: the test database, and a cast of people known to all tests.

The database is the embedded PostgreSQL in a folder of its own; tests work in it as the application's
role, under row-level security, exactly as the product does.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from django.test.utils import setup_databases, teardown_databases

# Settings are read when Django starts, so the folder must be known before anything is imported.
os.environ.setdefault("BANYAN_HOME", str(Path(tempfile.gettempdir()) / f"banyan-tests-{os.getuid()}"))
os.environ["SECRET_KEY"] = "a key for tests that protects nothing, and long enough to pass"

from banyan.core.database import embedded
from banyan.core.kernel.configuration import Configuration

embedded.ensure_running(Configuration.from_environment())

pytest_plugins = ("tests.cast",)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment, django_db_blocker, django_db_keepdb, django_db_createdb, django_db_modify_db_settings
) -> Iterator[None]:
    """Create the test database as its owner; tests work in it as the application.

    The plugin would set up only the aliases that tests name, leave out the owner, and so let tests
    loose on the database of the data folder.
    """
    keep = django_db_keepdb and not django_db_createdb
    with django_db_blocker.unblock():
        old = setup_databases(verbosity=0, interactive=False, keepdb=keep)
    yield
    if not keep:
        with django_db_blocker.unblock():
            # The application's pool keeps sessions open, which would keep the database from being dropped.
            connections["default"].close()
            connections["default"].close_pool()
            teardown_databases(old, verbosity=0)


def pytest_configure() -> None:
    """Let accounts of tests cost no time: a slow hash protects nothing here."""
    from django.conf import settings  # noqa: PLC0415 settings exist only now

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
