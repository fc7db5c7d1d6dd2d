"""Installations that are about to be hurt: real processes, each test folder with data of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.company import Company
from tests.installation import Installation, kill


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say that they take long."""
    for item in items:
        if item.path.parent.name == "faults":
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder that any account may pass through, which those of pytest are not."""
    with tempfile.TemporaryDirectory(prefix="banyan-faults-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.fixture(scope="session")
def company(folder: Path) -> Iterator[Company]:
    """A running installation with one organization and its administrator's token."""
    installation = Installation(folder / "company")
    try:
        installation.prepare()
        installation.start()
        yield Company.found(installation)
    finally:
        installation.stop()
        kill(installation.database())
