"""The chain: what was sealed verifies, and whatever is done to the database behind its back shows."""

# ruff: noqa: S608 tests name tables of our own

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction

from banyan.core.audit import sealing
from banyan.core.audit.bounds import id_at, time_of
from banyan.core.audit.models import Entry, Head, Segment
from banyan.core.audit.notes import note, note_erasure, note_records, note_restored
from banyan.core.audit.sealing import seal
from banyan.core.audit.verification import Damage, Finding, Verification, verify
from banyan.core.kernel.clock import now
from banyan.core.objects.registry import objects
from banyan.core.records import door
from banyan.core.records.models import Change
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, forget_entirely, found

SOON = timedelta(seconds=5)


def everything() -> Any:
    return now() + SOON


def seal_until_now(cast: Cast) -> None:
    """Seal all that was written, and wait until the clock of ids has moved on."""
    seal(cast.organization.pk, horizon=now() + timedelta(milliseconds=2))
    connection.cursor().execute("SELECT pg_sleep(0.005)")


def test_segment_seals_entries_and_changes_when_both_were_written(scope: Cast) -> None:
    admin = scope.actor("admin")
    door.create(admin, objects["customer"], {"name": "Sealed"})
    note(admin, "test.done")

    (segment,) = seal(scope.organization.pk, horizon=everything())
    found_whole = verify(scope.organization.pk)

    assert segment.number == 1
    assert found_whole == Verification(segments=1, entries=1, changes=Change.objects.count())


def test_chain_goes_on_over_many_segments_when_rows_fill_them(scope: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "ROWS_PER_SEGMENT", 3)
    for number in range(10):
        note(scope.actor("admin"), f"test.{number}")

    sealed = seal(scope.organization.pk, horizon=everything())

    assert [segment.number for segment in sealed] == list(range(1, len(sealed) + 1))
    assert len(sealed) >= 4
    assert [segment.previous for segment in sealed[1:]] == [segment.hash for segment in sealed[:-1]]
    assert verify(scope.organization.pk).entries == 10


def test_nothing_is_sealed_when_it_could_still_be_preceded(scope: Cast) -> None:
    note(scope.actor("admin"), "test.fresh")

    assert seal(scope.organization.pk) == []
    assert verify(scope.organization.pk).is_whole


def test_suite_may_change_within_one_chain(scope: Cast, settings: Any) -> None:
    note(scope.actor("admin"), "test.first")
    seal(scope.organization.pk, horizon=now())
    settings.AUDIT_SUITE = "sm3"
    note(scope.actor("admin"), "test.second")
    seal(scope.organization.pk, horizon=everything())

    assert list(Segment.objects.values_list("suite", flat=True)) == ["sha256", "sm3"]
    assert verify(scope.organization.pk) == Verification(segments=2, entries=2, changes=Change.objects.count())


def test_key_of_another_installation_is_told_when_the_log_was_restored_from_there(scope: Cast, settings: Any) -> None:
    note(scope.actor("admin"), "test.done")
    seal(scope.organization.pk, horizon=everything())
    settings.SECRET_KEY = "the key of another installation, long enough to be one"

    verified = verify(scope.organization.pk)

    assert verified.is_whole
    assert verified.foreign_key


def test_seals_of_an_earlier_secret_key_count_while_it_is_kept(scope: Cast, settings: Any) -> None:
    note(scope.actor("admin"), "test.done")
    seal(scope.organization.pk, horizon=everything())
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next key of this installation, long enough to be one"

    assert (verify(scope.organization.pk).is_whole, verify(scope.organization.pk).foreign_key) == (True, False)
    settings.SECRET_KEY_FALLBACKS = []
    assert verify(scope.organization.pk).foreign_key


def test_many_ids_stand_in_several_entries(scope: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("banyan.core.audit.notes.IDS_PER_ENTRY", 2)
    ids = [id_at(now() + timedelta(seconds=number)) for number in range(5)]

    first = note_records(scope.actor("admin"), "export", object_name="customer", ids=ids)

    entries = list(Entry.objects.order_by("id"))
    assert [len(entry.details["ids"]) for entry in entries] == [2, 2, 1]
    assert first.details["count"] == 5
    assert {entry.details["continues"] for entry in entries[1:]} == {str(first.pk)}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET kind = 'other'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE audit_segment SET hash = ''",
        "DELETE FROM audit_segment",
        "DELETE FROM audit_head",
    ],
)
def test_application_cannot_change_the_log(scope: Cast, statement: str) -> None:
    note(scope.actor("admin"), "test.done")
    seal(scope.organization.pk, horizon=everything())

    with pytest.raises(DatabaseError, match=r"permission denied|never changed"), transaction.atomic():
        connection.cursor().execute(statement)


