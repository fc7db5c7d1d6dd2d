"""How far each person has come with the tours; kept with the person's preferences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import get_language

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.listing.filters import live_rows
from banyan.core.objects.modules import specs_on
from banyan.core.web.help.conditions import all_hold
from banyan.core.web.menu import may
from banyan.core.web.tours.texts import RECORD, Tour, all_tours, said

KEY = "tours"
#: Of a tour with fewer steps than these for somebody, nothing is left that is worth a tour.
FEWEST_STEPS = 3


def tours_for(actor: Actor) -> list[Tour]:
    """Return the tours that fit the actor's rights and the modules in use, the one to begin with first."""
    open_to = [tour for tour in all_tours() if all_hold(actor, tour.needs) and _says_enough(actor, tour)]
    return sorted(open_to, key=lambda tour: not (tour.fits and all_hold(actor, tour.fits)))


def _says_enough(actor: Actor, tour: Tour) -> bool:
    """Say whether enough of a tour is left for somebody when the steps over what they may not open are taken out."""
    return sum(all_hold(actor, step.needs) for step in tour.steps) >= FEWEST_STEPS


def tour_named(actor: Actor, name: str) -> Tour | None:
    """Return a tour that the actor may take, or None."""
    return next((tour for tour in tours_for(actor) if tour.name == name), None)


def steps_for(actor: Actor, tour: Tour) -> list[dict[str, str]]:
    """Return the steps that the actor can take, with the addresses of their pages, in the active language.

    A step about an object that is off or hidden, or about a record when there is none, is left out.
    """
    language = get_language() or "en"
    records: dict[str, str] = {}
    found = []
    for step in tour.steps:
        if not all_hold(actor, step.needs):
            continue
        page = step.page
        if page.startswith(RECORD):
            name = page.removeprefix(RECORD)
            page = records.setdefault(name, _newest(actor, name))
        if page:
            words = said(step.words, language)
            found.append({"page": page, "target": step.target, "title": words.title, "text": words.text})
    return found


def _newest(actor: Actor, name: str) -> str:
    spec = specs_on(actor.organization).get(name)
    if spec is None or not may(actor, spec, Action.VIEW):
        return ""
    rows = restrict(live_rows(actor, spec), actor, spec, Action.VIEW).order_by("-pk")
    record_id = rows.values_list("pk", flat=True).first()
    return f"/{spec.plural}/{record_id}" if record_id else ""


def progress_of(actor: Actor) -> dict[str, Any]:
    """Return ``at`` (the step to go on with, by tour), ``done`` (when, by tour) and ``offered``."""
    kept = actor.user.preferences.get(KEY, {}) if actor.user is not None else {}
    return {"at": dict(kept.get("at", {})), "done": dict(kept.get("done", {})), "offered": bool(kept.get("offered"))}


def keep_step(actor: Actor, tour: Tour, step: int) -> None:
    """Remember at which step the actor is; after the last one, that the tour is done."""

    def change(progress: dict[str, Any]) -> None:
        progress["offered"] = True
        if step >= len(tour.steps):
            progress["at"].pop(tour.name, None)
            progress["done"][tour.name] = now().date().isoformat()
        else:
            progress["at"][tour.name] = max(step, 0)

    _keep(actor, change)


def put_offer_away(actor: Actor) -> None:
    """Remember that the actor wants no offer of a tour any more; the help still has them."""
    _keep(actor, lambda progress: progress.update(offered=True))


@transaction.atomic
def _keep(actor: Actor, change: Callable[[dict[str, Any]], None]) -> None:
    if actor.user is None:
        return
    user = User.objects.select_for_update(no_key=True).get(pk=actor.user.pk)
    kept = user.preferences.get(KEY, {})
    progress = {"at": {}, "done": {}, "offered": False, **kept}
    change(progress)
    user.preferences = {**user.preferences, KEY: progress}
    user.save(update_fields=["preferences"])
