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


class GroupScheduling(LoadGroupScheduling):
    """Gives each group to one process, and all other tests one by one."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for start, group in GROUPS.items() if nodeid.startswith(start)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling | None:
    """Take over what ``--dist loadgroup`` asks for."""
    return GroupScheduling(config, log) if config.getvalue("dist") == "loadgroup" else None