def test_pruning_function_spares_what_is_young(scope: Cast) -> None:
    note(scope.actor("admin"), "test.done")

    with connection.cursor() as cursor:
        cursor.execute("SELECT public.prune_audit_entry(%s)", [id_at(everything())])

    assert Entry.objects.count() == 1


@pytest.fixture(scope="module")
def sealed_company(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cast]:
    """A company with a sealed log that other connections see: two segments, then an idle hour and a third."""
    with django_db_blocker.unblock():
        cast = found("Sealed Company", "sealed.test")
        with organization_scope(cast.organization.pk):
            admin = cast.actor("admin")
            for part in range(3):
                door.create_many(admin, objects["customer"], [{"name": f"Customer {part}.{row}"} for row in range(3)])
                for row in range(4):
                    note(admin, f"test.{part}.{row}")
                seal_until_now(cast)
        yield cast
        forget_entirely(cast)
        connections["owner"].close()
        connections["default"].close()


@pytest.fixture
def busy_company(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cast]:
    """A company that other connections see."""
    with django_db_blocker.unblock():
        cast = found("Busy Company", "busy.test")
        yield cast
        forget_entirely(cast)
        connections["owner"].close()
        connections["default"].close()


@pytest.mark.slow
def test_chain_is_right_when_many_write_while_it_is_sealed(busy_company: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    # All clocks are that of this machine, so what runs may be followed closely.
    monkeypatch.setattr(sealing, "CLOCKS_DIFFER", timedelta())
    organization_id = busy_company.organization.pk

    def write(name: int) -> None:
        for number in range(15):
            with organization_scope(organization_id):
                actor = busy_company.actor("admin")
                note(actor, f"first.{name}.{number}")
                door.create(actor, objects["customer"], {"name": f"Customer {name}.{number}"})
                note(actor, f"second.{name}.{number}")
        connections["default"].close()

    def seal_often() -> None:
        for _time in range(30):
            with organization_scope(organization_id):
                seal(organization_id)
        connections["default"].close()

    threads = [threading.Thread(target=write, args=(name,)) for name in range(3)]
    threads += [threading.Thread(target=seal_often) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with organization_scope(organization_id):
        seal(organization_id, horizon=everything())
        whole = verify(organization_id)

    assert whole.finding is None
    assert whole.entries == 3 * 15 * 2
    assert whole.segments > 1


@pytest.fixture
def superuser(sealed_company: Cast, django_db_blocker: Any) -> Iterator[Any]:
    """A cursor of the superuser, who is bound by no trigger; what it does is undone afterwards."""
    with django_db_blocker.unblock(), transaction.atomic(using="owner"):
        with connections["owner"].cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield cursor
        transaction.set_rollback(True, using="owner")


def verified(cast: Cast) -> Verification:
    return verify(cast.organization.pk, alias="owner")


def ids_of(cast: Cast, table: str, cursor: Any) -> list[Any]:
    cursor.execute(f"SELECT id FROM {table} WHERE organization_id = %s ORDER BY id", [cast.organization.pk])
    return [row_id for (row_id,) in cursor.fetchall()]


def test_log_is_whole_when_nobody_touched_it(sealed_company: Cast, superuser: Any) -> None:
    assert verified(sealed_company).finding is None
    assert verified(sealed_company).entries == 12


@pytest.mark.parametrize("table", ["audit_entry", "records_change"])
@pytest.mark.parametrize("place", [0, 5, -1])
def test_changed_row_is_named(sealed_company: Cast, superuser: Any, table: str, place: int) -> None:
    row_id = ids_of(sealed_company, table, superuser)[place]
    superuser.execute(f"UPDATE {table} SET at = at + interval '1 hour' WHERE id = %s", [row_id])

    finding = verified(sealed_company).finding

    assert finding is not None
    assert (finding.damage, finding.row_id) == (Damage.CHANGED, row_id)


@pytest.mark.parametrize(("table", "source"), [("audit_entry", "entry"), ("records_change", "change")])
def test_deleted_row_is_noticed(sealed_company: Cast, superuser: Any, table: str, source: str) -> None:
    ids = ids_of(sealed_company, table, superuser)
    superuser.execute(f"DELETE FROM {table} WHERE id = %s", [ids[5]])

    finding = verified(sealed_company).finding

    assert finding is not None
    assert (finding.damage, finding.what) == (Damage.MISSING, source)
    assert finding.row_id in {ids[4], None}


@pytest.mark.parametrize("table", ["audit_entry", "records_change"])
@pytest.mark.parametrize("place", [0, 4, 7, -1])
def test_inserted_row_is_named(sealed_company: Cast, superuser: Any, table: str, place: int) -> None:
    near = ids_of(sealed_company, table, superuser)[place]
    forged = type(near)(int=near.int - 1)
    superuser.execute("CREATE TEMP TABLE forged ON COMMIT DROP AS SELECT * FROM " + table + " WHERE id = %s", [near])
    superuser.execute("UPDATE forged SET id = %s, at = at", [forged])
    superuser.execute(f"INSERT INTO {table} SELECT * FROM forged")

    finding = verified(sealed_company).finding

    assert finding is not None
    assert (finding.damage, finding.row_id) == (Damage.INSERTED, forged)


def test_row_changed_with_its_segment_is_noticed_when_the_key_is_unknown(sealed_company: Cast, superuser: Any) -> None:
    # Whoever knows how the chain is made can make it anew, except for the signatures.
    superuser.execute(
        "UPDATE audit_segment SET signature = repeat('0', 64) WHERE organization_id = %s AND number = 2",
        [sealed_company.organization.pk],
    )

    assert verified(sealed_company).finding == Finding(Damage.UNSIGNED, "segment", 2)


def test_deleted_segment_is_noticed(sealed_company: Cast, superuser: Any) -> None:
    superuser.execute(
        "DELETE FROM audit_segment WHERE organization_id = %s AND number = 2", [sealed_company.organization.pk]
    )

    assert verified(sealed_company).finding == Finding(Damage.MISSING, "segment", 2)


@pytest.mark.parametrize("repair", ["", "old head", "no head"])
def test_truncated_tail_is_noticed(sealed_company: Cast, superuser: Any, repair: str) -> None:
    organization_id = sealed_company.organization.pk
    superuser.execute("SELECT after FROM audit_segment WHERE organization_id = %s AND number = 3", [organization_id])
    (after,) = superuser.fetchone()
    superuser.execute("DELETE FROM audit_segment WHERE organization_id = %s AND number = 3", [organization_id])
    for table in ("audit_entry", "records_change"):
        superuser.execute(f"DELETE FROM {table} WHERE organization_id = %s AND id >= %s", [organization_id, after])
    if repair == "old head":
        superuser.execute(
            "UPDATE audit_head SET number = 2, entries = 8, before = %s, hash = (SELECT hash FROM audit_segment"
            " WHERE organization_id = audit_head.organization_id AND number = 2) WHERE organization_id = %s",
            [after, organization_id],
        )
    if repair == "no head":
        superuser.execute("DELETE FROM audit_head WHERE organization_id = %s", [organization_id])

    expected = {
        "": Finding(Damage.MISSING, "segment", 3),
        "old head": Finding(Damage.UNSIGNED, "head"),
        "no head": Finding(Damage.MISSING, "head"),
    }
    assert verified(sealed_company).finding == expected[repair]


def test_whole_log_gone_is_noticed(sealed_company: Cast, superuser: Any) -> None:
    for table in ("audit_segment", "audit_entry"):
        superuser.execute(f"DELETE FROM {table} WHERE organization_id = %s", [sealed_company.organization.pk])

    assert verified(sealed_company).finding == Finding(Damage.MISSING, "segment", 1)


Tamper = Callable[[Any, Any], None]


def erase(cursor: Any, change_id: Any) -> None:
    cursor.execute("DELETE FROM records_change WHERE id = %s", [change_id])


def anonymise(cursor: Any, change_id: Any) -> None:
    cursor.execute("""UPDATE records_change SET "values" = '{"name": ["***", "***"]}' WHERE id = %s""", [change_id])


@pytest.mark.parametrize("tamper", [erase, anonymise])
def test_change_is_right_when_its_erasure_was_noted(scope: Cast, tamper: Tamper) -> None:
    admin = scope.actor("admin")
    door.create_many(admin, objects["customer"], [{"name": f"Person {row}"} for row in range(4)])
    seal_until_now(scope)
    change = Change.objects.order_by("id")[1]
    tamper(connection.cursor(), change.pk)
    assert not verify(scope.organization.pk).is_whole

    note_erasure(admin, [change.pk], reason="the person asked for it")

    assert verify(scope.organization.pk).is_whole


def test_missing_changes_are_right_when_a_restoration_was_noted(scope: Cast) -> None:
    admin = scope.actor("admin")
    door.create_many(admin, objects["customer"], [{"name": f"Lost {row}"} for row in range(4)])
    seal_until_now(scope)
    Change.objects.filter(pk=Change.objects.order_by("-id")[0].pk).delete()

    note_restored(admin, after=id_at(now() - timedelta(minutes=5)), before=id_at(now()))

    assert verify(scope.organization.pk).is_whole


def test_end_moves_on_although_nothing_happens(scope: Cast) -> None:
    for hours in (3, 6):
        assert seal(scope.organization.pk, horizon=now() + timedelta(hours=hours)) == [] or hours == 3

    assert time_of(Head.objects.get().before) > now() + timedelta(hours=5)
    assert verify(scope.organization.pk).is_whole
