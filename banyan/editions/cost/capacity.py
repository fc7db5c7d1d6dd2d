"""Pure rules of capacity: from people, records and requests to cores, memory, storage and replicas."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: A server that is busier than this makes people wait; above it, queues grow faster than the load.
MOST_BUSY = 0.5
#: In the busiest hour come this many times the requests of an average hour of work.
PEAK = 3.0
#: Pages and lists are answered from memory when this part of the data fits there.
CACHED_SHARE = 0.25
BACKUP_COPIES = 14
LEAST_CORES, LEAST_MEMORY_GB, LEAST_STORAGE_GB = 2, 4, 20
CLUSTER_NODES = 3


@dataclass(frozen=True)
class Demand:
    """What is asked of the servers: ``requests`` are those of one user in an hour of work."""

    users: int
    customers: int
    requests: float = 60.0
    has_failover: bool = False


@dataclass(frozen=True)
class Capacity:
    """What is needed; ``nodes`` share ``cores`` and ``memory_gb``, each node of a cluster has all of the storage."""

    nodes: int
    cores: int
    memory_gb: int
    storage_gb: int
    backup_gb: int


def plan(demand: Demand, measured: Mapping[str, Any]) -> Capacity:
    """Return the capacity for a demand, from what was measured (``measured.yaml``).

    With failover the load fits on the cluster with one node missing. Unknown stay: large files, mail, calls and what
    other programs ask through the interface.
    """
    per_second = demand.users * demand.requests * PEAK / 3600
    cores = max(LEAST_CORES, math.ceil(per_second * float(measured["request_milliseconds"]) / 1000 / MOST_BUSY))
    data_gb = demand.customers * float(measured["storage_kb_per_customer"]) / 1024**2
    workers = cores * float(measured["memory_per_worker_gb"]) + float(measured["idle_memory_gb"])
    memory = max(LEAST_MEMORY_GB, math.ceil(2 + workers + data_gb * CACHED_SHARE))
    # Twice the data: indexes are in it already, but updates, logs and an upgrade need room.
    storage = max(LEAST_STORAGE_GB, math.ceil(data_gb * 2 + 10))
    backup = math.ceil((data_gb + 1) * float(measured["backup_share"]) * BACKUP_COPIES)
    if not demand.has_failover:
        return Capacity(1, cores, memory, storage, backup)
    working = CLUSTER_NODES - 1
    node_cores, node_memory = math.ceil(cores / working), math.ceil(memory / working) + 1
    return Capacity(
        CLUSTER_NODES,
        max(LEAST_CORES, node_cores) * CLUSTER_NODES,
        max(LEAST_MEMORY_GB, node_memory) * CLUSTER_NODES,
        storage * CLUSTER_NODES,
        backup,
    )
