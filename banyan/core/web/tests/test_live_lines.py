"""Lines of live news end with the session that opened them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from banyan.core.identity.models import Role, Session, UserRole
from banyan.core.identity.sessions import stored_key
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import new_id
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web import live
from banyan.core.web.live import Listener, LiveHub
from tests.cast import Cast, sign_in


def listener(session: str = "key", **values: Any) -> Listener:
    return Listener(values.get("organization_id") or new_id(), values.get("user_id") or new_id(), session)


async def heard(line: Listener) -> list[bytes]:
    """Return what a page receives until its line ends."""
    sent: list[bytes] = []

    async def send(message: Any) -> None:
        sent.append(message["body"])

    gone = asyncio.create_task(asyncio.sleep(60))
    await asyncio.wait_for(live._stream(line, send, gone), 5)  # type: ignore[arg-type]  # any task that goes on
    gone.cancel()
    return sent


def test_line_ends_when_its_session_is_told_to_have_ended() -> None:
    hub, mine, other = LiveHub(), listener("mine"), listener("other")
    hub.listeners = {mine, other}

    hub.pass_on('{"session": "mine"}')

    assert asyncio.run(heard(mine))[-1] == live.OVER
    assert (mine.is_over, other.is_over) == (True, False)


def test_line_that_does_not_keep_up_ends_as_well() -> None:
    line = listener()
    for _ in range(live.QUEUE_NEWS):
        line.news.put_nowait(b"news")

    line.end()

    assert asyncio.run(heard(line))[1:] == [live.OVER]


def test_lines_end_when_the_session_ran_out_or_the_person_may_not_sign_in(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = {}
    for name in ("owner", "manager", "viewer"):
        key = stored_key(sign_in(cast, name).cookies[settings.SESSION_COOKIE_NAME].value)
        lines[name] = listener(key, organization_id=cast.organization.pk, user_id=cast.users[name].pk)
    Session.objects.filter(session_key=lines["manager"].session).update(expire_date=now())
    cast.users["viewer"].account.is_active = False  # type: ignore[union-attr]  # everybody here has one
    cast.users["viewer"].account.save()  # type: ignore[union-attr]  # as above
    # The test's own connection has the rows; closing it would undo them.
    monkeypatch.setattr(live.connections, "close_all", lambda: None)

    assert live._still_live(list(lines.values())) == {lines["owner"]}


@pytest.mark.django_db(transaction=True)
def test_database_tells_when_a_session_is_deleted() -> None:
    Session.objects.create(session_key="gone", session_data="", expire_date=now())
    with connection.cursor() as cursor:
        cursor.execute("LISTEN banyan_live")
        with transaction.atomic():
            Session.objects.filter(session_key="gone").delete()
        told = next(connection.connection.notifies(timeout=60, stop_after=1))
        cursor.execute("UNLISTEN banyan_live")
    assert told.payload == '{"session" : "gone"}'


def opened(cast: Cast, name: str, address: str = "192.0.2.7") -> Listener | None:
    """Return the line of a page that a person has just opened."""
    return live._listener_of(sign_in(cast, name).cookies[settings.SESSION_COOKIE_NAME].value, address)


def test_line_ends_when_its_person_gets_other_rights_and_no_other_line(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live.connections, "close_all", lambda: None)
    lines = {name: opened(cast, name) for name in ("owner", "viewer", "manager")}
    with organization_scope(cast.organization.pk):
        role = Role.objects.get(key="read_only")
        role.grants = {**role.grants, "customer": {"view": "none"}}
        role.save()
        UserRole.objects.filter(user=cast.users["manager"]).delete()

    moved = live._with_older_rights(list(lines.values()))

    assert set(moved) == set(lines.values())
    assert live._with_other_rights(moved) == [lines["viewer"], lines["manager"]]
    assert live._with_older_rights([lines["owner"]]) == []


def test_line_tells_nothing_of_what_its_person_may_not_see_and_opens_in_allowed_networks_only(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live.connections, "close_all", lambda: None)
    with organization_scope(cast.organization.pk):
        Role.objects.filter(key="read_only").update(grants={"contact": {"view": "all"}}, networks=["198.51.100.0/24"])

    assert opened(cast, "viewer") is None
    hub, line, other = LiveHub(), opened(cast, "viewer", "198.51.100.7"), opened(cast, "admin")
    hub.listeners = {line, other}
    for plural in ("customers", "contacts"):
        hub.pass_on(f'{{"organization": "{cast.organization.pk}", "plural": "{plural}", "ids": ["1"]}}')

    assert (line.news.qsize(), other.news.qsize()) == (1, 2)
    assert b"contacts" in line.news.get_nowait()
