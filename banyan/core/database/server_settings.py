"""The configuration of the built-in server: small in memory, quick on one machine, safe on disk."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import psutil

FILE_NAME = "banyan.conf"
LOCAL_FILE_NAME = "local.conf"

# Containers often give 64 MB of /dev/shm, which parallel queries exceed.
ENOUGH_SHARED_MEMORY = 256 * 1024**2

SETTINGS = """\
# Written by Banyan at each start; put your own settings into {local}, which is read last.
listen_addresses = '{listen_addresses}'
port = {port}
unix_socket_directories = '{socket_directory}'
unix_socket_permissions = 0700
max_connections = 80
password_encryption = 'scram-sha-256'

# Idle, all of Banyan stays below 450 MB; large data gets more, up to a quarter of the machine's memory.
shared_buffers = '{buffer_megabytes}MB'
effective_cache_size = '{cache_megabytes}MB'
work_mem = '16MB'
maintenance_work_mem = '128MB'
dynamic_shared_memory_type = {shared_memory}

# Disks are solid state today, and compiling a query takes longer than nearly all of ours run.
random_page_cost = 1.1
effective_io_concurrency = 64
jit = off
max_parallel_workers_per_gather = 2

# What was confirmed is on disk. Fewer, longer checkpoints write less.
fsync = on
synchronous_commit = on
full_page_writes = on
wal_compression = on
wal_buffers = '16MB'
max_wal_size = '2GB'
checkpoint_timeout = '15min'
max_wal_senders = 2

# Change logs and queues grow fast: vacuum after 2 % of changed rows, not after 20 %.
autovacuum_vacuum_scale_factor = 0.02
autovacuum_analyze_scale_factor = 0.02
autovacuum_vacuum_insert_scale_factor = 0.05
autovacuum_naptime = '30s'

idle_in_transaction_session_timeout = '10min'
tcp_keepalives_idle = 60
timezone = 'UTC'
log_timezone = 'UTC'
default_text_search_config = 'pg_catalog.simple'
log_checkpoints = off
log_autovacuum_min_duration = -1
log_min_duration_statement = '2s'
log_line_prefix = '%m [%p] %q%u@%d '
"""


MEGABYTE = 1024**2
LEAST_BUFFERS = 128
MOST_BUFFERS = 4_096


def server_settings(*, data: Path, socket_directory: Path | None, port: int) -> str:
    """Return the text of the server's configuration file.

    Args:
        data: The folder of the databases, whose size says how much memory is worth keeping for them.
        socket_directory: Where the Unix socket is; None to listen on the loopback address instead.
        port: The TCP port, which also is part of the socket's name.
    """
    return SETTINGS.format(
        local=LOCAL_FILE_NAME,
        listen_addresses="" if socket_directory else "127.0.0.1",
        socket_directory=str(socket_directory or "").replace("'", "''"),
        port=port,
        buffer_megabytes=buffer_megabytes(size_of(data), psutil.virtual_memory().total),
        cache_megabytes=max(256, psutil.virtual_memory().total // MEGABYTE // 2),
        shared_memory="sysv" if _is_shared_memory_small() else "posix",
    )


def buffer_megabytes(data_bytes: int, memory_bytes: int) -> int:
    """Return the size of the server's own cache: half of the data, but at most a quarter of the memory.

    In steps, so that the settings seldom change.
    """
    wanted = min(data_bytes // MEGABYTE // 2, memory_bytes // MEGABYTE // 4, MOST_BUFFERS)
    return max(LEAST_BUFFERS, wanted // LEAST_BUFFERS * LEAST_BUFFERS)


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder; those that vanish meanwhile count nothing."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size
    return total


def _is_shared_memory_small() -> bool:
    folder = Path("/dev/shm")  # noqa: S108 - its size is looked at, nothing is written
    return folder.exists() and shutil.disk_usage(folder).total < ENOUGH_SHARED_MEMORY
