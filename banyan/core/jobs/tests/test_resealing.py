"""Encrypting what exists, decrypting it, and new keys: in the background, while both forms are read."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path

import pytest
from django.db import connections

from banyan.core.access.actor import Actor
from banyan.core.access.standing import actor_for
from banyan.core.api.models import IdempotencyKey
from banyan.core.bulk.models import BulkTask
from banyan.core.ciphers.master import MasterKeys
from banyan.core.database.binaries import find_binaries
from banyan.core.encryption.keyring import forget_all_keys, keyring_of, master_keys
from banyan.core.encryption.models import DataKey
from banyan.core.encryption.rotation import choose_suite, key_states, make_new_keys, rewrap_all, unreadable_keys
from banyan.core.encryption.sealing import is_sealed, needs_resealing
from banyan.core.identity.models import User
from banyan.core.jobs import resealing
from banyan.core.jobs.models import JobRun, RunState
from banyan.core.jobs.resealing import reseal, start_resealing
from banyan.core.kernel.configuration import Configuration
from banyan.core.kernel.errors import Invalid, NotAllowed
from banyan.core.listing.filters import Condition
from banyan.core.listing.query import ListRequest, fetch_row, list_rows
from banyan.core.listing.views import ViewValues, save_view
from banyan.core.objects.customising import FieldDraft, change_custom_field, create_custom_field
from banyan.core.objects.models import SensitiveField
from banyan.core.objects.registry import spec_for
from banyan.core.objects.sensitivity import set_sensitive
from banyan.core.records import door
from banyan.core.records.duplicates import duplicate_rules
from banyan.core.records.merging import merge
from banyan.core.records.models import Change
from banyan.core.records.storage import insert_rows
from banyan.core.search.finding import find
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.models import Import, RejectedRow
from tests.cast import Cast

PHONE = "+8613912345678"
WORD = "a heron in the reeds"


@pytest.fixture(autouse=True)
def _fresh_keys():
    forget_all_keys()
    yield
    forget_all_keys()


def administrator(cast: Cast) -> Actor:
    """Return the administrator as of now; remembered objects belong to a version of the organization."""
    return actor_for(User.objects.select_related("organization").get(pk=cast.users["admin"].pk))


def customer_spec(actor: Actor):
    return spec_for(actor.organization, "customer")


def work(cast: Cast) -> JobRun:
    """Do what was queued last."""
    with organization_scope(cast.organization.pk):
        run = JobRun.objects.filter(name=resealing.RESEAL).first()
    reseal(organization_id=str(cast.organization.pk), user_id=None, run_id=str(run.pk))
    with organization_scope(cast.organization.pk):
        return JobRun.objects.get(pk=run.pk)


def found(actor: Actor, **wanted: str) -> list[str]:
    ((name, value),) = wanted.items()
    request = ListRequest(filter=Condition(name, "eq", (value,)), columns=("name",))
    return [row["name"] for row in list_rows(actor, customer_spec(actor), request).rows]


@pytest.fixture
def filled(cast: Cast) -> uuid.UUID:
    """A customer with a phone and a word that were changed once, before anything is encrypted."""
    with organization_scope(cast.organization.pk):
        actor = administrator(cast)
        create_custom_field(actor, "customer", FieldDraft("text", {"en": "Word"}, name="word"))
        spec = customer_spec(actor)
        record = door.create(actor, spec, {"name": "Harbor", "phone": "13800000000", "word": "before"})
        door.update(actor, spec, record.pk, {"phone": PHONE, "word": WORD})
        dropped = door.create(actor, spec, {"name": "Dropped", "phone": PHONE, "word": WORD})
        merge(actor, spec, record.pk, [dropped.pk])
        return record.pk


def test_existing_values_are_encrypted_in_the_background_and_read_all_along(cast: Cast, filled: uuid.UUID) -> None:
    with organization_scope(cast.organization.pk):
        for name in ("word", "phone"):
            set_sensitive(administrator(cast), "customer", name, sensitive=True)
        actor = administrator(cast)
        row = fetch_row(actor, customer_spec(actor), filled)
        assert (row["word"], row["phone"]) == (WORD, PHONE)
        assert found(actor, word=WORD) == found(actor, phone="139 1234 5678") == ["Harbor"]

    assert work(cast).state == RunState.DONE

    with organization_scope(cast.organization.pk):
        actor = administrator(cast)
        spec = customer_spec(actor)
        record = spec.model._default_manager.get(pk=filled)
        assert is_sealed(record.custom["word"])
        assert is_sealed(record.phone)
        assert record.version == 2
        assert {row.state for row in SensitiveField.objects.all()} == {"sealed"}
        row = fetch_row(actor, spec, filled)
        assert (row["word"], row["phone"]) == (WORD, PHONE)
        assert found(actor, word=WORD) == found(actor, phone="139 1234 5678") == ["Harbor"]
        assert [hit.title for hit in find(actor, "13912345678")] == ["Harbor"]
        assert find(actor, "5678") == find(actor, "heron") == []
        logged = Change.objects.get(record_id=filled, action="update").values
        assert all(map(is_sealed, [*logged["phone"], *logged["word"]]))
        likely = duplicate_rules["customer"].candidates(actor, [{"name": "Harbour", "phone": PHONE}])
        assert [candidate.record_id for candidate in likely[0]] == [filled]


def test_values_are_decrypted_again_by_those_who_manage_security(cast: Cast, filled: uuid.UUID) -> None:
    with organization_scope(cast.organization.pk):
        set_sensitive(administrator(cast), "customer", "word", sensitive=True)
    work(cast)
    with organization_scope(cast.organization.pk):
        with pytest.raises(NotAllowed):
            set_sensitive(cast.actor("manager"), "customer", "word", sensitive=False)
        set_sensitive(administrator(cast), "customer", "word", sensitive=False)
        actor = administrator(cast)
        assert fetch_row(actor, customer_spec(actor), filled)["word"] == WORD
        assert found(actor, word=WORD) == ["Harbor"]

    work(cast)

    with organization_scope(cast.organization.pk):
        actor = administrator(cast)
        record = customer_spec(actor).model._default_manager.get(pk=filled)
        assert record.custom["word"] == WORD
        assert not SensitiveField.objects.exists()
        assert [hit.title for hit in find(actor, "heron")] == ["Harbor"]
        assert Change.objects.get(record_id=filled, action="update").values["word"] == ["before", WORD]


def test_a_new_key_is_used_everywhere_after_its_run(cast: Cast, filled: uuid.UUID) -> None:
    organization_id = cast.organization.pk
    with organization_scope(organization_id):
        set_sensitive(administrator(cast), "customer", "word", sensitive=True)
    work(cast)
    with organization_scope(organization_id):
        actor = administrator(cast)
        choose_suite(actor.organization, "sm4")
        make_new_keys(actor.organization)
        BulkTask.objects.create(
            organization_id=organization_id,
            object_name="customer",
            action="update",
            values={"word": WORD},
            channel="page",
        )
        start_resealing(actor)
        assert found(actor, word=WORD) == ["Harbor"]
    work(cast)

    with organization_scope(organization_id):
        actor = administrator(cast)
        record = customer_spec(actor).model._default_manager.get(pk=filled)
        assert keyring_of(organization_id).data[-1].suite.name == "sm4"
        assert not needs_resealing(organization_id, record.custom["word"])
        assert fetch_row(actor, customer_spec(actor), filled)["word"] == WORD
        assert found(actor, word=WORD) == ["Harbor"]
        assert BulkTask.objects.get().values == {"word": WORD}
        assert [(state.purpose, state.number, state.is_in_use) for state in key_states(actor.organization)] == [
            ("data", 1, False), ("data", 2, True), ("index", 1, False), ("index", 2, True),
        ]  # fmt: skip


def test_an_interrupted_run_goes_on_where_it_was(
    cast: Cast, filled: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("banyan.core.records.resealing.PIECE_ROWS", 1)
    with organization_scope(cast.organization.pk):
        actor = administrator(cast)
        spec = customer_spec(actor)
        ids = sorted(
            [filled, *(door.create(actor, spec, {"name": f"C{number}", "word": "x"}).pk for number in range(3))]
        )
        set_sensitive(actor, "customer", "word", sensitive=True)
        run = JobRun.objects.get(name=resealing.RESEAL)
        run.outcome = {"place": {"step": "customer", "after": str(ids[1]), "done": 2}}
        run.save()

    work(cast)

    with organization_scope(cast.organization.pk):
        # What came before that place was done before the interruption; here nobody had, and the strays were found.
        stored = customer_spec(administrator(cast)).model._default_manager.filter(pk__in=ids)
        assert all(is_sealed(record.custom["word"]) for record in stored)


def test_data_keys_are_wrapped_anew_by_a_new_master_key(cast: Cast, filled: uuid.UUID, tmp_path) -> None:
    organization_id = cast.organization.pk
    with organization_scope(organization_id):
        before = keyring_of(organization_id).data[-1].secret
    master = MasterKeys(Configuration.from_environment({"BANYAN_HOME": str(tmp_path), "SECRET_KEY": "x" * 50}))
    old = master_keys()
    with organization_scope(organization_id):
        for row in DataKey.objects.all():
            row.wrapped = master.wrap(old.unwrap(row.wrapped))
            row.save()
    assert unreadable_keys(master) == []
    assert len(unreadable_keys(old)) == 2
    master.add_new()

    assert rewrap_all(master) == 2
    assert rewrap_all(master) == 0
    with organization_scope(organization_id):
        assert master.unwrap(DataKey.objects.get(purpose="data").wrapped) == before


def test_a_field_with_an_index_loses_it_when_it_is_encrypted(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        actor = administrator(cast)
        field = create_custom_field(actor, "customer", FieldDraft("text", {"en": "Word"}, name="word"))
        change_custom_field(actor, field.pk, is_indexed=True)

        set_sensitive(administrator(cast), "customer", "word", sensitive=True)
        field.refresh_from_db()
        assert not field.is_indexed
        with pytest.raises(Invalid):
            change_custom_field(administrator(cast), field.pk, is_indexed=True)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_statistics_forget_what_was_in_the_clear(cast: Cast) -> None:
    remembered = "SELECT count(*) FROM pg_stats WHERE most_common_vals::text LIKE '%13912345678%'"
    with organization_scope(cast.organization.pk):
        actor = administrator(cast)
        values = [{"name": f"C{number}", "phone": PHONE} for number in range(60)]
        door.create_many(actor, customer_spec(actor), values)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")
        cursor.execute(remembered)
        assert cursor.fetchone()[0] > 0
        with organization_scope(cast.organization.pk):
            set_sensitive(administrator(cast), "customer", "phone", sensitive=True)
        work(cast)
        resealing.clear_remains(organization_id=str(cast.organization.pk))
        cursor.execute(remembered)
        assert cursor.fetchone()[0] == 0


#: Values of a customer, none of which may be in a dump.
SECRETS = {
    "identity": "11010519491231002X",
    "account": "6222021234567890128",
    "word": "oriole above the willows",
    "phone": "+8613987654321",
    "email": "li@secret.test",
    "later": "kingfisher",
}
FIRST_IDENTITY = "440524188001010014"


def customer_with_secrets(actor: Actor) -> uuid.UUID:
    """Make a customer whose secrets are in the record, its history and a merge; some are encrypted afterwards."""
    for kind, name in (("identity_number", "identity"), ("bank_account", "account"), ("text", "word")):
        create_custom_field(actor, "customer", FieldDraft(kind, {"en": name}, name=name, sensitive=True))
    create_custom_field(actor, "customer", FieldDraft("text", {"en": "Later"}, name="later"))
    spec = customer_spec(actor)
    record = door.create(actor, spec, {"name": "One", "identity": FIRST_IDENTITY})
    door.update(actor, spec, record.pk, SECRETS)
    merge(actor, spec, record.pk, [door.create(actor, spec, {"name": "Other", **SECRETS}).pk])
    for name in ("phone", "email", "later"):
        set_sensitive(actor, "customer", name, sensitive=True)
    return record.pk


def traces_of_secrets(actor: Actor) -> None:
    """Leave them where work leaves values besides: in rows of files, bulk work, views and kept answers."""
    own = {"organization_id": actor.organization_id}
    identity, word = SECRETS["identity"], SECRETS["word"]
    task = Import.objects.create(**own, object_name="customer", file_name="people.xlsx")
    cells = {"cells": [identity, word], "errors": [{"message": word}]}
    insert_rows(RejectedRow, [{**own, "source_id": task.pk, "number": 1, **cells}])
    assert RejectedRow.objects.get().cells == [identity, word]
    BulkTask.objects.create(**own, object_name="customer", action="update", values={"word": word}, channel="page")
    view = ViewValues("Mine", {"field": "identity", "value": identity}, search=SECRETS["account"])
    save_view(actor, customer_spec(actor), view)
    answer = {"key": "1", "operation": "x", "body_hash": "x", "answer": f'"{identity}"'}
    IdempotencyKey.objects.create(**own, user=actor.user, **answer)


def dump_of_the_test_database(folder: Path | None) -> str:
    """Return what PostgreSQL's own program writes of the database."""
    address = connections["owner"].get_connection_params()
    where = ["-h", address["host"], "-p", str(address.get("port") or 5432), "-U", address["user"], address["dbname"]]
    return subprocess.run(  # noqa: S603 PostgreSQL's own program
        [find_binaries(folder).program("pg_dump"), "--no-password", *where],
        capture_output=True,
        check=True,
        env={"PGPASSWORD": address.get("password") or ""},
    ).stdout.decode()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_dump_of_the_database_holds_no_sensitive_value(cast: Cast, settings) -> None:
    with organization_scope(cast.organization.pk):
        record_id = customer_with_secrets(administrator(cast))
        traces_of_secrets(administrator(cast))
    work(cast)
    forget_all_keys()
    with organization_scope(cast.organization.pk):
        actor = administrator(cast)
        row = fetch_row(actor, customer_spec(actor), record_id)
        assert {name: row[name] for name in SECRETS} == SECRETS

    dump = dump_of_the_test_database(settings.CONFIGURATION.postgres_binaries)
    assert str(record_id) in dump
    for secret in (*SECRETS.values(), FIRST_IDENTITY, "oriole", "13987654321"):
        assert secret not in dump, secret
