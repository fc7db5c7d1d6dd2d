"""The organization of a transaction: who is inside sees its rows alone, and numbers are given once."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.utils import ProgrammingError

from banyan.core.identity.models import User
from banyan.core.tenancy.models import Organization, Sequence
from banyan.core.tenancy.scope import current_organization_id, organization_scope
from banyan.core.tenancy.sequences import take_numbers
from tests.cast import Cast


def names() -> set[str]:
    return set(User.objects.values_list("email", flat=True))


def test_nobody_is_seen_outside_of_any_organization(cast: Cast, strangers: Cast) -> None:
    assert current_organization_id() is None
    assert names() == set()


def test_scope_shows_one_organization_and_puts_the_outer_one_back(cast: Cast, strangers: Cast) -> None:
    with organization_scope(cast.organization.pk):
        ours = names()
        with organization_scope(strangers.organization.pk):
            theirs = names()
            assert current_organization_id() == strangers.organization.pk
        assert names() == ours
    assert {email.partition("@")[2] for email in ours} == {"cast.test"}
    assert {email.partition("@")[2] for email in theirs} == {"strangers.test"}


def test_scope_is_put_back_when_the_inner_one_fails(cast: Cast, strangers: Cast) -> None:
    def change_and_fail() -> None:
        with organization_scope(strangers.organization.pk):
            User.objects.update(title="Changed")
            raise ZeroDivisionError

    with organization_scope(cast.organization.pk):
        with pytest.raises(ZeroDivisionError):
            change_and_fail()
        assert current_organization_id() == cast.organization.pk
        assert {email.partition("@")[2] for email in names()} == {"cast.test"}
    with organization_scope(strangers.organization.pk):
        assert not User.objects.filter(title="Changed").exists()


def test_row_of_another_organization_can_neither_be_written_nor_taken(cast: Cast, strangers: Cast) -> None:
    with organization_scope(cast.organization.pk):
        assert User.objects.filter(pk=strangers.users["admin"].pk).update(title="Mine") == 0
        assert User.objects.filter(pk=strangers.users["admin"].pk).delete()[0] == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            User.objects.create(organization=strangers.organization, name="Spy", email="spy@strangers.test")
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            User.objects.filter(pk=cast.users["owner"].pk).update(organization=strangers.organization)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM identity_user WHERE organization_id = %s", [strangers.organization.pk])
            assert cursor.fetchone() == (0,)


def test_numbers_are_consecutive_for_each_key_and_organization(cast: Cast, strangers: Cast) -> None:
    with organization_scope(cast.organization.pk):
        assert take_numbers(cast.organization.pk, "x") == 1
        assert take_numbers(cast.organization.pk, "x", 10) == 2
        assert take_numbers(cast.organization.pk, "x") == 12
        assert take_numbers(cast.organization.pk, "y") == 1
    with organization_scope(strangers.organization.pk):
        assert take_numbers(strangers.organization.pk, "x") == 1


def test_number_is_not_used_up_when_the_transaction_fails(scope: Cast) -> None:
    @transaction.atomic
    def take_and_fail() -> None:
        take_numbers(scope.organization.pk, "x")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        take_and_fail()

    assert take_numbers(scope.organization.pk, "x") == 1


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[uuid.UUID]:
    """An organization that other connections see too."""
    with django_db_blocker.unblock():
        organization = Organization.objects.create(name="Numbered")
        yield organization.pk
        with organization_scope(organization.pk):
            Sequence.objects.all().delete()
        organization.delete()
        connection.close()


def test_numbers_taken_side_by_side_come_without_gap_or_repetition(committed: uuid.UUID) -> None:
    taken: list[int] = []

    def take() -> None:
        for _each in range(10):
            with organization_scope(committed):
                first = take_numbers(committed, "x", 3)
            taken.extend(range(first, first + 3))
        connections["default"].close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == list(range(1, 121))
