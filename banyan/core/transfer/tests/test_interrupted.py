"""Imports that were interrupted: whoever goes on repeats nothing, and what nobody does any more says so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.importing import engine, services
from banyan.core.transfer.jobs import end_interrupted, start
from banyan.core.transfer.models import Import, ImportStatus
from banyan.customers.models import Customer
from tests.cast import Cast

ROWS = "Customer name\n" + "".join(f"Customer {number}\n" for number in range(7))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    return path


@pytest.fixture
def task(admin: Actor, path: Path) -> Import:
    task = services.begin(admin, object_name="customer", path=path, file_name="rows.csv")
    task.file = services.keep_file(admin, SimpleUploadedFile("rows.csv", ROWS.encode()))
    task.save(update_fields=["file"])
    return start(admin, task)


def test_run_that_was_overtaken_writes_nothing_more(
    admin: Actor, path: Path, task: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "PIECE_ROWS", 3)
    is_first = True

    def be_overtaken(_task: Import) -> None:
        nonlocal is_first
        if is_first:
            is_first = False
            engine.work(admin, task.pk, path)

    slow = engine.work(admin, task.pk, path, progress=be_overtaken)

    assert Customer.objects.count() == 7
    task.refresh_from_db()
    assert (task.status, task.read, task.created) == (ImportStatus.DONE, 7, 7)
    assert slow.status == ImportStatus.DONE


def forget_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def test_import_without_a_job_has_failed_and_goes_on(admin: Actor, path: Path, task: Import) -> None:
    end_interrupted(timestamp=0)
    task.refresh_from_db()
    assert task.status == ImportStatus.WAITING

    forget_jobs()
    end_interrupted(timestamp=0)
    task.refresh_from_db()
    assert task.status == ImportStatus.FAILED
    assert task.problem

    services.make_ready(admin, task)
    assert engine.work(admin, task.pk, path).created == 7


def test_import_of_a_command_is_given_a_day(scope: Cast, admin: Actor, path: Path) -> None:
    task = services.begin(admin, object_name="customer", path=path, file_name="rows.csv")
    for age, status in ((timedelta(hours=23), ImportStatus.RUNNING), (timedelta(hours=25), ImportStatus.FAILED)):
        Import.objects.filter(pk=task.pk).update(status=ImportStatus.RUNNING, started_at=now() - age)
        end_interrupted(timestamp=0)
        with organization_scope(scope.organization.pk):
            assert Import.objects.get(pk=task.pk).status == status
