"""``banyan serve``, ``banyan run`` and ``banyan worker``."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import click

from banyan.cli.starting import Installation, migrate, open_installation, say
from banyan.core.database import embedded
from banyan.core.database.connections import close_pools
from banyan.core.kernel.configuration import LOCAL_HOSTS, Configuration
from banyan.core.kernel.orphans import end_with_parent

RESTART_SECONDS = 2.0


@click.command()
@click.option("--reload", is_flag=True, help="Start again when code changes; for developers.")
@click.option("--no-worker", is_flag=True, help="Run no background jobs in this process group.")
def serve(*, reload: bool, no_worker: bool) -> None:
    """Serve the product, with its database and a worker for background jobs."""
    installation = open_installation()
    migrate()
    _serve(installation, reload=reload, with_worker=not no_worker)


@click.command()
@click.option("--reload", is_flag=True, help="Start again when code changes; for developers.")
def run(*, reload: bool) -> None:
    """Serve the product with demo organizations in it: what `make run` does."""
    let_visitors_try()
    installation = open_installation()
    migrate()
    from banyan.cli.demo import ensure_demo_organizations  # noqa: PLC0415 needs Django

    ensure_demo_organizations()
    _serve(installation, reload=reload, with_worker=True)


@click.command()
@click.option("--concurrency", type=int, default=None, help="How many jobs run at the same time.")
@click.option("--supervised", is_flag=True, hidden=True, help="End together with the process that started this one.")
def worker(*, concurrency: int | None, supervised: bool) -> None:
    """Run background jobs until stopped; on as many machines as wanted."""
    if supervised:
        end_with_parent()
    installation = open_installation()
    from banyan.core.jobs.worker import run_worker  # noqa: PLC0415 needs Django

    run_worker(concurrency=concurrency or installation.configuration.worker_concurrency)


def let_visitors_try() -> None:
    """Let visitors of a demo make trial organizations, as long as nothing is said and only this machine is served."""
    if os.environ.get("HOST", "").strip() in {"", "::1", *LOCAL_HOSTS}:
        os.environ.setdefault("BANYAN_TRIALS", "visitors")


def _serve(installation: Installation, *, reload: bool, with_worker: bool) -> None:
    configuration = installation.configuration
    _refuse_taken_port(configuration)
    stopping = threading.Event()
    if configuration.uses_embedded_database:
        watch = embedded.keep_running(configuration)
    if with_worker:
        threading.Thread(target=_supervise_worker, args=(stopping,), daemon=True).start()
    # The server's processes are forks of this one: a pool of connections would come without its threads, and run dry.
    close_pools()
    from granian import Granian  # noqa: PLC0415 not needed by other commands
    from granian.constants import Interfaces  # noqa: PLC0415

    server = Granian(
        "banyan.asgi:application",
        address=configuration.host,
        port=configuration.port,
        interface=Interfaces.ASGI,
        workers=1,
        reload=reload,
        websockets=False,
        log_level="warning",  # type: ignore[arg-type]  # a name is accepted
        respawn_failed_workers=True,
        backlog=1024,
    )
    say(f"Banyan CRM is at {configuration.base_url} - stop it with Ctrl-C.")
    try:
        server.serve()
    finally:
        stopping.set()
        if configuration.uses_embedded_database:
            watch.set()
        _end_worker()
        embedded.stop(configuration)


def _refuse_taken_port(configuration: Configuration) -> None:
    family = socket.AF_INET6 if ":" in configuration.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((configuration.host, configuration.port))
        except OSError as problem:
            raise click.ClickException(
                f"Port {configuration.port} on {configuration.host} cannot be used ({problem.strerror}). "
                f"Another program may be using it; choose another one, for example PORT={configuration.port + 1}."
            ) from None


_worker: list[subprocess.Popen[bytes]] = []


def _supervise_worker(stopping: threading.Event) -> None:
    """Keep one worker process running; one that dies is started again."""
    while not stopping.is_set():
        process = subprocess.Popen([sys.executable, "-m", "banyan.cli", "worker", "--supervised"])
        _worker[:] = [process]
        process.wait()
        if not stopping.is_set():
            say("The worker ended; it is started again.")
            time.sleep(RESTART_SECONDS)


def _end_worker() -> None:
    for process in _worker:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
