"""The page of the tours, and what the script that leads through one asks for."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Missing
from banyan.core.web.answers import done, macro, page
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.tours.progress import keep_step, progress_of, put_offer_away, steps_for, tour_named, tours_for
from banyan.core.web.tours.texts import Tour, said
from banyan.core.web.views.base import signed_in

URL = "/tours"
#: The script says this instead of a step's number when the last one was shown.
DONE = "done"


@signed_in("GET")
def tours_page(request: SignedInRequest) -> HttpResponse:
    """Show the tours that somebody may take, and how far each was taken."""
    actor = request.actor
    progress = progress_of(actor)
    shown = [_shown(actor, tour, progress, is_first=number == 0) for number, tour in enumerate(tours_for(actor))]
    return page(request, "tours/tours.html", {"tours": shown})


@signed_in("GET")
def tour(request: SignedInRequest, name: str) -> HttpResponse:
    """Answer with the steps of a tour, and where to go on."""
    found = _find(request.actor, name)
    steps = steps_for(request.actor, found)
    at = progress_of(request.actor)["at"].get(name, 0)
    title = said(found.words, get_language() or "en").title
    return JsonResponse({"name": name, "title": title, "steps": steps, "at": at if at < len(steps) else 0})


@signed_in("POST")
def keep_progress(request: SignedInRequest, name: str) -> HttpResponse:
    """Remember at which step somebody is."""
    found = _find(request.actor, name)
    given = request.POST.get("step", "")
    if given != DONE and not given.isdecimal():
        raise Missing("not_found", _("There is no such step."))
    keep_step(request.actor, found, len(found.steps) if given == DONE else min(int(given), len(found.steps) - 1))
    return HttpResponse(status=204)


@signed_in("POST")
def hide_offer(request: SignedInRequest) -> HttpResponse:
    """Offer no tour any more."""
    put_offer_away(request.actor)
    return done(request, _("The tours stay in the help: press h on any page."), next_url="/", visit={"url": "/"})


def offer(actor: Actor) -> Markup | None:
    """Return the quiet offer of a tour on my day, until it is taken or put away."""
    if actor.user is None or actor.watched_by is not None or progress_of(actor)["offered"]:
        return None
    first = next(iter(tours_for(actor)), None)
    if first is None:
        return None
    words = said(first.words, get_language() or "en")
    return macro("components/tours.html", "tour_offer", {"name": first.name, "text": words.text})


def _find(actor: Actor, name: str) -> Tour:
    found = tour_named(actor, name)
    if found is None:
        raise Missing("not_found", _("There is no such tour."))
    return found


def _shown(actor: Actor, tour: Tour, progress: dict[str, Any], *, is_first: bool) -> dict[str, Any]:
    words = said(tour.words, get_language() or "en")
    return {
        "name": tour.name,
        "icon": tour.icon,
        "title": words.title,
        "text": words.text,
        "count": len(steps_for(actor, tour)),
        "at": progress["at"].get(tour.name, 0),
        "done": tour.name in progress["done"],
        "is_first": is_first,
    }
