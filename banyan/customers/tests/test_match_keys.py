"""The rows by which duplicates are looked up always agree with the keys of the records."""

from __future__ import annotations

from datetime import timedelta

import pytest

from banyan.core.kernel.clock import now
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, merging, recycle
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.duplicates import CUSTOMER_RULES
from banyan.customers.models import Contact, ContactKey, Customer, CustomerKey


@pytest.fixture
def admin(cast):
    with organization_scope(cast.organization.pk):
        yield cast.actor("admin")


@pytest.fixture
def customer(admin):
    return spec_for(admin.organization, "customer")


def keys_agree():
    kept = set(CustomerKey.objects.values_list("customer_id", "key")) | set(
        ContactKey.objects.values_list("contact_id", "key")
    )
    wanted = {
        (pk, key)
        for model in (Customer, Contact)
        for pk, keys in model.objects.values_list("pk", "match_keys")
        for key in keys
    }
    return kept == wanted


def found_by(admin, **values):
    return [candidate.title for candidate in CUSTOMER_RULES.candidates(admin, [values])[0]]


def test_customer_is_found_by_its_new_phone_only_when_the_phone_was_changed(admin, customer):
    made = door.create(admin, customer, {"name": "Alder Studio", "phone": "13800138000"})
    assert found_by(admin, name="Alder Studio", phone="138 0013 8000") == ["Alder Studio"]

    door.update(admin, customer, made.pk, {"name": "Birch Works", "phone": "13900139000"})

    assert found_by(admin, name="Alder Studio", phone="13800138000") == []
    assert found_by(admin, name="Birch Works", phone="13900139000") == ["Birch Works"]
    assert keys_agree()


def test_keys_follow_when_customers_are_merged_and_come_apart_again(admin, customer):
    kept = door.create(admin, customer, {"name": "Alder Studio", "phone": "13800138000"})
    other = door.create(admin, customer, {"name": "Alder Studios", "email": "hello@alder.example"})

    done = merging.merge(admin, customer, kept.pk, [other.pk])

    assert found_by(admin, name="Alder Studio", email="hello@alder.example") == ["Alder Studio"]
    assert keys_agree()
    merging.unmerge(admin, done.batch_id)
    assert found_by(admin, name="Alder Studios", email="hello@alder.example")[0] == "Alder Studios"
    assert keys_agree()


def test_nothing_of_an_erased_customer_remains_to_be_looked_up(admin, customer):
    made = door.create(admin, customer, {"name": "Alder Studio", "phone": "13800138000"})
    recycle.delete(admin, customer, [made.pk])
    assert found_by(admin, name="Alder Studio", phone="13800138000") == []
    Customer.objects.filter(pk=made.pk).update(deleted_at=now() - recycle.KEEP - timedelta(days=1))

    recycle.purge_expired(customer)

    assert not CustomerKey.objects.exists()


def test_contact_is_found_by_its_mobile(admin):
    contact = spec_for(admin.organization, "contact")
    door.create(admin, contact, {"name": "Maria Keller", "mobile": "+447911123456"})

    assert keys_agree()
    assert ContactKey.objects.filter(key__startswith="p:").count() == 1
