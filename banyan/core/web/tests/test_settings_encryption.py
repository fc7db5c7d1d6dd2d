"""Encryption through the settings pages: fields, keys, the recovery copy, and who may."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from banyan.core.access.standing import actor_for
from banyan.core.ciphers.master import MasterKeys
from banyan.core.ciphers.passphrases import read_recovery_copy
from banyan.core.encryption.keyring import forget_all_keys
from banyan.core.encryption.models import DataKey
from banyan.core.encryption.sealing import is_sealed
from banyan.core.identity.models import Role, User
from banyan.core.jobs.models import JobRun
from banyan.core.jobs.resealing import reseal
from banyan.core.kernel.clock import now
from banyan.core.objects.models import CustomField, SensitiveField
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import HX
from banyan.customers.models import Customer
from tests.cast import Cast, sign_in

URL = "/settings/encryption"
FIELDS = "/settings/fields/customer"
ACCOUNT = "6222021234567890128"


@pytest.fixture(autouse=True)
def _own_master_key(tmp_path: Path, settings: Any):
    settings.CONFIGURATION = dataclasses.replace(settings.CONFIGURATION, home=tmp_path, master_key="", kms_command="")
    forget_all_keys()
    yield
    forget_all_keys()


@pytest.fixture
def ada(cast: Cast) -> Client:
    return sign_in(cast, "admin")


def work(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        run = JobRun.objects.get(name="encryption.reseal", state="waiting")
    reseal(organization_id=str(cast.organization.pk), user_id=None, run_id=str(run.pk))


def rows(cast: Cast, model: type[Any]) -> list[Any]:
    with organization_scope(cast.organization.pk):
        return list(model.objects.all())


def test_a_field_is_added_encrypted_and_its_values_are_used_on_pages(cast: Cast, ada: Client) -> None:
    ada.post(f"{FIELDS}/new", {"label_en": "Account", "kind": "bank_account"})
    ada.post(f"{FIELDS}/new", {"label_en": "Code word", "kind": "text", "sensitive": "true"})
    ada.post("/customers/new", {"name": "Harbor", "account": "6222 0212 3456 7890 128", "code_word": "heron"})

    (customer,) = rows(cast, Customer)
    assert all(map(is_sealed, customer.custom.values()))
    page = ada.get(f"/customers/{customer.pk}").text
    assert "6222 0212 3456 7890 128" in page
    assert "heron" in page
    assert "Harbor" in ada.get("/customers", {"account": ACCOUNT}).text
    assert "Harbor" not in ada.get("/customers", {"account": "6222021234567890111"}).text
    assert ada.get(FIELDS).text.count("Encrypted") >= 2


def test_masked_people_never_get_a_clear_value(cast: Cast, ada: Client) -> None:
    ada.post(f"{FIELDS}/new", {"label_en": "Account", "kind": "bank_account"})
    with organization_scope(cast.organization.pk):
        role = Role.objects.get(key="member")
        role.field_grants = {"customer.account": "masked"}
        role.save()
        actor = actor_for(User.objects.select_related("organization").get(pk=cast.users["admin"].pk))
        spec = spec_for(actor.organization, "customer")
        owner = str(cast.users["owner"].pk)
        record = door.create(actor, spec, {"name": "Harbor", "account": "1234567890", "owner": owner})
        door.update(actor, spec, record.pk, {"account": ACCOUNT})
    olga = sign_in(cast, "owner")

    for path in (
        f"/customers/{record.pk}",
        f"/customers/{record.pk}/edit",
        "/customers?columns=name,account",
        f"/customers/{record.pk}/timeline",
        f"/api/v1/customers/{record.pk}",
        "/api/v1/customers",
        f"/api/v1/customers/{record.pk}/history",
        f"/api/v1/search?q={ACCOUNT}",
    ):
        answer = olga.get(path, headers=HX if path.endswith("/timeline") else {})
        assert answer.status_code in {200, 404}, path
        for secret in (ACCOUNT, "6222 0212 3456 7890 128", "1234567890", "1234 5678 90", "bx1."):
            assert secret not in answer.text, path
    assert "**** 0128" in olga.get(f"/customers/{record.pk}").text


def test_a_built_in_field_is_encrypted_and_decrypted_again(cast: Cast, ada: Client) -> None:
    ada.post("/customers/new", {"name": "Harbor", "phone": "13912345678"})
    assert f"{FIELDS}/encryption/phone" in ada.get(FIELDS).text
    assert f"{FIELDS}/encryption/name" not in ada.get(FIELDS).text

    ada.post(f"{FIELDS}/encryption/phone", {"sensitive": "true"})
    assert "Being encrypted" in ada.get(FIELDS).text
    work(cast)

    assert is_sealed(rows(cast, Customer)[0].phone)
    assert "Encrypted" in ada.get(FIELDS).text
    page = ada.get("/customers").text
    assert "139 1234 5678" in page
    assert "bx1." not in page
    ada.post(f"{FIELDS}/encryption/phone", {})
    work(cast)
    assert rows(cast, Customer)[0].phone == "+8613912345678"
    assert rows(cast, SensitiveField) == []


def test_an_encrypted_field_is_switched_off_on_its_own_page(cast: Cast, ada: Client) -> None:
    ada.post(f"{FIELDS}/new", {"label_en": "Code word", "kind": "text", "sensitive": "true"})
    (field,) = rows(cast, CustomField)
    page = ada.get(f"{FIELDS}/{field.pk}").text
    assert 'name="sensitive"' in page
    assert 'name="is_indexed"' not in page

    ada.post(f"{FIELDS}/{field.pk}", {"label_en": "Code word", "is_active": "true"})
    work(cast)
    assert rows(cast, SensitiveField) == []


def test_kinds_that_are_no_text_cannot_be_encrypted(cast: Cast, ada: Client) -> None:
    answer = ada.post(f"{FIELDS}/new", {"label_en": "Budget", "kind": "money", "sensitive": "true"})

    assert answer.status_code == 422
    assert rows(cast, CustomField) == []
    assert ada.get(f"{FIELDS}/encryption/level").status_code == 404


def test_new_keys_are_made_with_the_method_chosen(cast: Cast, ada: Client) -> None:
    ada.post(f"{FIELDS}/new", {"label_en": "Account", "kind": "bank_account"})
    ada.post("/customers/new", {"name": "Harbor", "account": ACCOUNT})
    ada.post(f"{URL}/rotate", {"suite": "sm4"})
    assert "Encrypting what exists" in ada.get(URL).text
    assert "Encrypting what exists" in ada.get(f"{URL}/progress").text
    work(cast)

    assert [(row.purpose, row.number, row.suite) for row in rows(cast, DataKey)] == [
        ("data", 1, "aes256"), ("data", 2, "sm4"), ("index", 1, "aes256"), ("index", 2, "sm4"),
    ]  # fmt: skip
    page = ada.get(URL).text
    assert "SM4-GCM" in page
    assert "Customer · Account" in page
    assert ada.post(f"{URL}/rotate", {"suite": "rot13"}).status_code == 422


def test_the_recovery_copy_brings_the_master_key_back(cast: Cast, ada: Client, settings: Any) -> None:
    master = MasterKeys(settings.CONFIGURATION)
    key = master.local_keys()[0]
    assert "There is no recovery copy yet" in ada.get(URL).text

    assert ada.post(f"{URL}/copy", {"passphrase": "short"}).status_code == 422
    answer = ada.post(f"{URL}/copy", {"passphrase": "four words of no meaning"})

    assert "attachment" in answer.headers["Content-Disposition"]
    assert key.text not in answer.text
    assert read_recovery_copy(answer.text, "four words of no meaning") == [key]
    assert "There is no recovery copy yet" not in ada.get(URL).text
    assert "Recovery copy" in ada.get("/settings/changes").text


def test_administrators_are_warned_while_there_is_no_copy(cast: Cast, ada: Client) -> None:
    warning = "The master key has no recovery copy"
    ada.post(f"{FIELDS}/new", {"label_en": "Account", "kind": "bank_account"})
    ada.post("/customers/new", {"name": "Harbor", "account": ACCOUNT})
    assert warning not in ada.get("/customers").text
    with organization_scope(cast.organization.pk):
        Organization.objects.filter(pk=cast.organization.pk).update(created_at=now() - timedelta(days=3))

    assert warning in ada.get("/customers").text
    assert warning not in sign_in(cast, "owner").get("/customers").text
    ada.post(f"{URL}/copy", {"passphrase": "four words of no meaning"})
    assert warning not in ada.get("/customers").text


def test_no_copy_of_the_master_key_is_given_where_several_organizations_share_it(
    cast: Cast, strangers: Cast, ada: Client
) -> None:
    assert "recovery copy" not in ada.get(URL).text
    assert ada.post(f"{URL}/copy", {"passphrase": "four words of no meaning"}).status_code == 404


def test_only_those_who_manage_security_may(cast: Cast) -> None:
    olga = sign_in(cast, "owner")

    assert olga.get(URL).status_code == 403
    assert olga.post(f"{URL}/rotate", {"suite": "sm4"}).status_code == 403
    assert olga.post(f"{URL}/copy", {"passphrase": "four words of no meaning"}).status_code == 403
