"""The reference pages are written from the code, and the committed ones are current."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.layout import PACKAGE


@pytest.mark.slow
def test_reference_pages_are_current() -> None:
    checked = subprocess.run(
        [sys.executable, "tools/reference.py", "--check"],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.stdout + checked.stderr[-2000:] == ""
    assert checked.returncode == 0
