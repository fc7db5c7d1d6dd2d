"""Where tests put what goes again: in memory, when there is plenty of it.

A data folder has a thousand files, and tests make and drop hundreds of folders and databases. Half of all the time that
they spend in the system goes into finding room for new files among those that were just deleted; memory needs none.
Imported before anything asks for the place of temporary files.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import psutil

_MEMORY = Path("/dev/shm")  # noqa: S108 what is put there is for the user alone, or as open as in /tmp
#: Three test processes, their installations and browsers need a third of it.
_ENOUGH = 6 * 1024**3
_LASTING = "TESTS_LASTING_PLACE"

# Processes that share the tests inherit both from the first one; what lasts longer than a run is on disk.
LASTING = Path(os.environ.setdefault(_LASTING, tempfile.gettempdir()))


def use_memory() -> None:
    """Let temporary files be in memory, unless somebody says where they are, or it is scarce."""
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return
    if min(shutil.disk_usage(_MEMORY).free, psutil.virtual_memory().available) < _ENOUGH:
        return
    folder = _MEMORY / f"banyan-tests-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    # As /tmp is: the server of the database has an account of its own.
    folder.chmod(0o1777)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


use_memory()

#: The data folder that is used when nobody names another one.
OWN_HOME = Path(tempfile.gettempdir()) / f"banyan-tests-{os.getuid()}"
