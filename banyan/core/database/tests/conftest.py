import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.utils.translation import override

from banyan.core.database import embedded
from banyan.core.database.backup import DROP_STATEMENTS
from banyan.core.database.roles import prepare_database
from banyan.core.database.tests.installation import APPLICATION_ROLE, configure, make_tables


@pytest.fixture(autouse=True)
def english():
    """Messages are compared in the language they are written in."""
    with override("en"):
        yield


@contextmanager
def private_folder():
    # Each start of pytest closes its own base folder to other accounts, the one of the server among them.
    with tempfile.TemporaryDirectory(prefix="banyan-test-") as folder:
        yield Path(folder)


@pytest.fixture
def tmp_path():
    with private_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def configuration():
    with private_folder() as folder:
        result = configure(folder)
        embedded.ensure_running(result)
        yield result
        embedded.stop(result)


@pytest.fixture(scope="session")
def initialised_home():
    """A data folder that was used once and stopped; copying it is quicker than making one."""
    with private_folder() as folder:
        configuration = configure(folder / "home")
        embedded.ensure_running(configuration)
        embedded.stop(configuration)
        yield configuration.home


@pytest.fixture
def fresh(initialised_home, tmp_path):
    """A configuration whose server is initialised but not running; it is stopped after the test."""
    subprocess.run(["cp", "-a", initialised_home, tmp_path / "home"], check=True)  # noqa: S603, S607 - keeps owners and modes
    result = configure(tmp_path / "home")
    yield result
    embedded.stop(result)


@pytest.fixture
def owner(configuration):
    """The owner's connection to an empty, prepared database."""
    with psycopg.connect(embedded.ensure_running(configuration).owner_url, autocommit=True) as connection:
        for (statement,) in connection.execute(DROP_STATEMENTS).fetchall():
            connection.execute(statement)
        prepare_database(connection, application_role=APPLICATION_ROLE)
        yield connection


@pytest.fixture
def tables(owner):
    """Two organizations with customers, as the owner sees them."""
    make_tables(owner)
    return owner


@pytest.fixture
def application(configuration, owner):
    with psycopg.connect(embedded.ensure_running(configuration).application_url, autocommit=True) as connection:
        yield connection
