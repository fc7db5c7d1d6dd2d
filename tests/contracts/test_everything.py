"""What the export of everything promises: every record of every object, every file, and nothing that lets somebody in."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import tracemalloc
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test.utils import isolate_apps

from banyan.core.access.scopes import Ability, FieldAccess
from banyan.core.database.backup import add_files
from banyan.core.files import storage
from banyan.core.files.models import File
from banyan.core.files.services import attach
from banyan.core.identity.models import Account, ApiToken, Invitation, Role, User
from banyan.core.identity.services import create_token, invite
from banyan.core.jobs.models import JobRun, RunState
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, NotAllowed
from banyan.core.objects.customising import FieldDraft, change_custom_field, create_custom_field
from banyan.core.objects.models import CustomRecord
from banyan.core.objects.registry import objects, specs_for
from banyan.core.records import door
from banyan.core.records.models import Change
from banyan.core.records.recycle import delete
from banyan.core.tenancy.models import Organization, OrganizationOwned
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.everything import services
from banyan.core.transfer.everything.tables import LEFT_OUT, columns_of, plain_tables
from banyan.core.transfer.everything.writing import write_everything
from banyan.core.transfer.jobs import export_everything, start_export, weekly_export
from tests.cast import PASSWORD, Cast, api_client, sign_in
from tests.contracts.samples import Maker

pytestmark = pytest.mark.slow


def silent(_step: str, _done: int, _total: int | None) -> None:
    """Report to nobody."""


@pytest.fixture
def stocked(scope: Cast) -> Cast:
    """The cast with two customers, one of them in the bin, a file and an own field."""
    actor = scope.actor("admin")
    create_custom_field(actor, "customer", FieldDraft("text", {"en": "Motto", "zh": "口号"}))
    spec = specs_for(actor.organization)["customer"]
    customer = door.create(actor, spec, {"name": "=Harbor Light", "motto": "榕树 🌳"})
    binned = door.create(actor, spec, {"name": "In the bin"})
    delete(actor, spec, [binned.pk])
    attach(actor, object_name="customer", record_id=customer.pk,
           upload=SimpleUploadedFile("报价单.txt", "一万元".encode()))  # fmt: skip
    return scope


@pytest.fixture
def filled(stocked: Cast, maker: Maker) -> Cast:
    """That, with a full record of each object and bare ones of some."""
    for name in objects.keys():  # noqa: SIM118  a registry is no mapping
        spec = maker.spec(name)
        for full in (True, False) if name in {"customer", "contact", "order"} else (True,):
            maker.record(spec, **maker.values(spec, full=full))
    return stocked


def opened(cast: Cast, path: Path) -> zipfile.ZipFile:
    write_everything(cast.organization.pk, path, silent)
    return zipfile.ZipFile(path)


def items(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in archive.read(f"{name}.jsonl").splitlines()]


def cells(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(f"{name}.csv").decode("utf-8-sig"), newline="")))


def test_everything_is_there_for_people_and_for_programs_and_no_secret(filled: Cast, tmp_path: Path) -> None:
    secrets = secrets_of(filled)
    with opened(filled, tmp_path / "all.zip") as archive:
        every_record_of_every_object_is_there(filled, archive)
        values_are_those_of_the_records(archive)
        history_people_rights_lists_and_views_are_there(filled, archive)
        files_are_there_with_their_records(archive)
        manifest_has_checksum_and_rows_of_every_member(archive)
        everything = b"\n".join(archive.read(name) for name in archive.namelist())

    assert not [secret for secret in secrets if secret.encode() in everything]


def every_record_of_every_object_is_there(filled: Cast, archive: zipfile.ZipFile) -> None:
    for spec in specs_for(filled.organization).values():
        ids = {str(pk) for pk in spec.model._base_manager.values_list("pk", flat=True)}
        assert ids, spec.name
        assert {item["id"] for item in items(archive, f"records/{spec.plural}")} == ids, spec.name
        assert len(cells(archive, f"records/{spec.plural}")) == len(ids), spec.name
        assert set(spec.all_fields) <= set(items(archive, f"records/{spec.plural}")[0]), spec.name


def values_are_those_of_the_records(archive: zipfile.ZipFile) -> None:
    [item] = [item for item in items(archive, "records/customers") if item["name"] == "=Harbor Light"]
    [row] = [row for row in cells(archive, "records/customers") if row["Motto"] == item["motto"]]
    [binned] = [row for row in cells(archive, "records/customers") if row["In the recycle bin since"]]

    assert (item["motto"], item["deleted_at"]) == ("榕树 🌳", None)
    assert row["Customer name"] == "'=Harbor Light"
    assert binned["Customer name"] == "In the bin"


def history_people_rights_lists_and_views_are_there(filled: Cast, archive: zipfile.ZipFile) -> None:
    assert len(items(archive, "history/changes")) == Change.objects.count() > 0
    emails = {item["email"] for item in items(archive, "settings/users")}
    assert emails == set(User.objects.values_list("email", flat=True))
    roles = {item["key"] for item in items(archive, "settings/roles")}
    assert roles == set(Role.objects.values_list("key", flat=True))
    assert [item["name"] for item in items(archive, "settings/custom_fields")] == ["motto"]
    lists = {"settings/pick_lists.csv", "settings/saved_views.csv", "settings/departments.csv"}
    assert lists <= set(archive.namelist())
    assert orjson.loads(archive.read("settings/organization.json"))["name"] == filled.organization.name


def files_are_there_with_their_records(archive: zipfile.ZipFile) -> None:
    [attachment] = items(archive, "files/attachments")
    [file] = items(archive, "files/files")

    assert archive.read(f"files/{file['id']}/报价单.txt").decode() == "一万元"
    assert attachment["file_id"] == file["id"]
    assert attachment["about"].startswith("customer:")


def manifest_has_checksum_and_rows_of_every_member(archive: zipfile.ZipFile) -> None:
    manifest = orjson.loads(archive.read("manifest.json"))
    names = set(archive.namelist()) - {"manifest.json"}
    assert set(manifest["members"]) == names
    for name in names:
        assert hashlib.sha256(archive.read(name)).hexdigest() == manifest["members"][name]["sha256"], name
    assert "榕树 CRM" in archive.read("README.zh-CN.md").decode()
    assert "JSON Lines" in archive.read("README.en.md").decode()


def secrets_of(filled: Cast) -> set[str]:
    """Return what lets somebody in, a program and somebody invited among them."""
    user = filled.users["owner"]
    token = create_token(user, name="program")
    joined = invite(filled.organization, email="new@cast.test", name="New", roles=[], invited_by=user)
    return {
        token, joined.secret, PASSWORD,
        *ApiToken.objects.values_list("secret_hash", flat=True),
        *Invitation.objects.values_list("secret_hash", flat=True),
        *Account.objects.values_list("password", flat=True),
    }  # fmt: skip


def test_lost_content_of_a_file_is_told_and_does_not_keep_the_rest(stocked: Cast, tmp_path: Path) -> None:
    storage.delete(File.objects.get().key)

    with opened(stocked, tmp_path / "all.zip") as archive:
        assert len(orjson.loads(archive.read("manifest.json"))["missing_files"]) == 1


@isolate_apps("django.contrib.contenttypes")
def test_columns_that_sound_like_secrets_are_left_out_wherever_they_are() -> None:
    class Hook(models.Model):  # noqa: DJ008 nobody shows it
        url = models.TextField()
        signing_secret = models.TextField()
        password = models.TextField()
        access_token = models.TextField()
        body_hash = models.TextField()
        sha256 = models.TextField()

        class Meta:
            app_label = "contenttypes"

    assert columns_of(Hook) == ("id", "url", "sha256")


def test_every_table_of_organizations_is_exported_or_left_out_on_purpose() -> None:
    exported = {table.model for table in plain_tables()} | {spec.model for spec in objects} | {CustomRecord}
    owned = {model for model in apps.get_models() if issubclass(model, OrganizationOwned)}
    assert {model._meta.label_lower for model in owned - exported} == LEFT_OUT


def test_nothing_of_another_organization_is_in_the_file(filled: Cast, strangers: Cast, tmp_path: Path) -> None:
    with organization_scope(strangers.organization.pk):
        actor = strangers.actor("admin")
        door.create(actor, specs_for(strangers.organization)["customer"], {"name": "Their secret customer"})

    with opened(filled, tmp_path / "all.zip") as archive:
        everything = b"\n".join(archive.read(name) for name in archive.namelist())

    assert b"Their secret customer" not in everything
    assert str(strangers.organization.pk).encode() not in everything


def test_memory_does_not_grow_with_the_records(scope: Cast, tmp_path: Path) -> None:
    actor, spec = scope.actor("admin"), specs_for(scope.organization)["customer"]
    peaks = []
    for batch in (500, 4_500):
        door.create_many(actor, spec, [{"name": f"Customer {batch} {index}"} for index in range(batch)])
        tracemalloc.start()
        write_everything(scope.organization.pk, tmp_path / "all.zip", silent)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < 2 * peaks[0] + 4_000_000


def run_job(cast: Cast, run_id: str) -> JobRun:
    export_everything.func(organization_id=str(cast.organization.pk), user_id=None, run_id=run_id)
    return JobRun.objects.get(pk=run_id)


def test_program_asks_for_everything_follows_it_and_takes_it(stocked: Cast) -> None:
    client = api_client(stocked, "admin")
    asked = client.post("/api/v1/exports/everything")
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    assert client.get(f"{asked['Location']}/content").status_code == 409
    assert client.post("/api/v1/exports/everything").status_code == 409

    run_job(stocked, asked.json()["id"])

    shown = client.get(asked["Location"]).json()
    answer = client.get(f"{asked['Location']}/content")
    content = b"".join(answer.streaming_content)
    assert (shown["state"], shown["outcome"]["files"]) == ("done", 1)
    assert len(content) == shown["outcome"]["size"]
    assert zipfile.is_zipfile(io.BytesIO(content))
    assert client.delete(asked["Location"]).status_code == 204
    assert client.get(asked["Location"]).status_code == 404


@pytest.mark.parametrize("name", ["manager", "owner", "viewer"])
def test_only_administrators_may_take_everything(scope: Cast, name: str) -> None:
    browser, client = sign_in(scope, name), api_client(scope, name)

    assert browser.get("/settings/export").status_code == 403
    assert browser.post("/settings/export/now").status_code == 403
    assert client.post("/api/v1/exports/everything").status_code == 403


def test_administrator_from_whom_a_field_is_hidden_may_not_take_everything(scope: Cast) -> None:
    role = Role.objects.get(key="administrator")
    role.field_grants = {"customer.phone": FieldAccess.HIDDEN.key}
    role.save()

    with pytest.raises(NotAllowed):
        services.ask(scope.actor("admin"))
    assert str(Ability.MANAGE_ORGANIZATION) in role.abilities


def test_page_shows_exports_gives_them_and_deletes_them(stocked: Cast) -> None:
    browser = sign_in(stocked, "admin")
    browser.post("/settings/export/now")
    assert 'hx-trigger="load delay:1s"' in browser.get("/settings/export").text
    run = run_job(stocked, str(JobRun.objects.get().pk))

    assert f"/settings/export/{run.pk}" in browser.get("/settings/export").text
    assert zipfile.is_zipfile(io.BytesIO(b"".join(browser.get(f"/settings/export/{run.pk}").streaming_content)))
    assert re.search("Export of everything.*downloaded", browser.get("/settings/changes").text, re.DOTALL)
    browser.post(f"/settings/export/{run.pk}/delete")
    assert not JobRun.objects.exists()


def test_schedule_makes_one_each_week_and_keeps_the_last_ones(stocked: Cast) -> None:
    browser = sign_in(stocked, "admin")
    weekly_export.func(0)
    assert not JobRun.objects.exists()
    browser.post("/settings/export/schedule", {"weekly": "on", "kept": "2"})
    organization = Organization.objects.get(pk=stocked.organization.pk)

    for days_ago in (21, 14, 7):
        weekly_export.func(0)
        weekly_export.func(0)
        [run] = JobRun.objects.filter(state=RunState.WAITING)
        run_job(stocked, str(run.pk))
        JobRun.objects.filter(pk=run.pk).update(asked_at=now() - timedelta(days=days_ago))

    assert services.exports_kept(organization) == 2
    assert JobRun.objects.count() == 2
    assert browser.post("/settings/export/schedule", {"kept": "0"}).status_code == 422


def test_second_export_waits_for_the_first(scope: Cast) -> None:
    start_export(scope.actor("admin"))

    with pytest.raises(Conflict):
        start_export(scope.actor("admin"))


def test_backups_leave_exports_out(tmp_path: Path) -> None:
    class Collected:
        def __init__(self) -> None:
            self.names: list[str] = []

        def add(self, name: str, _content: Any, *, step: str) -> None:
            self.names.append(name)

    for name in ("exports/o/run.zip", "o/ab/file"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    collected = Collected()

    add_files(collected, tmp_path)  # type: ignore[arg-type]

    assert collected.names == ["files/o/ab/file"]
    assert storage.EXPORTS == "exports"


def test_encrypted_values_are_there_in_the_clear_in_records_history_and_fields_out_of_use(
    scope: Cast, tmp_path: Path
) -> None:
    actor = scope.actor("admin")
    field = create_custom_field(actor, "customer", FieldDraft("bank_account", {"en": "Account"}, name="account"))
    spec = specs_for(actor.organization)["customer"]
    kept = door.create(actor, spec, {"name": "Harbor", "account": "6222021234567890128"})
    door.update(actor, spec, kept.pk, {"account": "4111111111111111"})
    write_everything(scope.organization.pk, tmp_path / "used.zip", silent)
    change_custom_field(actor, field.pk, is_active=False)
    write_everything(scope.organization.pk, tmp_path / "unused.zip", silent)

    for name, place in (
        ("used", lambda item: item["account"]),
        ("unused", lambda item: item["other_custom"]["account"]),
    ):
        with zipfile.ZipFile(tmp_path / f"{name}.zip") as archive:
            [item] = map(orjson.loads, archive.read("records/customers.jsonl").splitlines())
        assert place(item) == "4111111111111111"
        changed = [change["values"].get("account") for change in changes_of(tmp_path / f"{name}.zip")]
        assert ["6222021234567890128", "4111111111111111"] in changed


def changes_of(path: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        return list(map(orjson.loads, archive.read("history/changes.jsonl").splitlines()))
