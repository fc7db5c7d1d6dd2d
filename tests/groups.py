"""Which tests stay together when several processes share them: those that use one browser, server or set of processes.

A plugin of pytest. xdist knows groups by marks that it adds to the names of tests, which pytest 9.2 no longer takes over;
here a group follows from where a test stands.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling

GROUPS = {
    "tests/journeys/": "journeys",
    "tests/faults/": "faults",
    "tests/acceptance/cases/": "cases",
    "banyan/cli/tests/test_doctoring.py": "programs",
    "banyan/core/web/tests/test_gallery.py": "programs",
}
#: Files with tests of many seconds. They come right after the groups, lest one process ends with them alone.
LONG = (
    "tests/architecture/",
    "tests/contracts/test_everything.py",
    "tests/contracts/test_growing.py",
    "tests/contracts/test_rights.py",
    "banyan/analytics/tests/test_reports_of_medium.py",
    "banyan/cli/tests/test_keys.py",
    "banyan/core/api/tests/test_schemathesis.py",
    "banyan/core/database/tests/",
)


class GroupScheduling(LoadGroupScheduling):
    """Gives each group to one process, and all other tests one by one."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for start, group in GROUPS.items() if nodeid.startswith(start)), nodeid)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the long ones first where several processes share the tests; whatever else was shuffled stays so."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling | None:
    """Take over what ``--dist loadgroup`` asks for."""
    return GroupScheduling(config, log) if config.getvalue("dist") == "loadgroup" else None
