from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.installation import Installation, installed
from tests.journeys.people import People, one_chromium


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say that they drive a browser."""
    for item in items:
        if item.path.parent.name == "journeys":
            item.add_marker(pytest.mark.journey)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what everybody who took part had before them: nobody can look at it afterwards."""
    report = yield
    if report.when == "call" and report.failed:
        funcargs: dict[str, Any] = getattr(item, "funcargs", {})
        for name, value in funcargs.items():
            if isinstance(value, People):
                report.sections += [(f"What {name} see: {url}", text) for url, text in value.views()]
    return report


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The product with the small demo.

    With BANYAN_JOURNEY_PORT it is one that runs already on this machine, which saves half a minute.
    """
    running = os.environ.get("BANYAN_JOURNEY_PORT")
    if running:
        yield Installation(Path(os.environ["BANYAN_HOME"]), port=int(running))
    else:
        yield from installed(tmp_path_factory.mktemp("journeys"), "small")


@pytest.fixture(scope="session")
def empty_installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The product as it is after it was installed: nobody has an account yet."""
    yield from installed(tmp_path_factory.mktemp("beginning"))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all journeys."""
    with one_chromium() as started:
        yield started


@pytest.fixture(scope="session")
def cookies() -> dict[str, Any]:
    """The sessions of people who have signed in, by e-mail address."""
    return {}


@pytest.fixture
def founders(browser: Browser, empty_installation: Installation) -> Iterator[People]:
    """Whoever sets up an empty installation and joins it."""
    yield from _without_trouble(People(browser, empty_installation.url))


@pytest.fixture
def people(browser: Browser, installation: Installation, cookies: dict[str, Any]) -> Iterator[People]:
    """Whoever takes part; the test fails when any of their browsers reports an error."""
    yield from _without_trouble(People(browser, installation.url, cookies=cookies))


def _without_trouble(everybody: People) -> Iterator[People]:
    yield everybody
    everybody.leave()
    assert everybody.unexpected() == []
