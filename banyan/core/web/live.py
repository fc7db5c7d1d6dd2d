"""Live news: what the database announces goes to the open pages of the organization as server-sent events.

One connection per process listens (``LISTEN banyan_live``); each open page has a queue. Pages that do
not keep up lose news rather than memory: lists load themselves again anyway. A line tells nothing of objects that its
person may not see. It ends with its session: at once when that is revoked or left, which a trigger of the table tells, and
within seconds when it runs out, when its person may no longer sign in, or has other rights; the page then asks for a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import secrets
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

import orjson
import psycopg
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, connections

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import right_of
from banyan.core.access.scopes import Action
from banyan.core.access.standing import actor_for
from banyan.core.identity.models import Session, User
from banyan.core.identity.sessions import ORGANIZATION_KEY, SessionStore, stored_key
from banyan.core.identity.visitors import client_address
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.registry import specs_for
from banyan.core.records.changelog import IDS_PER_NOTICE, LIVE_CHANNEL
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

QUEUE_NEWS = 100
KEEP_ALIVE_SECONDS = 25
CHECK_SECONDS = 5
#: How many people's rights are looked up at once when those of their organization have changed.
PEOPLE_AT_ONCE = 50
#: In the place of news: the line is over.
OVER = b"event: session-ended\ndata: {}\n\n"
#: Pages ask for a new line within these milliseconds, not all at once when a role has changed.
SOONEST, LATEST = 1_000, 5_000
RECONNECT_SECONDS = 2


@dataclass(frozen=True)
class Rights:
    """What a person's rights are made of, to be compared, and the objects of which the person hears nothing."""

    made_of: tuple[Any, ...]
    unseen: frozenset[str]

    @classmethod
    def of(cls, actor: Actor) -> Rights:
        """Return an actor's rights; runs within the organization's scope."""
        specs = specs_for(actor.organization).values()
        unseen = frozenset(spec.plural for spec in specs if not right_of(actor, spec, Action.VIEW))
        made_of = (actor.standings, actor.field_grants, actor.abilities, actor.networks, actor.sharing_rules)
        return cls(made_of, unseen)


@dataclass(eq=False)
class Listener:
    """An open page: whose it is, by which session, with which rights, and the news it has not read yet."""

    organization_id: uuid.UUID
    user_id: uuid.UUID
    session: str
    #: The version of the organization's rights at which ``rights`` were looked up.
    version: int = 0
    rights: Rights | None = None
    is_over: bool = False
    news: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(QUEUE_NEWS))

    def hears(self, plural: str | None) -> bool:
        """Say whether the person may know that something of an object changed."""
        return self.rights is None or plural not in self.rights.unseen

    def end(self) -> None:
        """Let the line end after what is being sent, also when the page does not keep up."""
        self.is_over = True
        with contextlib.suppress(asyncio.QueueFull):
            self.news.put_nowait(OVER)


