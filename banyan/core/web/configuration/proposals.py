"""What files would do: looked at as a difference, tried, chosen from, applied or discarded."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.configuration.applying import try_plan
from banyan.core.configuration.differences import CHANGE, CREATE, REMOVE, Plan
from banyan.core.configuration.documents import BadDocument, words_of
from banyan.core.configuration.models import Occasion, Proposal
from banyan.core.configuration.proposals import (
    OFFERS_REMOVAL,
    apply_proposal,
    find_proposal,
    layers_of,
    order_layers,
    plan_of_proposal,
    wish_of,
)
from banyan.core.kernel.errors import DomainError
from banyan.core.web.answers import refused, visit
from banyan.core.web.configuration.frame import HISTORY, OVERVIEW, PAGE, TRIALS, URL, answer
from banyan.core.web.configuration.wording import clashes_in_words, plan_in_words
from banyan.core.web.menu import leave_message
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.pages import require_page, saved
from banyan.core.web.views.base import signed_in


@signed_in("GET")
def proposal(request: SignedInRequest, proposal_id: uuid.UUID) -> HttpResponse:
    """Show what a proposal would do, after trying it."""
    require_page(request.actor, PAGE)
    found = find_proposal(request.actor, proposal_id)
    try:
        plan = plan_of_proposal(request.actor, found)
        wished = plan.with_extra_removed() if found.occasion == Occasion.RESTORED else plan
        complaints = [str(entry) for entry in try_plan(request.actor, wished)] if not wished.is_empty else []
    except BadDocument as problem:
        return _shown(request, found, None, [str(entry) for entry in problem.complaints])
    except DomainError as problem:
        complaints = [str(problem.message)]
    return _shown(request, found, plan, complaints)


@signed_in("POST")
def apply(request: SignedInRequest, proposal_id: uuid.UUID) -> HttpResponse:
    """Carry out what was ticked: all of it or nothing."""
    require_page(request.actor, PAGE)
    found = find_proposal(request.actor, proposal_id)
    chosen, taken = request.POST.getlist("step"), request.POST.getlist("take")
    try:
        applied = apply_proposal(request.actor, found, chosen, seen=request.POST.get("seen", ""), taken=taken)
    except DomainError as problem:
        complaints = (
            [str(entry) for entry in problem.complaints] if isinstance(problem, BadDocument) else [str(problem.message)]
        )
        plan = plan_of_proposal(request.actor, found)
        return refused(_shown(request, found, plan, complaints, chosen=[*chosen, *taken], status=422))
    count = len(applied.plan.steps)
    text = ngettext("%(count)d change is made.", "%(count)d changes are made.", count) % {"count": count}
    if applied.snapshot is None:
        told = _("What you have stays as it is.") if found.template else _("Nothing was changed.")
        return saved(request, told, URL)
    leave_message(request, text)
    return visit(request, f"{URL}/history/{applied.snapshot.pk}")


@signed_in("POST")
def order(request: SignedInRequest, proposal_id: uuid.UUID) -> HttpResponse:
    """Put the files of a proposal into another order."""
    require_page(request.actor, PAGE)
    found = find_proposal(request.actor, proposal_id)
    order_layers(found, [int(text) for text in request.POST.getlist("order") if text.isdecimal()])
    return visit(request, f"{URL}/proposals/{found.pk}")


@signed_in("POST")
def discard(request: SignedInRequest, proposal_id: uuid.UUID) -> HttpResponse:
    """Throw a proposal away."""
    require_page(request.actor, PAGE)
    find_proposal(request.actor, proposal_id).delete()
    return saved(request, _("Discarded. Nothing was changed."), URL)


def _shown(
    request: SignedInRequest,
    found: Proposal,
    plan: Plan | None,
    complaints: list[str],
    *,
    chosen: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    language = request.actor.language
    groups = plan_in_words(plan, language) if plan else []
    offers = found.occasion in OFFERS_REMOVAL
    restores = found.occasion == Occasion.RESTORED
    for group in groups:
        for step in group["steps"]:
            is_wished = restores or not group["is_extra"]
            step["is_chosen"] = step["name"] in chosen if chosen is not None else is_wished
    clashes = clashes_in_words(wish_of(request.actor, found).clashes, language) if found.template and plan else []
    for clash in clashes:
        clash["is_taken"] = chosen is not None and clash["name"] in chosen
    context = {
        "clashes": clashes,
        "is_template": bool(found.template),
        "proposal": {
            "url": f"{URL}/proposals/{found.pk}",
            "source": found.source,
            "who": found.made_by.name if found.made_by else "",
            "when": told_instant(found.made_at),
        },
        "name": words_of(plan.document.name, language) if plan else "",
        "description": words_of(plan.document.description, language) if plan else "",
        "layers": [layer.source for layer in layers_of(found)],
        "groups": [group for group in groups if not group["is_extra"]],
        "extra": [group for group in groups if group["is_extra"]],
        "opens_extra": offers,
        "summary": _summary(plan) if plan else "",
        "unchanged": sum(plan.unchanged.values()) if plan else 0,
        "seen": plan.digest() if plan else "",
        "is_empty": plan is not None and plan.is_empty and not clashes and not (offers and plan.extra),
        "complaints": complaints,
        "may_apply": plan is not None,
    }
    tab = {Occasion.RESTORED: HISTORY, Occasion.PROMOTED: TRIALS}.get(Occasion(found.occasion), OVERVIEW)
    return answer(request, tab, "configuration/proposal.html", context, status=status)


def _summary(plan: Plan) -> str:
    counts = plan.counts()
    told: list[str] = []
    words: dict[str, Any] = {
        CREATE: lambda number: ngettext("%(number)d new", "%(number)d new", number),
        CHANGE: lambda number: ngettext("%(number)d changed", "%(number)d changed", number),
        REMOVE: lambda number: ngettext("%(number)d removed", "%(number)d removed", number),
    }
    for action, number in counts.items():
        if number:
            told.append(words[action](number) % {"number": number})
    return _(", ").join(told)
