"""Ending together with the process that started this one, even when that was killed."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
GRACE_SECONDS = 10.0


def end_with_parent() -> None:
    """Watch the parent process from a background thread, and end this process when it has gone.

    Nobody would stop an orphan: it would go on holding the port, so that a new start is refused. What
    is under way gets a few seconds.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        logger.error("The process that started this one has gone; ending too.")
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="banyan-parent-watch", daemon=True).start()