class LiveHub:
    """Hears the database's notices and passes each to the pages it concerns."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to listen; runs with the server's event loop."""
        self._tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._check())]

    async def stop(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except psycopg.Error as problem:
                logger.warning("Live news are interrupted: %s", problem)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _check(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self.end_what_ran_out()
            except (DatabaseError, psycopg.Error) as problem:
                logger.warning("Open pages could not be checked: %s", problem)

    async def end_what_ran_out(self) -> None:
        """End the lines whose session has run out, or whose person may no longer sign in or has other rights."""
        listeners = list(self.listeners)
        if not listeners:
            return
        live = await sync_to_async(_still_live, thread_sensitive=False)(listeners)
        for listener in listeners:
            if listener not in live:
                listener.end()
        moved = await sync_to_async(_with_older_rights, thread_sensitive=False)(list(live))
        for start in range(0, len(moved), PEOPLE_AT_ONCE):
            part = moved[start : start + PEOPLE_AT_ONCE]
            for listener in await sync_to_async(_with_other_rights, thread_sensitive=False)(part):
                listener.end()

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(**_connection_parameters(), autocommit=True) as connection:
            await connection.execute(f"LISTEN {LIVE_CHANNEL}")
            async for notice in connection.notifies():
                self.pass_on(notice.payload)

    def pass_on(self, payload: str) -> None:
        """Give a notice to the pages of its organization (and person, if it names one)."""
        notice = orjson.loads(payload)
        if "session" in notice:
            for listener in list(self.listeners):
                if listener.session == notice["session"]:
                    listener.end()
            return
        organization_id, user_id = parse_id(notice.get("organization")), parse_id(notice.get("user"))
        news = event_of(notice)
        for listener in list(self.listeners):
            concerns = listener.organization_id == organization_id and user_id in {None, listener.user_id}
            if concerns and ("event" in notice or listener.hears(notice.get("plural"))):
                with contextlib.suppress(asyncio.QueueFull):
                    listener.news.put_nowait(news)


def event_of(notice: dict[str, Any]) -> bytes:
    """Return the server-sent event for a notice of the database."""
    if "event" in notice:
        name, data = notice["event"], notice.get("data", {})
    else:
        ids = notice.get("ids") or []
        name, data = "records-changed", {"object": notice.get("plural") or notice.get("object")}
        # A full list was cut off, so that other records may have changed as well.
        if 0 < len(ids) < IDS_PER_NOTICE:
            data["ids"] = ids
    return b"event: %s\ndata: %s\n\n" % (str(name).encode(), orjson.dumps(data))


def _connection_parameters() -> dict[str, Any]:
    parameters = dict(connections["default"].get_connection_params())
    return {
        name: value
        for name, value in parameters.items()
        if name in {"dbname", "user", "password", "host", "port", "connect_timeout", "sslmode", "sslrootcert"}
    }


hub = LiveHub()


async def serve_events(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer ``GET /events`` with the person's stream of news; 401 for anybody else."""
    address = client_address(ASGIRequest(dict(scope), io.BytesIO()))
    listener = await sync_to_async(_listener_of, thread_sensitive=False)(_session_key(scope), address)
    if listener is None:
        await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        return
    headers = [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
    ]
    # First the queue, then the answer: a page that sees the line open misses nothing from then on.
    hub.listeners.add(listener)
    gone = asyncio.create_task(_until_gone(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await _stream(listener, send, gone)
    finally:
        hub.listeners.discard(listener)
        gone.cancel()


async def _stream(listener: Listener, send: Send, gone: asyncio.Task[None]) -> None:
    retry = b"retry: %d\n\n" % (SOONEST + secrets.randbelow(LATEST - SOONEST))
    await send({"type": "http.response.body", "body": retry, "more_body": True})
    while not gone.done():
        try:
            news = await asyncio.wait_for(listener.news.get(), KEEP_ALIVE_SECONDS)
        except TimeoutError:
            news = b": still here\n\n"
        if gone.done():
            return
        if listener.is_over:
            await send({"type": "http.response.body", "body": OVER, "more_body": False})
            return
        await send({"type": "http.response.body", "body": news, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _session_key(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookie = SimpleCookie(value.decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
            return cookie.value if cookie else ""
    return ""


def _listener_of(session_key: str, address: str) -> Listener | None:
    """Return the page's listener for a valid session of an active user who may work from there, None otherwise."""
    try:
        session = SessionStore(session_key)
        organization_id = parse_id(session.get(ORGANIZATION_KEY))
        account_id = parse_id(session.get("_auth_user_id"))
        if organization_id is None or account_id is None:
            return None
        with organization_scope(organization_id):
            people = User.objects.select_related("organization")
            user = people.filter(account_id=account_id, is_active=True, account__is_active=True).first()
            actor = actor_for(user) if user else None
            if actor is None or user is None or not actor.may_come_from(address):
                return None
            version, rights = actor.organization.access_version, Rights.of(actor)
        return Listener(organization_id, user.pk, stored_key(session_key), version, rights)
    finally:
        connections.close_all()


def _with_older_rights(listeners: list[Listener]) -> list[Listener]:
    """Return the lines in whose organizations something changed that rights are made of."""
    try:
        ids = {listener.organization_id for listener in listeners}
        versions = dict(Organization.objects.filter(pk__in=ids).values_list("pk", "access_version"))
        return [listener for listener in listeners if listener.version != versions.get(listener.organization_id)]
    finally:
        connections.close_all()


def _with_other_rights(listeners: list[Listener]) -> list[Listener]:
    """Return the lines whose person has other rights by now; the others take the version that they were compared at."""
    try:
        other = []
        for listener in listeners:
            with organization_scope(listener.organization_id):
                user = User.objects.select_related("organization").filter(pk=listener.user_id).first()
                rights = Rights.of(actor_for(user)) if user else None
                version = user.organization.access_version if user else 0
            if rights is None or listener.rights is None or rights.made_of != listener.rights.made_of:
                other.append(listener)
            listener.version = version
        return other
    finally:
        connections.close_all()


def _still_live(listeners: list[Listener]) -> set[Listener]:
    """Return those whose session goes on and whose person may sign in: a query, and one for each organization."""
    try:
        sessions = {listener.session for listener in listeners}
        going_on = set(
            Session.objects.filter(session_key__in=sessions, expire_date__gt=now()).values_list(
                "session_key", flat=True
            )
        )
        live = {listener for listener in listeners if listener.session in going_on}
        for organization_id in {listener.organization_id for listener in live}:
            with organization_scope(organization_id):
                people = User.objects.filter(is_active=True, account__is_active=True)
                active = set(people.filter(pk__in={listener.user_id for listener in live}).values_list("pk", flat=True))
            live = {entry for entry in live if entry.organization_id != organization_id or entry.user_id in active}
        return live
    finally:
        connections.close_all()
