"""The worker process: it runs jobs until it is told to stop."""

from __future__ import annotations

import asyncio
import logging

import procrastinate
from procrastinate.contrib.django import app

from banyan.core.jobs.registration import QUEUES

logger = logging.getLogger(__name__)
SHUTDOWN_SECONDS = 30
#: Whoever waits for an import notices a worker that was killed; a heartbeat costs a tenth of a millisecond.
HEARTBEAT_SECONDS = 3
STALLED_SECONDS = 10
RESCUE_SECONDS = 3


def run_worker(*, concurrency: int, queues: tuple[str, ...] = QUEUES) -> None:
    """Run jobs until SIGINT or SIGTERM; jobs of workers that died are queued again first.

    Raises:
        ConnectionError: The database cannot be reached.
    """
    asyncio.run(_work(concurrency, queues))


async def _work(concurrency: int, queues: tuple[str, ...]) -> None:
    worker_app = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]  # Django's connector has it
    async with worker_app.open_async():
        rescue = asyncio.create_task(_rescue_stalled(worker_app))
        try:
            await worker_app.run_worker_async(
                queues=list(queues),
                concurrency=concurrency,
                name="banyan",
                shutdown_graceful_timeout=SHUTDOWN_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                install_signal_handlers=True,
            )
        finally:
            rescue.cancel()


async def _rescue_stalled(worker_app: procrastinate.App) -> None:
    """Queue jobs again whose worker was killed, now and every few seconds."""
    while True:
        try:
            for stalled in await worker_app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
                logger.warning("Job %s of a worker that died is queued again.", stalled.task_name)
                await worker_app.job_manager.retry_job(stalled)
        except procrastinate.exceptions.ProcrastinateException:
            logger.exception("Stalled jobs could not be looked for.")
        await asyncio.sleep(RESCUE_SECONDS)
