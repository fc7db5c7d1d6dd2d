"""``banyan doctor`` and ``banyan upgrade`` as administrators meet them: in processes of their own, when things are wrong."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from banyan.core.database import embedded
from banyan.core.kernel.configuration import Configuration
from tests.commands import Commands
from tests.installation import copy_prepared

# One installation serves all of them.
pytestmark = pytest.mark.slow
FORGET = "DELETE FROM django_migrations WHERE (app, name) = ('jobs', '0001_job_runs')"
REMEMBER = "INSERT INTO django_migrations (app, name, applied) VALUES ('jobs', '0001_job_runs', now())"


def doctor(commands: Commands, **settings: str) -> dict[str, dict[str, Any]]:
    """Return what the doctor found, by name."""
    answer = commands.run("doctor", "--json", **settings)
    assert "Traceback" not in answer.stderr
    found = {row["name"]: row for row in json.loads(answer.stdout)}
    assert answer.returncode == any(row["state"] == "problem" for row in found.values())
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    # The server's account must be able to pass through, which pytest's own folders do not let it.
    with tempfile.TemporaryDirectory(prefix="banyan-test-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def prepared() -> Iterator[Commands]:
    """An installation with tables; its server runs until the tests of this file are over."""
    with tempfile.TemporaryDirectory(prefix="banyan-test-") as name:
        commands = Commands(Path(name) / "home")
        copy_prepared(commands.home)
        configuration = Configuration.from_environment({"BANYAN_HOME": str(commands.home)})
        embedded.ensure_running(configuration)
        yield commands
        commands.end()
        embedded.stop(configuration)


def as_owner(commands: Commands, statement: str) -> None:
    configuration = Configuration.from_environment({"BANYAN_HOME": str(commands.home)})
    address = embedded.ensure_running(configuration)
    with psycopg.connect(address.owner_url, autocommit=True) as owner:
        owner.execute(statement)


def test_doctor_says_to_prepare_an_empty_database(folder: Path) -> None:
    found = doctor(Commands(folder / "home"), HOST="127.0.0.1")

    assert found["database.prepared"]["state"] == "problem"
    assert "banyan init" in found["database.prepared"]["advice"]
    assert "jobs.waiting" not in found


def test_doctor_finds_a_prepared_installation_well(prepared: Commands) -> None:
    found = doctor(prepared)

    assert {name for name, row in found.items() if row["state"] != "ok"} <= {
        "backup.age",
        "disk.free",
        "encryption.keys",
    }


def test_commands_end_without_complaints_of_open_connections(prepared: Commands, folder: Path) -> None:
    copy_prepared(folder / "home")
    answer = Commands(folder / "home").start("init")

    assert answer.returncode == 0
    assert "psycopg.pool" not in answer.stderr


def test_doctor_says_that_the_database_does_not_answer(prepared: Commands) -> None:
    found = doctor(prepared, DATABASE_URL="postgresql://u:p@127.0.0.1:1/x")

    assert found["database.reachable"]["state"] == "problem"
    assert "DATABASE_URL" in found["database.reachable"]["advice"]
    assert "jobs.waiting" not in found


def test_doctor_tells_a_wrong_password_of_the_application_from_one_of_the_owner(prepared: Commands) -> None:
    configuration = Configuration.from_environment({"BANYAN_HOME": str(prepared.home)})
    address = embedded.ensure_running(configuration)
    password = psycopg.conninfo.conninfo_to_dict(address.application_url)["password"]
    wrong = address.application_url.replace(str(password), "wrong")

    found = doctor(prepared, DATABASE_URL=wrong, DATABASE_OWNER_URL=address.owner_url)

    assert found["database.application"]["state"] == "problem"
    assert "password authentication failed" in found["database.application"]["message"]
    assert "database.reachable" not in found


def test_doctor_says_where_backups_and_files_cannot_be_written(prepared: Commands, folder: Path) -> None:
    (folder / "file").touch()

    found = doctor(prepared, BANYAN_BACKUP_DIR=str(folder / "file"), BANYAN_FILES_URL=str(folder / "file" / "below"))

    assert found["backup.folder"]["state"] == found["files.store"]["state"] == "problem"
    assert "BANYAN_BACKUP_DIR" in found["backup.folder"]["advice"]
    assert "BANYAN_FILES_URL" in found["files.store"]["advice"]


def test_doctor_warns_of_misspelt_settings_and_of_an_open_network(prepared: Commands) -> None:
    found = doctor(prepared, BANYAN_BAKUP_DIR="/x", HOST="0.0.0.0")  # noqa: S104 nothing listens here

    assert "BANYAN_BAKUP_DIR" in found["settings.unknown"]["message"]
    assert found["network.https"]["state"] == "warning"


def test_doctor_speaks_the_language_of_the_terminal(prepared: Commands) -> None:
    assert "The tables are up to date." in prepared.run("doctor").stdout
    assert "数据表结构是最新的" in prepared.run("doctor", LC_ALL="zh_CN.UTF-8").stdout


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"PORT": "abc"}, "PORT: “abc” is not a whole number from 1 to 65535"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL: the address must start with postgresql:"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY: use 50 characters or more"),
        ({"BANYAN_HOME": "/proc/nothing"}, "or name another one"),
        ({"DATABASE_OWNER_URL": "postgresql://x"}, "DATABASE_URL must be set too"),
    ],
)
def test_wrong_setting_is_named_with_what_is_right(prepared: Commands, settings: dict[str, str], told: str) -> None:
    answer = prepared.run("doctor", **settings)

    assert answer.returncode == 1
    assert told in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("command", ["upgrade", "backup", "init"])
def test_command_says_that_the_database_does_not_answer(prepared: Commands, command: str) -> None:
    answer = prepared.run(command, DATABASE_URL="postgresql://u:p@127.0.0.1:1/x")

    assert answer.returncode == 1
    assert "Start the database, or correct DATABASE_URL" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_old_database_is_named_by_the_doctor_and_upgraded_after_a_backup(prepared: Commands) -> None:
    as_owner(prepared, "DROP TABLE jobs_jobrun")
    as_owner(prepared, FORGET)
    assert doctor(prepared)["database.migrations"]["advice"] == "Run banyan upgrade."

    upgraded = prepared.run("upgrade")
    assert upgraded.returncode == 0
    assert "Backed up to" in upgraded.stderr
    assert "Upgraded: 1 steps." in upgraded.stderr
    assert doctor(prepared)["database.migrations"]["state"] == "ok"
    assert "has this version already" in prepared.run("upgrade").stderr


def test_failed_upgrade_says_why_and_how_to_go_back(prepared: Commands) -> None:
    # The table is there already, so that making it fails.
    as_owner(prepared, FORGET)
    try:
        failed = prepared.run("upgrade")
    finally:
        as_owner(prepared, REMEMBER)

    assert failed.returncode == 1
    assert "already exists" in failed.stderr
    assert "banyan restore" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_newer_database_is_left_alone(prepared: Commands) -> None:
    as_owner(prepared, "INSERT INTO django_migrations (app, name, applied) VALUES ('jobs', '0999_future', now())")
    try:
        found, upgraded = doctor(prepared), prepared.run("upgrade")
    finally:
        as_owner(prepared, "DELETE FROM django_migrations WHERE name = '0999_future'")

    assert "jobs.0999_future" in found["database.migrations"]["message"]
    assert upgraded.returncode == 1
    assert "Nothing was changed" in upgraded.stderr


def test_backup_is_verified_on_the_command_line(prepared: Commands, folder: Path) -> None:
    path = prepared.run("backup").stdout.strip()

    good = prepared.run("verify", path, "--json")
    assert good.returncode == 0
    assert json.loads(good.stdout)["level"] == "restored"

    damaged = folder / Path(path).name
    damaged.write_bytes(Path(path).read_bytes()[:-2000])
    answer = prepared.run("verify", str(damaged))
    assert answer.returncode == 1
    assert "is no good backup" in answer.stderr
