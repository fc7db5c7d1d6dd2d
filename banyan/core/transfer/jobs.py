"""Imports in the background."""

from __future__ import annotations

import uuid

from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import BULK, defer, job
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.importing.engine import work
from banyan.core.transfer.importing.services import local_copy, make_ready
from banyan.core.transfer.models import Import


@job("transfer.import", queue=BULK, attempts=5, in_transaction=False)
def run_import(actor: Actor, *, import_id: str) -> None:
    """Carry an import out; a worker that died leaves it where the next one goes on."""
    with organization_scope(actor.organization_id):
        file = Import.objects.select_related("file").get(pk=import_id).file
    if file is None:
        raise LookupError(f"Import {import_id} has no stored file.")
    with local_copy(file) as path:
        work(actor, uuid.UUID(import_id), path)


def start(actor: Actor, task: Import, *, is_dry_run: bool = False) -> Import:
    """Queue an import to run in the background and return it."""
    ready = make_ready(actor, task, is_dry_run=is_dry_run)
    defer(run_import, actor, lock=f"import-{task.pk}", import_id=str(task.pk))
    return ready
