"""``banyan keys`` as administrators meet it: in processes of their own."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from banyan.core.database import embedded
from banyan.core.kernel.configuration import Configuration
from tests.commands import Commands
from tests.installation import copy_prepared

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def commands() -> Iterator[Commands]:
    """A data folder with a prepared database and one organization."""
    with tempfile.TemporaryDirectory(prefix="banyan-test-") as name:
        folder = Path(name) / "home"
        copy_prepared(folder)
        # Kept running, or each command would start and stop it.
        embedded.ensure_running(Configuration.from_environment({"BANYAN_HOME": str(folder)}))
        commands = Commands(folder)
        made = commands.run("user", "create", "--organization", "Harbor", "--email", "ada@harbor.test")
        assert made.returncode == 0, made.stderr
        yield commands
        commands.end()
        embedded.stop(Configuration.from_environment({"BANYAN_HOME": str(folder)}))


def doctor(commands: Commands) -> dict[str, str]:
    found = {row["name"]: row for row in json.loads(commands.run("doctor", "--json").stdout)}
    return found["encryption.keys"]


def test_keys_are_made_changed_copied_and_brought_back(commands: Commands, tmp_path: Path) -> None:
    home = commands.home
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("four words of no meaning\n")
    made = commands.run("keys", "rotate", "--organization", "Harbor")
    assert made.returncode == 0, made.stderr
    assert doctor(commands)["state"] == "warning"

    copy = commands.run("keys", "export", "--passphrase-file", str(passphrase))
    key = (home / "master_key").read_text().strip()
    assert copy.returncode == 0, copy.stderr
    assert key not in copy.stdout + copy.stderr
    assert doctor(commands)["state"] == "ok"

    rewrapped = commands.run("keys", "rewrap", "--new-master-key")
    assert "2 keys were wrapped anew" in rewrapped.stdout, rewrapped.stderr
    assert len((home / "master_key").read_text().split()) == 2
    assert doctor(commands)["state"] == "warning"

    later = commands.run("keys", "export", "--passphrase-file", str(passphrase))
    (home / "master_key").rename(tmp_path / "lost")
    broken = commands.run("keys", "status", "--json")
    assert broken.returncode == 1
    assert json.loads(broken.stdout)["unreadable"] == ["Harbor (data 1)", "Harbor (index 1)"]
    assert doctor(commands)["state"] == "problem"

    (tmp_path / "copy.txt").write_text(later.stdout)
    (home / "master_key").unlink(missing_ok=True)
    brought = commands.run("keys", "import", str(tmp_path / "copy.txt"), "--passphrase-file", str(passphrase))
    assert brought.returncode == 0, brought.stderr
    shown = commands.run("keys", "status")
    assert shown.returncode == 0
    assert "Harbor: data 1, aes256" in shown.stdout
    (home / "master_key").chmod(0o644)
    assert doctor(commands)["state"] == "problem"
    (home / "master_key").chmod(0o600)


def test_secret_key_changes_and_the_earlier_ones_are_kept_until_they_are_forgotten(commands: Commands) -> None:
    file = commands.home / "secret_key"
    first = file.read_text().strip()

    changed = commands.run("keys", "new-secret")
    assert changed.returncode == 0, changed.stderr
    lines = file.read_text().split()
    assert (lines[1:], lines[0] != first, file.stat().st_mode & 0o777) == ([first], True, 0o600)
    assert first not in changed.stdout + changed.stderr
    assert lines[0] not in changed.stdout + changed.stderr
    assert Configuration.from_environment({"BANYAN_HOME": str(commands.home)}).secret_key_fallbacks == (first,)
    forgotten = commands.run("keys", "new-secret", "--forget-earlier", "--yes")
    assert "1 earlier secret keys are gone" in forgotten.stdout + forgotten.stderr
    assert file.read_text().split() == lines[:1]
