import uuid

import pytest
from django.db import transaction

from banyan.core.encryption import keyring
from banyan.core.encryption.keyring import add_key, keyring_of
from banyan.core.encryption.models import DataKey
from banyan.core.encryption.sealing import (
    Unreadable,
    fingerprint,
    fingerprints,
    needs_resealing,
    open_text,
    seal_text,
)
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope

SECRET = "11010519491231002X"


@pytest.fixture(autouse=True)
def _no_keys_from_before():
    keyring.forget_all_keys()
    yield
    keyring.forget_all_keys()


def test_a_text_opens_for_its_organization_purpose_and_place_alone(scope, strangers):
    mine, theirs = scope.organization.pk, strangers.organization.pk
    sealed = seal_text(mine, "identity.totp_seed", SECRET, 7)

    assert SECRET not in sealed
    assert open_text(mine, "identity.totp_seed", sealed, 7) == SECRET
    for attempt in (
        (theirs, "identity.totp_seed", sealed, 7),
        (mine, "identity.client_secret", sealed, 7),
        (mine, "identity.totp_seed", sealed, 8),
        (mine, "identity.totp_seed", SECRET, 7),
    ):
        with pytest.raises(Unreadable):
            open_text(*attempt)


def test_keys_lie_wrapped_in_the_database(scope):
    seal_text(scope.organization.pk, "test", SECRET)

    rows = list(DataKey.objects.all())
    secrets = {
        key.secret for key in (*keyring_of(scope.organization.pk).data, *keyring_of(scope.organization.pk).index)
    }
    assert [(row.purpose, row.number) for row in rows] == [("data", 1), ("index", 1)]
    assert len(secrets) == 2
    assert all(secret.hex() not in row.wrapped for secret in secrets for row in rows)


def test_nothing_in_memory_shows_a_key_when_it_is_printed(scope):
    ring = keyring_of(scope.organization.pk)

    assert ring.data[-1].secret.hex() not in repr(ring)
    assert str(ring.data[-1].secret) not in f"{ring!r} {ring.data!r} {keyring.master_keys().local_keys()!r}"


def test_a_new_key_seals_and_the_old_one_still_opens(scope):
    organization_id = scope.organization.pk
    old = seal_text(organization_id, "test", SECRET)
    add_key(organization_id, "data", "sm4")
    new = seal_text(organization_id, "test", SECRET)

    assert open_text(organization_id, "test", old) == open_text(organization_id, "test", new) == SECRET
    assert needs_resealing(organization_id, old)
    assert not needs_resealing(organization_id, new)


def test_fingerprints_are_equal_for_equal_texts_of_one_field_and_organization(scope, strangers):
    mine, theirs = scope.organization.pk, strangers.organization.pk
    made = fingerprint(mine, "customer.bank", SECRET)

    assert made == fingerprint(mine, "customer.bank", SECRET)
    assert len(made) == 24
    others = {
        fingerprint(mine, "customer.other", SECRET),
        fingerprint(theirs, "customer.bank", SECRET),
        fingerprint(mine, "customer.bank", "110105194912310021"),
    }
    assert made not in others
    assert len(others) == 3


def test_fingerprints_of_before_are_still_known_after_a_new_index_key(scope):
    before = fingerprint(scope.organization.pk, "customer.bank", SECRET)
    add_key(scope.organization.pk, "index", "aes256")
    found = fingerprints(scope.organization.pk, "customer.bank", SECRET)

    assert found[0] == fingerprint(scope.organization.pk, "customer.bank", SECRET)
    assert found[1] == before != found[0]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_keys_of_a_transaction_that_is_rolled_back_are_not_kept(cast):
    organization_id = cast.organization.pk
    with organization_scope(organization_id):
        lost = keyring_of(organization_id).data[-1].secret
        transaction.set_rollback(True)
    kept = keyring_of(organization_id).data[-1].secret
    with organization_scope(organization_id):
        again = keyring_of(organization_id)

    assert lost != kept
    assert again.data[-1].secret == kept
    with transaction.atomic(), organization_scope(organization_id):
        assert DataKey.objects.count() == 2


def test_an_unknown_organization_has_no_keys(db):
    with pytest.raises(Organization.DoesNotExist):
        keyring_of(uuid.uuid4())
