"""What every test may use: the test database, and a cast of people known to all tests.

The database is the embedded PostgreSQL in a folder of its own; tests work in it as the application's
role, under row-level security, exactly as the product does.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

# Settings are read when Django starts, so the folder must be known before anything is imported.
os.environ.setdefault("BANYAN_HOME", str(Path(tempfile.gettempdir()) / f"banyan-tests-{os.getuid()}"))
os.environ["SECRET_KEY"] = "a key for tests that protects nothing, and long enough to pass"

from banyan.core.database import embedded
from banyan.core.kernel.configuration import Configuration

embedded.ensure_running(Configuration.from_environment())

pytest_plugins = ("tests.cast",)


def pytest_configure() -> None:
    """Let accounts of tests cost no time: a slow hash protects nothing here."""
    from django.conf import settings  # noqa: PLC0415 settings exist only now

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
