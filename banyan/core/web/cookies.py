"""Names of cookies: behind HTTPS browsers promise by the prefix that this host alone has set them.

Without the promise another host of the same domain could plant a cookie, and with it a session of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from banyan.core.identity.sessions import CLIENT_KEY, SessionStore

PREFIX = "__Host-"
#: In the session: under which name its cookie was set. Sessions of before the prefix do not have it.
COOKIE_KEY = "cookie"
Handler = Callable[[HttpRequest], HttpResponse]


def cookie_name(name: str) -> str:
    """Return the name under which a cookie of ours is set here."""
    return f"{PREFIX}{name}" if settings.SESSION_COOKIE_NAME.startswith(PREFIX) else name


def carry_over_sessions(get_response: Handler) -> Handler:
    """Let sessions that began before the prefix go on under the new name, each once; later ones need it."""

    def handle(request: HttpRequest) -> HttpResponse:
        name = settings.SESSION_COOKIE_NAME
        plain = name.removeprefix(PREFIX)
        given = request.COOKIES.get(plain, "") if plain != name else ""
        carried = given if given and name not in request.COOKIES and _is_of_before(given) else ""
        if carried:
            request.COOKIES[name] = carried
        response = get_response(request)
        # Unless the request itself has ended the session or given it a new key.
        if carried and name not in response.cookies:
            response.set_cookie(
                name,
                carried,
                max_age=settings.SESSION_COOKIE_AGE,
                secure=True,
                httponly=True,
                samesite="Lax",
            )
        if given:
            response.delete_cookie(plain, samesite="Lax")
        return response

    return handle


def _is_of_before(key: str) -> bool:
    """Say whether a key is that of a session from before the prefix, and note that it has one from now on."""
    session = SessionStore(key)
    client = session.get(CLIENT_KEY)
    if not isinstance(client, dict) or COOKIE_KEY in client:
        return False
    session[CLIENT_KEY] = {**client, COOKIE_KEY: settings.SESSION_COOKIE_NAME}
    session.save()
    return True
