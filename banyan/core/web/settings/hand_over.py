"""Handing over what belongs to somebody who leaves or moves: what there is, who gets it, and how far it is."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.people import find_person
from banyan.core.bulk.handing_over import Holding, Succession, hand_over, holdings_of
from banyan.core.bulk.models import BulkAction, BulkTask
from banyan.core.identity.models import User
from banyan.core.kernel.errors import Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.registry import spec_for
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import names_of_people, undone_if_wrong
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import signed_in

PEOPLE_URL = "/settings/people"
RECENT = 20


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
            hand_over(request.actor, user, _read(request, holdings))
        except Invalid as invalid:
            problems = [str(error.message) for error in invalid.errors]
        else:
            return saved(request, _("The hand-over has begun."), url)
    context = {
        "person": user,
        "url": url,
        "problems": problems,
        "holdings": [_shown(request, user, holding) for holding in holdings],
        "tasks": _tasks(request, user),
    }
    return undone_if_wrong(
        settings_answer(request, "people", "settings/hand_over.html", context, status=422 if problems else 200)
    )


def _read(request: SignedInRequest, holdings: list[Holding]) -> list[Succession]:
    sent = request.POST
    everything = [pk for text in sent.getlist("everything") if (pk := parse_id(text)) is not None]
    successions = []
    for holding in holdings:
        own = [pk for text in sent.getlist(f"people:{holding.key}") if (pk := parse_id(text)) is not None]
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
