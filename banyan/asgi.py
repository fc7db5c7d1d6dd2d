"""The server's entry: live news are asynchronous, everything else runs in a pool of threads."""

# ruff: noqa: E402 - Django must be set up before anything of it is imported

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banyan.settings")

import django

django.setup()

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from banyan.core.kernel.garbage import keep_what_is_loaded
from banyan.core.kernel.orphans import end_with_parent
from banyan.core.web.live import hub, serve_events

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

pages = WSGIMiddleware(
    get_wsgi_application(),  # type: ignore[arg-type]  # a Django response is an iterable of bytes
    workers=settings.CONFIGURATION.database_pool_size,
)


async def application(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """Answer one connection of the ASGI server."""
    if scope["type"] == "lifespan":
        await _live_through(receive, send)
    elif scope["type"] == "http" and scope["path"] == "/events":
        await serve_events(scope, receive, send)
    else:
        await pages(scope, _as_coroutine(receive), _as_coroutine(send))  # type: ignore[arg-type]  # other names


def _as_coroutine(function: Callable[..., Awaitable[Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Return the function as a coroutine function: the bridge to threads wants one, the server gives awaitables."""

    async def call(*arguments: Any) -> Any:
        return await function(*arguments)

    return call


async def _live_through(receive: Receive, send: Send) -> None:
    """Start and stop with the server."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            end_with_parent()
            keep_what_is_loaded()
            hub.start()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await hub.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
