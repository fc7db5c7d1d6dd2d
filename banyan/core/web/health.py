"""Whether the installation is alive and ready, for whatever watches it."""

from __future__ import annotations

import logging
import threading

from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)
_migrated = threading.Event()


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; it looks at nothing else, so that a database's trouble restarts no server."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether requests can be served: the database answers and has the tables of this version."""
    checks = {"database": _database_answers()}
    checks["migrations"] = checks["database"] and _is_migrated()
    is_ready = all(checks.values())
    return JsonResponse(
        {"status": "ok" if is_ready else "not ready", "checks": checks}, status=200 if is_ready else 503
    )


def _database_answers() -> bool:
    try:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())
    except Error as problem:
        logger.warning("The database does not answer: %s", problem)
        return False


def _is_migrated() -> bool:
    """Compare the applied migrations with those of this version, until they agree: then they stay so."""
    if _migrated.is_set():
        return True
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        _migrated.set()
    return _migrated.is_set()
