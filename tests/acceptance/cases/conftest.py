from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.installation import Installation, installed
from tests.journeys.people import People, one_chromium


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say that they drive a browser."""
    for item in items:
        if item.path.parent.name == "cases":
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all cases."""
    with one_chromium() as started:
        yield started


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The product after it was installed, started once for all cases."""
    yield from installed(tmp_path_factory.mktemp("cases"))


@pytest.fixture(scope="module")
def installation(server: Installation) -> Installation:
    """The product as nobody has used it yet: each case begins by founding its organization."""
    server.empty()
    return server


@pytest.fixture
def people(browser: Browser, installation: Installation) -> Iterator[People]:
    """Whoever takes part; the test fails when any of their browsers reports an error."""
    everybody = People(browser, installation.url)
    yield everybody
    everybody.leave()
    assert everybody.unexpected() == []
