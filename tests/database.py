"""Starts the embedded PostgreSQL of the tests.

Loaded by ``-p`` before any other plugin: Django's plugin reads the settings at once, and they hold the
database's address, which is known only when the server has been started for the first time.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("BANYAN_HOME", str(Path(tempfile.gettempdir()) / f"banyan-tests-{os.getuid()}"))
os.environ["SECRET_KEY"] = "a key for tests that protects nothing, and long enough to pass"

from banyan.core.database import embedded
from banyan.core.kernel.configuration import Configuration

embedded.ensure_running(Configuration.from_environment())
