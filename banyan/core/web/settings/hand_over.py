"""Handing over what belongs to somebody who leaves or moves: what there is, who gets it, and how far it is."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.people import find_person
from banyan.core.bulk.handing_over import Holding, Succession, hand_over, holdings_of
from banyan.core.bulk.models import BulkAction, BulkTask
from banyan.core.identity.models import User
from banyan.core.kernel.errors import Invalid, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.registry import Registry
from banyan.core.objects.registry import spec_for
from banyan.core.web.answers import done
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import names_of_people, undone_if_wrong
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import signed_in

PEOPLE_URL = "/settings/people"
RECENT = 20


@dataclass(frozen=True)
class Handed:
    """What a part of a hand-over did, in words; ``batch_id`` takes it back."""

    text: str
    batch_id: uuid.UUID


@dataclass(frozen=True)
class HandOverPart:
    """Something beside records that somebody who leaves holds, such as approvals that wait for them.

    ``preview`` returns how many there are and the first of them in words, ``give`` hands them over to people in turn,
    ``take_back`` takes that back and says so in words.
    """

    name: str
    label: Any
    preview: Callable[[Actor, User], tuple[int, list[str]]]
    give: Callable[[Actor, User, Sequence[uuid.UUID]], Handed]
    take_back: Callable[[Actor, uuid.UUID], str]


hand_over_parts: Registry[HandOverPart] = Registry("parts of a hand-over")


@signed_in("GET", "POST")
def hand_over_page(request: SignedInRequest, user_id: uuid.UUID) -> HttpResponse:
    """Show what a person holds, ask who gets it, and hand it over in the background."""
    require_page(request.actor, "people")
    user = find_person(user_id)
    holdings = holdings_of(request.actor, user)
    url = f"{PEOPLE_URL}/{user_id}/hand-over"
    problems: list[str] = []
    if request.method == "POST":
        try:
            with transaction.atomic():
                return _hand_over(request, user, holdings, url)
        except Invalid as invalid:
            problems = [str(error.message) for error in invalid.errors]
    context = {
        "person": user,
        "url": url,
        "problems": problems,
        "holdings": [_shown(request, user, holding) for holding in holdings],
        "parts": _parts(request, user),
        "tasks": _tasks(request, user),
    }
    return undone_if_wrong(
        settings_answer(request, "people", "settings/hand_over.html", context, status=422 if problems else 200)
    )


@signed_in("POST")
def take_back_part(request: SignedInRequest, user_id: uuid.UUID, name: str, batch_id: uuid.UUID) -> HttpResponse:
    """Take back what a part of a hand-over did."""
    require_page(request.actor, "people")
    user = find_person(user_id)
    part = hand_over_parts.get(name)
    if part is None:
        raise Missing("not_found", _("There is no such page."))
    return saved(request, part.take_back(request.actor, batch_id), f"{PEOPLE_URL}/{user.pk}/hand-over")


def _hand_over(request: SignedInRequest, user: User, holdings: list[Holding], url: str) -> HttpResponse:
    """Hand records over in the background and everything else at once; the message takes back what was done at once."""
    everything = _ids(request.POST.getlist("everything"))
    handed: list[tuple[str, Handed]] = []
    for part in hand_over_parts:
        people = _ids(request.POST.getlist(f"people:{part.name}")) or everything
        if people and part.preview(request.actor, user)[0]:
            handed.append((part.name, part.give(request.actor, user, people)))
    successions = _read(request, holdings)
    texts = [given.text for _name, given in handed]
    if not handed or any(succession.people for succession in successions):
        hand_over(request.actor, user, successions)
        texts.insert(0, _("The hand-over has begun."))
    undo_url = f"{url}/{handed[0][0]}/{handed[0][1].batch_id}/undo" if handed else ""
    return done(request, " ".join(texts), next_url=url, undo_url=undo_url, close_dialog=True, visit={"url": url})


def _ids(texts: list[str]) -> list[uuid.UUID]:
    return [pk for text in texts if (pk := parse_id(text)) is not None]


def _parts(request: SignedInRequest, user: User) -> list[dict[str, Any]]:
    shown = []
    for part in hand_over_parts:
        count, lines = part.preview(request.actor, user)
        if count:
            chosen = names_of_people(request.POST.getlist(f"people:{part.name}"))
            people = [{"value": value, "label": label} for value, label in chosen.items()]
            shown.append({"key": part.name, "label": str(part.label), "count": count, "lines": lines, "chosen": people})
    return shown


def _read(request: SignedInRequest, holdings: list[Holding]) -> list[Succession]:
    sent = request.POST
    everything = _ids(sent.getlist("everything"))
    successions = []
    for holding in holdings:
        own = _ids(sent.getlist(f"people:{holding.key}"))
        finished = f"finished:{holding.key}" in sent
        successions.append(Succession(holding.key, tuple(own or everything), finished))
    return successions


def _shown(request: SignedInRequest, user: User, holding: Holding) -> dict[str, Any]:
    spec = holding.spec
    return {
        "key": holding.key,
        "label": _("%(objects)s: %(field)s")
        % {"objects": spec.label_plural, "field": spec.all_fields[holding.field].label},
        "open": holding.open,
        "all": holding.all,
        "has_finished": holding.all > holding.open,
        "list_url": f"/{spec.plural}?{holding.field}={user.pk}",
        "chosen": [
            {"value": value, "label": label}
            for value, label in names_of_people(request.POST.getlist(f"people:{holding.key}")).items()
        ],
        "finished": f"finished:{holding.key}" in request.POST,
    }


def _tasks(request: SignedInRequest, user: User) -> list[dict[str, Any]]:
    """Return the hand-overs of a person's records that were begun lately."""
    handed = BulkTask.objects.filter(action=BulkAction.HAND_OVER)[: RECENT * 5]
    recent = [task for task in handed if str(user.pk) in str(task.selection)][:RECENT]
    return [
        {
            "url": f"/bulk/{task.pk}",
            "label": str(spec_for(request.actor.organization, task.object_name).label_plural),
            "status": task.get_status_display(),
            "updated": task.updated,
            "total": task.total,
        }
        for task in recent
    ]
