"""How Python looks for garbage in processes that answer requests."""

from __future__ import annotations

import gc

#: New objects after which the youngest are looked through, and of how many such rounds the older ones. By Python's own
#: figures (700, 10, 10) a page of fifty records is looked through a dozen times, a sixth of its time.
THRESHOLDS = (20_000, 20, 20)


def keep_what_is_loaded() -> None:
    """Leave modules, models and registries out of the search for garbage, and search less often.

    Called once everything is loaded: what is there then stays as long as the process.
    """
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    gc.enable()
