"""Folders that cannot be used, and starting as an ordinary user."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.company import Company
from tests.installation import Installation, kill, python_for

ORDINARY = "nobody"


def can_be_ordinary() -> bool:
    """Say whether this machine lets us run the product as another, ordinary account."""
    try:
        return os.geteuid() == 0 and bool(python_for(ORDINARY))
    except LookupError:
        return False


NEEDS_ROOT = pytest.mark.skipif(not can_be_ordinary(), reason="only root can become another user, who needs a Python")


@NEEDS_ROOT
def test_ordinary_user_is_told_when_the_folder_is_not_writable(folder: Path) -> None:
    home = folder / "locked"
    home.mkdir(mode=0o755)

    with pytest.raises(RuntimeError, match="BANYAN_HOME") as said:
        Installation(home, account=ORDINARY).command("init")

    assert str(home) in str(said.value)
    assert "Traceback" not in str(said.value)


@NEEDS_ROOT
def test_ordinary_user_is_told_when_the_data_belong_to_somebody_else(company: Company) -> None:
    with pytest.raises(RuntimeError, match="BANYAN_HOME") as said:
        Installation(company.installation.home, account=ORDINARY).command("doctor")

    assert "Traceback" not in str(said.value)


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of its own with little room on it."""
    place = folder / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=50m", "none", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:  # noqa: S603 constants
        pytest.skip("this machine lets nobody mount a disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)  # noqa: S603, S607 as above


def test_full_disk_is_named_before_anything_is_written(small_disk: Path) -> None:
    with pytest.raises(RuntimeError, match="is full") as said:
        Installation(small_disk).command("init")

    assert str(small_disk) in str(said.value)
    assert "Traceback" not in str(said.value)
    assert not (small_disk / "postgres").exists()


def test_folder_with_a_database_of_another_program_is_left_alone(folder: Path) -> None:
    home = folder / "foreign"
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "PG_VERSION").write_text("18\n")
    (home / "postgres" / "precious").write_text("mine")

    with pytest.raises(RuntimeError, match="Banyan did not make") as said:
        Installation(home).command("init")

    assert "Traceback" not in str(said.value)
    assert (home / "postgres" / "precious").read_text() == "mine"


def test_file_in_place_of_the_folder_is_named(folder: Path) -> None:
    place = folder / "a-file"
    place.write_text("")

    with pytest.raises(RuntimeError, match="BANYAN_HOME") as said:
        Installation(place).command("init")

    assert "Traceback" not in str(said.value)


@NEEDS_ROOT
def test_ordinary_user_serves_and_survives_the_loss_of_the_database(folder: Path) -> None:
    home = folder / "ordinary"
    home.mkdir()
    entry = pwd.getpwnam(ORDINARY)
    os.chown(home, entry.pw_uid, entry.pw_gid)
    installation = Installation(home, account=ORDINARY)
    try:
        installation.start()
        company = Company.found(installation, "Ordinary Company")
        customer = company.ask("customers", {"name": "First"})
        database = installation.database()
        assert database is not None
        assert {process.username() for process in (*installation.processes(), database)} == {ORDINARY}

        kill(database)
        installation.kill()
        installation.start()

        assert company.ask(f"customers/{customer['id']}") == customer
    finally:
        installation.stop()
        kill(installation.database())
