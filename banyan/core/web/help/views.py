"""Pages of the guide, of error codes and of the REST interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Missing
from banyan.core.tenancy.models import Organization
from banyan.core.web.answers import page, part
from banyan.core.web.help.api_reference import families, family
from banyan.core.web.help.entries import entries_for
from banyan.core.web.help.errors import error_codes
from banyan.core.web.help.finding import help_for
from banyan.core.web.help.guide import ADMINISTRATOR, USER, guide_in
from banyan.core.web.help.in_use import in_use
from banyan.core.web.help.searching import search_guides
from banyan.core.web.menu import frame
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in

API_DOCS = "/api/docs"
#: What a caller does about each status, whatever the code.
STATUS_ADVICE: Mapping[int, Any] = {
    400: gettext_lazy("The request cannot be read. Correct it; sending it again unchanged will fail again."),
    401: gettext_lazy("Send a valid token, or sign in again."),
    403: gettext_lazy("The role lacks this right. An administrator can give it."),
    404: gettext_lazy("The record does not exist, or is not visible to you. Both look the same on purpose."),
    405: gettext_lazy("The address exists. The header “Allow” lists its methods."),
    409: gettext_lazy("The state of the data excludes the request. Read the record again, then decide."),
    412: gettext_lazy("Somebody changed the record since you read it. Read it again and send its new version."),
    413: gettext_lazy("Send less at once."),
    415: gettext_lazy("Send the content type that the answer names."),
    422: gettext_lazy("The values break a rule. The member “errors” names each field."),
    429: gettext_lazy("Wait as many seconds as the header “Retry-After” says, then send the request again."),
    500: gettext_lazy("This is our fault. The administrator finds the cause in the log by the “request_id”."),
    503: gettext_lazy("The database cannot be reached. Try again a little later."),
}


@signed_in("GET")
def guide_page(request: SignedInRequest, chapter: str = "", book: str = USER) -> HttpResponse:
    """Show a chapter of a guide; without a name, the one about the page that the reader comes from."""
    whole = guide_in(get_language() or "en", _readable(request.actor, book))
    guide = in_use(whole, request.actor.organization)
    # Whoever thinks of a module reads about it first: its chapter stands aside, and is there for those who ask.
    if chapter and guide.chapter(chapter) is None:
        guide = whole
    shown = guide.chapter(chapter) if chapter else guide.chapter_about(_came_from(request))
    if shown is None:
        raise Missing("not_found", _("There is no such page."))
    place = guide.chapters.index(shown)
    menu = [
        {"label": entry.title, "url": f"{guide.home}/{entry.name}", "active": entry is shown}
        for entry in guide.chapters
    ]
    groups = [{"label": "", "entries": menu}]
    if request.actor.abilities:
        other = guide_in(get_language() or "en", USER if book == ADMINISTRATOR else ADMINISTRATOR)
        groups.append(
            {"label": "", "entries": [{"label": other.title, "url": f"{other.home}/{other.chapters[0].name}"}]}
        )
    context = {
        "guide": guide,
        "chapter": shown,
        "menu_groups": groups,
        "previous": guide.chapters[place - 1] if place else None,
        "following": guide.chapters[place + 1] if place + 1 < len(guide.chapters) else None,
    }
    return page(request, "help/guide.html", context)


@require_safe
def page_help(request: HttpRequest) -> HttpResponse:
    """Answer with the help about a page, for the panel beside it; also for pages that are open to everybody."""
    actor: Actor | None = getattr(request, "actor", None)
    path = urlsplit(request.GET.get("path", "/")).path or "/"
    entries = entries_for(actor, path) if actor is not None else []
    return part(request, "help/panel.html", {"help": help_for(actor, path), "entries": entries, "actor": actor})


@signed_in("GET")
def read_part(request: SignedInRequest, book: str, chapter: str) -> HttpResponse:
    """Answer with a chapter of a guide, or the section that is asked for, for reading beside a page."""
    guide = guide_in(get_language() or "en", _readable(request.actor, book))
    shown = guide.chapter(chapter)
    if shown is None:
        raise Missing("not_found", _("There is no such page."))
    wanted = request.GET.get("section", "")
    sections = [section for section in shown.sections if section.name == wanted] if wanted else list(shown.sections)
    address = f"{guide.home}/{chapter}" + (f"#{wanted}" if wanted else "")
    context = {"guide": guide, "chapter": shown, "sections": sections or list(shown.sections), "address": address}
    return part(request, "help/reading.html", context)


@signed_in("GET")
def search_part(request: SignedInRequest) -> HttpResponse:
    """Answer with the places of the guides that hold the words of a query."""
    query = request.GET.get("q", "").strip()[:200]
    books = (USER, ADMINISTRATOR) if request.actor.abilities else (USER,)
    return part(
        request, "help/found.html", {"found": search_guides(query, books, request.actor.organization), "query": query}
    )


def _readable(actor: Actor, book: str) -> str:
    """Return a guide's name; the administrator guide is for those who have something to administer."""
    if book not in {USER, ADMINISTRATOR} or (book == ADMINISTRATOR and not actor.abilities):
        raise Missing("not_found", _("There is no such page."))
    return book


def errors_page(request: HttpRequest) -> HttpResponse:
    """Explain every error code, also to whoever is not signed in: programs' answers point here."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(("GET",))
    codes = error_codes()
    is_signed_in = getattr(request, "actor", None) is not None
    context = {
        "statuses": [(status, HTTPStatus(status).phrase, str(advice)) for status, advice in STATUS_ADVICE.items()],
        "problems": [entry for entry in codes if entry.statuses],
        "complaints": [entry for entry in codes if entry.in_fields],
        "layout": "base.html" if is_signed_in else "layout/plain.html",
    }
    return render(request, "help/errors.html", {**(frame(request) if is_signed_in else {}), **context})


@signed_in("GET")
def api_page(request: SignedInRequest, *, document_of: Callable[[Organization], bytes], key: str = "") -> HttpResponse:
    """Show the REST interface as the reader's organization has it; ``key`` is the first word of paths."""
    document = orjson.loads(document_of(request.actor.organization))
    titles = families(document)
    shown = family(document, key) if key else None
    if key and shown is None:
        raise Missing("not_found", _("There is no such page."))
    menu = [{"label": _("Overview"), "url": API_DOCS, "active": not key}]
    menu += [{"label": title, "url": f"{API_DOCS}/{name}", "active": name == key} for name, title in titles.items()]
    context = {
        "family": shown,
        "menu_groups": [{"label": "", "entries": menu}],
        "address": request.build_absolute_uri(document["servers"][0]["url"]),
    }
    return page(request, "help/api.html", context)


def _came_from(request: HttpRequest) -> str:
    """Return the path of the page that the reader was on."""
    return urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "").path
