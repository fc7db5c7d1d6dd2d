"""Answers to the browser: pages, parts of pages, dialogs, and news for the scripts in the page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template import engines
from django.utils.http import url_has_allowed_host_and_scheme
from markupsafe import Markup

from banyan.core.web.menu import frame, leave_message

DIALOG = "dialog-body"
PANEL = "panel-body"


def is_partial(request: HttpRequest) -> bool:
    """Say whether a script asks for a part of a page; a boosted visit wants the whole page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def wants_dialog(request: HttpRequest) -> bool:
    """Say whether the answer goes into the dialog."""
    return is_partial(request) and request.headers.get("HX-Target") == DIALOG


def wants_panel(request: HttpRequest) -> bool:
    """Say whether the answer goes into the side panel."""
    return is_partial(request) and request.headers.get("HX-Target") == PANEL


def page(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a whole page with its frame.

    A boosted visit keeps the frame of the page before, so that a message has to travel beside the page.
    """
    around = frame(request)
    response = render(request, template, {**around, **context}, status=status)
    if request.headers.get("HX-Boosted") == "true" and around["messages"]:
        tell(response, toast=around["messages"][-1])
    return response


def part(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a part of a page, without the frame."""
    return render(request, template, dict(context), status=status)


def macro(template: str, name: str, *arguments: Any, **named: Any) -> Markup:
    """Return what a component makes of its arguments, for answers that consist of single components."""
    module: Any = engines["jinja2"].env.get_template(template).module  # type: ignore[attr-defined]
    return Markup(getattr(module, name)(*arguments, **named))  # noqa: S704 macros escape what they are given


def markup(*parts: Markup, status: int = 200) -> HttpResponse:
    """Return components one after the other."""
    return HttpResponse("".join(parts), status=status)


def tell(response: HttpResponse, **events: Any) -> HttpResponse:
    """Add news for the page's scripts to an answer; underscores in names stand for hyphens."""
    known = json.loads(response.headers.get("HX-Trigger", "{}"))
    known.update({name.replace("_", "-"): detail for name, detail in events.items()})
    response.headers["HX-Trigger"] = json.dumps(known)
    return response


def done(
    request: HttpRequest, text: str, *, next_url: str, changed: tuple[str, ...] = (), undo_url: str = "", **events: Any
) -> HttpResponse:
    """Answer to a write that succeeded: a message in the page, or, without scripts, the next page.

    ``changed`` are the path segments of the objects whose lists have to be loaded again.
    """
    if not is_partial(request):
        leave_message(request, text, undo_url=undo_url)
        return HttpResponseRedirect(safe_path(next_url), status=303)
    response = HttpResponse(status=204)
    toast = {"text": text, "kind": "success", **({"undo_url": undo_url} if undo_url else {})}
    tell(response, toast=toast, **events)
    if changed:
        tell(response, records_changed={"object": " ".join(changed)})
    return response


def visit(request: HttpRequest, url: str) -> HttpResponse:
    """Lead to another page, whether a script asks or the browser itself."""
    if is_partial(request):
        return tell(HttpResponse(status=204), visit={"url": url})
    return HttpResponseRedirect(safe_path(url), status=303)


def into_dialog(response: HttpResponse) -> HttpResponse:
    """Let an answer appear in the dialog, whatever the request was for."""
    response.headers["HX-Retarget"] = f"#{DIALOG}"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def refused(response: HttpResponse) -> HttpResponse:
    """Let what the request has written be undone although the answer is no error page."""
    response.undo_writes = True  # type: ignore[attr-defined]  # read by the middleware that holds the transaction
    return response


def safe_path(url: str, fallback: str = "/") -> str:
    """Return a path of this site; anything else becomes the fallback."""
    return url if url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None) else fallback
