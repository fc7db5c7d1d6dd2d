"""Trial copies: made from the organization, entered by whoever made them, taken over or thrown away."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.configuration.jobs import start_deleting, start_trial
from banyan.core.configuration.models import TrialCopy, TrialState
from banyan.core.configuration.sampling import MOST_ROWS
from banyan.core.configuration.trials import MOST_DAYS, TRIAL, is_trial, propose_promotion
from banyan.core.identity.models import User
from banyan.core.jobs.status import is_worker_alive
from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.registry import specs_for
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.answers import part, visit
from banyan.core.web.configuration.frame import PAGE, TRIALS, URL, answer
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.panels import FrameNotice
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.presenting import told_day, told_instant
from banyan.core.web.settings.pages import require_page, saved, settings_form
from banyan.core.web.views.base import signed_in

TRIALS_URL = f"{URL}/trials"
LIST = "configuration/_trial_list.html"
STATE_COLORS = {
    TrialState.MAKING: "blue", TrialState.READY: "green", TrialState.FAILED: "red", TrialState.DELETING: "grey",
}  # fmt: skip


class TrialForm(forms.Form):
    """What a trial copy is called, how long it stays, and how many records are in it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    days = forms.IntegerField(
        label=gettext_lazy("Days until it is deleted"), min_value=1, max_value=MOST_DAYS, initial=30
    )
    sample_rows = forms.IntegerField(
        label=gettext_lazy("Records of each object"), min_value=0, max_value=MOST_ROWS, initial=50,
        help_text=gettext_lazy(
            "The newest that you see. Names, phone numbers, addresses and free texts of persons are replaced; 0 leaves it empty."
        ),
    )  # fmt: skip


@signed_in("GET")
def trials(request: SignedInRequest) -> HttpResponse:
    """List the trial copies."""
    require_page(request.actor, PAGE)
    return answer(request, TRIALS, "configuration/trials.html", _shown(request.actor))


@signed_in("GET")
def trial_list(request: SignedInRequest) -> HttpResponse:
    """Answer with the list as it is now; the page asks while a copy is being made or deleted."""
    require_page(request.actor, PAGE)
    return part(request, LIST, _shown(request.actor))


@signed_in("GET", "POST")
def new_trial(request: SignedInRequest) -> HttpResponse:
    """Have a trial copy made."""
    require_page(request.actor, PAGE)
    name = _("%(organization)s (trial)") % {"organization": request.actor.organization.name}
    form = TrialForm(request.POST or None, initial={"name": name})
    if request.method == "POST" and form.is_valid():
        try:
            start_trial(request.actor, **form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The trial copy is being made; it appears here when it is ready."), TRIALS_URL)
    return settings_form(request, PAGE, form, title=_("New trial copy"))


@signed_in("POST")
def promote(request: SignedInRequest, trial_id: uuid.UUID) -> HttpResponse:
    """Show what taking a trial copy's configuration over would change here."""
    require_page(request.actor, PAGE)
    return visit(request, f"{URL}/proposals/{propose_promotion(request.actor, trial_id).pk}")


@signed_in("POST")
def delete(request: SignedInRequest, trial_id: uuid.UUID) -> HttpResponse:
    """Have a trial copy deleted."""
    require_page(request.actor, PAGE)
    start_deleting(request.actor, trial_id)
    return saved(request, _("The trial copy is being deleted."), TRIALS_URL)


def trial_notice(actor: Actor) -> FrameNotice | None:
    """Return what stands above every page of a trial copy."""
    if not is_trial(actor.organization):
        return None
    told = actor.organization.settings[TRIAL]
    text = _("This is a trial copy of %(name)s. Nothing here reaches the real organization.") % {
        "name": told.get("of_name", "")
    }
    return FrameNotice(text, "/choose-organization", _("Change organization"), kind="info")


def _shown(actor: Actor) -> dict[str, Any]:
    copies = list(TrialCopy.objects.select_related("made_by"))
    is_busy = any(row.state in {TrialState.MAKING, TrialState.DELETING} for row in copies)
    return {
        "trials": [_described(actor, row) for row in copies],
        "is_busy": is_busy,
        "is_waiting_for_worker": is_busy and not is_worker_alive(),
        "is_trial": is_trial(actor.organization),
        "may_make": actor.has(Ability.MANAGE_PEOPLE) and not is_trial(actor.organization),
        "real_id": (actor.organization.settings.get(TRIAL) or {}).get("of", ""),
    }


def _described(actor: Actor, row: TrialCopy) -> dict[str, Any]:
    specs = specs_for(actor.organization)
    counts = [f"{specs[name].label_plural}: {count}" for name, count in row.records.items() if name in specs]
    return {
        "id": row.pk,
        "url": f"{TRIALS_URL}/{row.pk}",
        "organization": row.trial_id,
        "name": row.name,
        "state": str(TrialState(row.state).label),
        "color": STATE_COLORS[TrialState(row.state)],
        "is_ready": row.state == TrialState.READY,
        "may_enter": row.state == TrialState.READY and _is_member(actor, row),
        "problem": row.problem,
        "when": told_instant(row.made_at),
        "who": row.made_by.name if row.made_by else "",
        "until": told_day(row.ends_on),
        "counts": _(", ").join(counts),
    }


def _is_member(actor: Actor, row: TrialCopy) -> bool:
    """Say whether the actor can sign in to a copy."""
    copy_id = parse_id(str(row.trial_id or ""))
    if copy_id is None or actor.user is None or actor.user.account_id is None:
        return False
    with organization_scope(copy_id):
        return User.objects.filter(account_id=actor.user.account_id, is_active=True).exists()
