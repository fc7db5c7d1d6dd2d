"""Starts the embedded PostgreSQL of the tests.

Loaded by ``-p`` before any other plugin: Django's plugin reads the settings at once, and they hold the
database's address, which is known only when the server has been started for the first time.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.places import OWN_HOME

os.environ.setdefault("BANYAN_HOME", str(OWN_HOME))
os.environ["SECRET_KEY"] = "a key for tests that protects nothing, and long enough to pass"

from banyan.core.database import embedded
from banyan.core.database.server_settings import LOCAL_FILE_NAME
from banyan.core.kernel.configuration import Configuration
from tests.installation import copy_prepared, is_prepared

#: Nothing of a test has to survive a power cut.
HASTE = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nwal_compression = off\n"


def start() -> None:
    """Start the server of the tests on a data folder whose database has all tables already."""
    home = Path(os.environ["BANYAN_HOME"])
    # A folder that somebody named may hold anything; our own one of another version is made anew.
    if home == OWN_HOME and not is_prepared(home) and not embedded.status(Configuration.from_environment()).is_running:
        shutil.rmtree(home, ignore_errors=True)
    if not home.exists():
        copy_prepared(home)
        (home / "postgres" / LOCAL_FILE_NAME).write_text(HASTE, encoding="utf-8")
    embedded.ensure_running(Configuration.from_environment())


start()
