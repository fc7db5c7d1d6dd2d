"""From five people to five thousand and back: editions and modules come and go, and no row is lost or changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from psycopg import sql

from banyan.core.access.actor import Actor
from banyan.core.identity.models import Role, User, UserRole
from banyan.core.objects.choosing import choose
from banyan.core.objects.modules import Mixture, edition_modules, modules_of, specs_on
from banyan.core.objects.spec import Field
from banyan.core.tenancy.models import Organization
from banyan.editions.growth.rules import Day, Kind, Known, advise
from banyan.editions.licences.seats import count_seats
from tests.cast import Cast
from tests.contracts.samples import Maker

PEOPLE = {"basic": 5, "standard": 200, "enterprise": 5_000}
#: The log tells of the switches themselves, and so does what is offered for a beginning.
TOLD = frozenset({"records_change", "editions_modulestart"})
#: Of these one record serves all that point to them.
REUSED = frozenset({"customer", "contact", "product", "warehouse"})
#: Records that only others bring about, or that the organization may have one of.
MADE_BY_OTHERS = frozenset({"relationship"})


@pytest.fixture
def company(scope: Cast) -> Cast:
    Organization.objects.filter(pk=scope.organization.pk).update(edition="basic", modules_on=[], modules_off=[])
    User.objects.filter(pk=scope.users["viewer"].pk).update(is_active=False)
    return scope


def _tables() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.columns JOIN information_schema.tables"
                       " USING (table_schema, table_name) WHERE column_name = 'organization_id' AND table_type = 'BASE TABLE'"
                       " AND table_schema = 'public' ORDER BY table_name")  # fmt: skip
        yield from [table for (table,) in cursor.fetchall()]


def _state() -> dict[str, tuple[int, str]]:
    """Return for each table of the organization how many rows it has, and a checksum over all of them."""
    found = {}
    with connection.cursor() as cursor:
        for table in _tables():
            query = sql.SQL("SELECT count(*), coalesce(md5(string_agg(row, '' ORDER BY row)), '')"
                            " FROM (SELECT md5(t::text) AS row FROM {} AS t) AS rows")  # fmt: skip
            cursor.execute(query.format(sql.Identifier(table)))
            found[table] = cursor.fetchone()
    return found


def _changed(before: dict[str, tuple[int, str]]) -> set[str]:
    after = _state()
    return {table for table in before if before[table] != after[table]} - TOLD


def _log() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT md5(t::text) FROM records_change AS t")
        return {row for (row,) in cursor.fetchall()}


def _hire(company: Cast, count: int) -> None:
    """Give the company so many active people with a seat, at once."""
    member = Role.objects.get(key="member")
    there = count_seats().used
    new = [
        User(organization=company.organization, name=f"Person {number}", email=f"person{number}@grown.test")
        for number in range(there, count)
    ]
    User.objects.bulk_create(new, batch_size=2_000)
    UserRole.objects.bulk_create(
        [UserRole(organization=company.organization, user=user, role=member) for user in new], batch_size=2_000
    )


def _part(company: Cast, count: int) -> None:
    """Let people go until so many are left; what they did stays, and so do they."""
    rows = (
        User.objects.filter(is_active=True, email__endswith="@grown.test").order_by("name").values_list("pk", flat=True)
    )
    User.objects.filter(pk__in=list(rows)[: count_seats().used - count]).update(is_active=False)


class Thrifty(Maker):
    """Makes records that point to what is there already."""

    def __init__(self, actor: Actor, there: dict[str, Any]) -> None:
        super().__init__(actor, len(there) * 10)
        self.there = there

    def value(self, entry: Field) -> Any:
        target = getattr(entry.kind, "target", "")
        known = self.there.get(target) if target in REUSED else None
        return known if known and entry.required else super().value(entry)


def _work(actor: Actor, made: dict[str, Any]) -> None:
    """Make a record of each object that the organization uses now and that has none so far."""
    maker = Thrifty(actor, made)
    for name, spec in specs_on(actor.organization).items():
        if name not in made and not spec.is_custom and name not in MADE_BY_OTHERS:
            made[name] = str(maker.record(maker.spec(name)).pk)


@pytest.mark.slow
def test_a_company_grows_to_five_thousand_and_back_and_keeps_every_row(company: Cast) -> None:
    known = Known({edition: edition_modules(edition) for edition in PEOPLE})
    made: dict[str, Any] = {}
    for edition in ("basic", "standard", "enterprise", "standard", "basic"):
        actor = company.actor("admin")
        kept, log = _state(), _log()
        choose(actor, Mixture(edition))
        assert not _changed(kept), edition
        assert log <= _log()
        assert modules_of(company.actor("admin").organization) == edition_modules(edition)
        people = PEOPLE[edition]
        _hire(company, people) if count_seats().used < people else _part(company, people)
        assert count_seats().used == people
        day = Day(company.organization.created_at.date(), edition, people, tuple(edition_modules(edition)))
        assert not {Kind.LARGER, Kind.SOON_LARGER} & {advice.kind for advice in advise([day], known)}
        smaller = replace(day, users=people * 101)
        assert edition == "enterprise" or Kind.LARGER in {advice.kind for advice in advise([smaller], known)}
        _work(company.actor("admin"), made)
    assert len(made) > 30
    whole = _state()
    choose(company.actor("admin"), Mixture("enterprise"))
    assert not _changed(whole)
    actor = company.actor("admin")
    for name, spec in specs_on(actor.organization).items():
        if name in made:
            assert spec.model._default_manager.filter(deleted_at__isnull=True).exists(), name
    assert User.objects.count() > 5_000
