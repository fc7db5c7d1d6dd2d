"""The page of backups: made, checked and taken away by administrators, and the warning about old ones."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from banyan.core.database.archive import Manifest, writing
from banyan.core.database.errors import DatabaseUnavailable
from banyan.core.database.rotation import STAMP
from banyan.core.database.verification import verify_backup
from banyan.core.jobs.models import JobRun, RunState
from banyan.core.jobs.runs import begin_run
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.jobs import BACK_UP, VERIFY, back_up, verify_stored_backup
from banyan.core.web.tests.pages import page_text
from tests.cast import Cast, sign_in

URL = "/settings/backups"


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.CONFIGURATION = dataclasses.replace(settings.CONFIGURATION, backup_directory=tmp_path / "backups")
    (tmp_path / "backups").mkdir()
    yield tmp_path / "backups"
    shutil.rmtree(tmp_path / "backups")


@pytest.fixture
def ada(cast: Cast) -> Client:
    return sign_in(cast, "admin")


def put_backup(folder: Path, *, days_old: float = 0, subject: str = "backup", kind: str = "organization") -> Path:
    """Put a whole archive without tables into the folder."""
    made_at = now() - timedelta(days=days_old)
    path = folder / f"banyan-{subject}-{made_at.strftime(STAMP)}.tar"
    with writing(path, Manifest(kind, "0.0.1", "18"), lambda *_values: None) as archive:
        archive.add("files/note.txt", iter([b"content"]), step="files")
    return path


def run_of(cast: Cast) -> JobRun:
    with organization_scope(cast.organization.pk):
        return JobRun.objects.get()


def make_old(cast: Cast) -> None:
    Organization.objects.filter(pk=cast.organization.pk).update(created_at=now() - timedelta(days=3))


def test_backup_that_somebody_asks_for_is_watched_until_it_is_there(cast: Cast, ada: Client, folder: Path) -> None:
    ada.post(f"{URL}/now")

    assert run_of(cast).state == RunState.WAITING
    assert "Making a backup" in ada.get(f"{URL}/list").text
    assert 'hx-trigger="load delay:1s"' in ada.get(f"{URL}/list").text


def test_second_backup_is_refused_while_one_is_made(ada: Client, folder: Path) -> None:
    ada.post(f"{URL}/now")

    assert ada.post(f"{URL}/now").status_code == 409


def test_state_age_and_size_of_each_backup_are_shown(ada: Client, folder: Path, settings: Any) -> None:
    unchecked, checked = put_backup(folder, days_old=1), put_backup(folder, days_old=9)
    damaged = put_backup(folder, days_old=20)
    damaged.write_bytes(damaged.read_bytes().replace(b"content", b"changed"))
    for path in (checked, damaged):
        verify_backup(settings.CONFIGURATION, path)

    text = page_text(ada.get(URL))

    assert text.index("Not checked") < text.index("Readable") < text.index("Damaged")
    assert f"1 day ago · 4.0 KB · {unchecked.name}" in text
    assert "files/note.txt" in text


def test_check_is_a_job_about_that_backup(cast: Cast, ada: Client, folder: Path) -> None:
    path = put_backup(folder)

    ada.post(f"{URL}/{path.name}/check")

    assert (run_of(cast).name, run_of(cast).subject) == (VERIFY, path.name)


def test_failure_of_the_last_attempt_is_told(cast: Cast, ada: Client, folder: Path) -> None:
    with organization_scope(cast.organization.pk):
        JobRun.objects.create(
            organization=cast.organization, name=BACK_UP, state=RunState.FAILED, problem="The disk is full."
        )

    assert "The disk is full." in ada.get(URL).text


def test_downloaded_backup_is_the_file_and_the_change_log_keeps_who_took_it(ada: Client, folder: Path) -> None:
    path = put_backup(folder)

    answer = ada.get(f"{URL}/{path.name}")

    assert b"".join(answer) == path.read_bytes()
    assert answer["Content-Disposition"] == f'attachment; filename="{path.name}"'
    log = page_text(ada.get("/settings/changes"))
    assert path.name in log
    assert "downloaded" in log


@pytest.mark.parametrize("name", ["secret_key", "..%2Fsecret_key", "banyan-backup-20200101-000000.tar"])
def test_nothing_but_a_listed_backup_is_sent(ada: Client, folder: Path, name: str) -> None:
    (folder / "secret_key").write_text("secret", encoding="utf-8")

    assert ada.get(f"{URL}/{name}").status_code == 404


def test_only_administrators_see_backups(cast: Cast, folder: Path) -> None:
    path = put_backup(folder)
    client = sign_in(cast, "manager")

    answers = [client.get(URL), client.get(f"{URL}/list"), client.get(f"{URL}/{path.name}"), client.post(f"{URL}/now")]

    assert [answer.status_code for answer in answers] == [403] * 4


def test_organization_sees_its_own_backups_only_when_it_shares_the_installation(
    cast: Cast, strangers: Cast, ada: Client, folder: Path
) -> None:
    own = put_backup(folder, subject=f"organization-{cast.organization.pk}")
    others = [put_backup(folder), put_backup(folder, subject=f"organization-{strangers.organization.pk}")]

    text = page_text(ada.get(URL))

    assert own.name in text
    assert not any(path.name in text for path in others)
    assert [ada.get(f"{URL}/{path.name}").status_code for path in (own, *others)] == [200, 404, 404]


def test_administrators_are_warned_on_every_page_when_the_last_good_backup_is_old(
    cast: Cast, ada: Client, folder: Path
) -> None:
    make_old(cast)
    assert "There is no good backup of the last two days." in ada.get("/customers").text
    put_backup(folder, days_old=3)

    assert "The last good backup is 3\xa0days old." in ada.get("/customers").text
    assert "good backup" not in sign_in(cast, "owner").get("/customers").text


def test_nobody_is_warned_while_backups_are_fresh_or_the_organization_is_new(
    cast: Cast, ada: Client, folder: Path
) -> None:
    assert "good backup" not in ada.get("/customers").text
    make_old(cast)
    put_backup(folder, days_old=1)

    assert "good backup" not in ada.get("/customers").text


def test_damaged_backup_is_no_reason_to_be_calm(cast: Cast, ada: Client, folder: Path, settings: Any) -> None:
    make_old(cast)
    path = put_backup(folder)
    path.write_bytes(path.read_bytes().replace(b"content", b"changed"))
    verify_backup(settings.CONFIGURATION, path)

    assert "There is no good backup" in ada.get("/customers").text


def test_jobs_make_a_backup_and_prove_it(cast: Cast, ada: Client, folder: Path) -> None:
    """As a worker runs them: the backup is of the data folder's database, restored on trial beside it."""
    ada.post(f"{URL}/now")
    organization_id = str(cast.organization.pk)
    back_up.func(organization_id=organization_id, run_id=str(run_of(cast).pk), whole=True)
    name = run_of(cast).outcome["backup"]
    ada.post(f"{URL}/{name}/check")
    with organization_scope(cast.organization.pk):
        run_id = str(JobRun.objects.get(name=VERIFY).pk)
    verify_stored_backup.func(organization_id=organization_id, run_id=run_id, name=name)

    text = page_text(ada.get(URL))
    assert [path.name for path in folder.glob("*.tar.sealed")] == [name]
    assert "Verified" in text
    assert "Restored on trial on" in text


def test_job_that_fails_says_why(cast: Cast, ada: Client, folder: Path, settings: Any) -> None:
    (folder.parent / "file").touch()
    settings.CONFIGURATION = dataclasses.replace(settings.CONFIGURATION, backup_directory=folder.parent / "file")
    with organization_scope(cast.organization.pk):
        run = begin_run(cast.actor("admin"), BACK_UP)

    with pytest.raises(DatabaseUnavailable):
        back_up.func(organization_id=str(cast.organization.pk), run_id=str(run.pk), whole=True)

    assert run_of(cast).state == RunState.FAILED
    assert str(folder.parent / "file") in run_of(cast).problem
