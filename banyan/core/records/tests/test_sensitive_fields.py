"""Fields whose values are encrypted: what is stored, who reads it, and by what it is found."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import FieldAccess
from banyan.core.access.standing import actor_for
from banyan.core.encryption.keyring import forget_all_keys
from banyan.core.encryption.sealing import is_sealed
from banyan.core.identity.models import Role, User
from banyan.core.kernel.errors import Invalid, Refused
from banyan.core.kernel.events import subscribe, unsubscribe
from banyan.core.listing.filters import Condition
from banyan.core.listing.query import ListRequest, fetch_row, list_rows
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.records.events import RecordsChanged
from banyan.core.records.merging import merge, unmerge
from banyan.core.records.models import Change, Merge
from banyan.core.records.undo import undo
from banyan.core.search.finding import find
from tests.cast import Cast

IDENTITY = "11010519491231002X"
OTHER = "440524188001010014"
ACCOUNT = "6222 0212 3456 7890 128"


@pytest.fixture(autouse=True)
def _fresh_keys():
    forget_all_keys()
    yield
    forget_all_keys()


@pytest.fixture
def spec(admin: Actor):
    create_custom_field(admin, "customer", FieldDraft("identity_number", {"en": "Identity"}, name="identity"))
    create_custom_field(admin, "customer", FieldDraft("bank_account", {"en": "Account"}, name="account"))
    create_custom_field(admin, "customer", FieldDraft("text", {"en": "Code word"}, name="code_word", sensitive=True))
    return spec_for(admin.organization, "customer")


def made(admin: Actor, spec, name="Harbor Light", **values):
    return door.create(admin, spec, {"name": name, **values})


def stored_text(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(json_agg(to_jsonb(t)), '[]')::text FROM {table} AS t")  # noqa: S608 ours
        return cursor.fetchone()[0]


def found(actor: Actor, spec, **parameters):
    ((name, value),) = parameters.items()
    field, _mark, operator = name.partition("__")
    wanted = Condition(field, operator, tuple(value) if isinstance(value, list) else (value,))
    return [row["name"] for row in list_rows(actor, spec, ListRequest(filter=wanted, columns=("name",))).rows]


def with_access(scope: Cast, level: FieldAccess) -> Actor:
    role = Role.objects.get(key="member")
    role.field_grants = {"customer.identity": level.key, "customer.account": level.key}
    role.save()
    return actor_for(User.objects.select_related("organization").get(pk=scope.users["owner"].pk))


def test_values_lie_sealed_and_are_read_in_the_clear(admin, spec):
    record = made(admin, spec, identity="110105 19491231 002x", account=ACCOUNT)

    assert all(is_sealed(record.custom[name]) for name in ("identity", "account"))
    row = fetch_row(admin, spec, record.pk)
    assert (row["identity"], row["account"]) == (IDENTITY, "6222021234567890128")
    stored = stored_text("customers_customer") + stored_text("records_change")
    assert IDENTITY not in stored
    assert "6222021234567890128" not in stored


def test_event_of_a_new_record_tells_what_it_holds_but_nothing_sealed(admin, spec):
    told: list[RecordsChanged] = []
    subscribe(RecordsChanged, "tests.held", told.append)
    made(admin, spec, identity=IDENTITY, status="active")
    unsubscribe(RecordsChanged, "tests.held")

    held = told[0].records[0].held
    assert held["status"] == "active"
    assert "identity" not in held


def test_masked_and_hidden_people_never_get_the_clear_value(admin, spec, scope):
    record = made(admin, spec, identity=IDENTITY, account=ACCOUNT, owner=str(scope.users["owner"].pk))

    masked = fetch_row(with_access(scope, FieldAccess.MASKED), spec, record.pk)
    assert (masked["identity"], masked["account"]) == ("110***********002X", "**** 0128")
    assert "identity" not in fetch_row(with_access(scope, FieldAccess.HIDDEN), spec, record.pk)


def test_records_are_found_by_the_whole_value_in_any_spelling(admin, spec):
    made(admin, spec, "One", identity=IDENTITY)
    made(admin, spec, "Two", identity=OTHER)
    made(admin, spec, "None")

    assert found(admin, spec, identity="11010519491231002x") == ["One"]
    assert sorted(found(admin, spec, identity__in=[IDENTITY, OTHER])) == ["One", "Two"]
    assert found(admin, spec, identity__isnull="true") == ["None"]
    assert [hit.title for hit in find(admin, IDENTITY)] == ["One"]


def test_parts_of_a_value_find_nothing_and_are_not_offered(admin, spec):
    made(admin, spec, "One", identity=IDENTITY, code_word="heron in the reeds")

    assert spec.all_fields["code_word"].kind.operators == ("eq", "in", "isnull")
    with pytest.raises(Invalid):
        found(admin, spec, code_word__contains="heron")
    with pytest.raises(Invalid):
        list_rows(admin, spec, ListRequest(sort=("code_word",)))
    assert find(admin, "heron") == []
    assert [hit.title for hit in find(admin, "Heron  in the reeds")] == ["One"]


def test_a_masked_person_finds_nothing_by_guessing(admin, spec, scope):
    made(admin, spec, "One", identity=IDENTITY, owner=str(scope.users["owner"].pk))
    masked = with_access(scope, FieldAccess.MASKED)

    assert find(masked, IDENTITY) == []
    with pytest.raises(Invalid):
        found(masked, spec, identity=IDENTITY)


def test_a_change_is_logged_sealed_and_can_be_taken_back(admin, spec):
    record = made(admin, spec, identity=IDENTITY)
    context = WriteContext.for_actor(admin)
    door.update(admin, spec, record.pk, {"identity": OTHER}, context=context)

    logged = Change.objects.get(batch_id=context.batch_id).values["identity"]
    assert all(map(is_sealed, logged))
    undo(admin, context.batch_id)
    assert fetch_row(admin, spec, record.pk)["identity"] == IDENTITY
    assert found(admin, spec, identity=IDENTITY) == ["Harbor Light"]
    assert found(admin, spec, identity=OTHER) == []


def test_the_same_value_again_is_no_change(admin, spec):
    record = made(admin, spec, identity=IDENTITY)

    assert door.update(admin, spec, record.pk, {"identity": IDENTITY}).version == 1


def test_merging_keeps_values_sealed_and_is_taken_back(admin, spec):
    keep, drop = made(admin, spec, "Keep"), made(admin, spec, "Drop", identity=IDENTITY)
    done = merge(admin, spec, keep.pk, [drop.pk])

    assert fetch_row(admin, spec, keep.pk)["identity"] == IDENTITY
    assert found(admin, spec, identity=IDENTITY) == ["Keep"]
    assert IDENTITY not in json.dumps(Merge.objects.get().before)
    unmerge(admin, done.batch_id)
    assert fetch_row(admin, spec, keep.pk)["identity"] is None
    assert found(admin, spec, identity=IDENTITY) == ["Drop"]


def test_a_value_copied_to_another_record_in_the_database_does_not_open(admin, spec):
    one, other = made(admin, spec, "One", identity=IDENTITY), made(admin, spec, "Other")
    other.custom = {"identity": one.custom["identity"]}
    other.save(update_fields=["custom"])

    assert fetch_row(admin, spec, other.pk)["identity"] == "⚠"
    with pytest.raises(Refused) as refused:
        door.update(admin, spec, other.pk, {"identity": OTHER})
    assert refused.value.code == "encryption.damaged_value"


def test_an_identity_number_with_a_slip_is_refused(admin, spec):
    with pytest.raises(Invalid):
        made(admin, spec, identity="110105194912310021")


def test_an_account_that_may_be_a_slip_is_accepted_with_a_doubt(admin, spec):
    kind = spec.all_fields["account"].kind

    assert fetch_row(admin, spec, made(admin, spec, account="6222021234567890129").pk)["account"]
    assert kind.doubt("6222021234567890129")
    assert not kind.doubt("4111111111111111")
    assert not kind.doubt("DE89370400440532013000")
