"""What every test may use: the test database, and a cast of people known to all tests.

The database is the embedded PostgreSQL in a folder of its own; tests work in it as the application's
role, under row-level security, exactly as the product does.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.test.utils import setup_databases, teardown_databases
from django.utils import translation
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache

from banyan.core.database.cluster import DATABASE
from banyan.core.database.migrating import one_model_at_a_time
from tests.installation import is_prepared

pytest_plugins = ("tests.cast",)

# A busy machine is no reason to fail; where nobody can look, the same examples are tried each time.
settings.register_profile(
    "banyan",
    max_examples=60,
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("banyan")


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment, django_db_blocker, django_db_keepdb, django_db_createdb, django_db_modify_db_settings
) -> Iterator[None]:
    """Create the test database as its owner; tests work in it as the application.

    The plugin would set up only the aliases that tests name, leave out the owner, and so let tests
    loose on the database of the data folder.
    """
    keep = django_db_keepdb and not django_db_createdb
    if is_prepared(Path(os.environ["BANYAN_HOME"])):
        # The tables are there already: no test process runs all migrations by itself.
        connections["owner"].settings_dict["TEST"]["TEMPLATE"] = DATABASE
    with django_db_blocker.unblock(), one_model_at_a_time():
        old = setup_databases(verbosity=0, interactive=False, keepdb=keep, serialized_aliases=[])
    yield
    if not keep:
        with django_db_blocker.unblock():
            # The application's pool keeps sessions open, which would keep the database from being dropped.
            connections["default"].close()
            connections["default"].close_pool()
            teardown_databases(old, verbosity=0)


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """Let no test leave a language to those after it."""
    with translation.override(translation.get_language()):
        yield


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what every test needs: modules, models, the tests themselves."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Let ``-n auto`` take one process more than there are cores: two of them mostly wait for servers and browsers."""
    return (yield) + 1


def pytest_configure() -> None:
    """Let accounts of tests cost no time: a slow hash protects nothing here. Nobody counts how long requests take."""
    django_settings.RESPONSE_TIMES_EVERY = 0
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    _list_static_files_once()
    _keep_compiled_templates()


def _list_static_files_once() -> None:
    """Let all clients share the list of static files: a server makes it once, each client of a test made its own."""
    from whitenoise.middleware import WhiteNoiseMiddleware  # noqa: PLC0415 settings exist only now

    listing, known = WhiteNoiseMiddleware.add_files_from_finders, {}

    def add_known_files(middleware: WhiteNoiseMiddleware) -> None:
        if not known:
            listing(middleware)
            known.update(middleware.files)
        middleware.files.update(known)

    WhiteNoiseMiddleware.add_files_from_finders = add_known_files


def _keep_compiled_templates() -> None:
    """Let the test processes share templates that one of them has compiled, known by a checksum of their text."""
    from django.template import engines  # noqa: PLC0415 as above

    folder = Path(tempfile.gettempdir()) / f"banyan-templates-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    engines["jinja2"].env.bytecode_cache = FileSystemBytecodeCache(str(folder))
