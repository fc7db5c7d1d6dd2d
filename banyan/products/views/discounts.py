"""Settings > Discounts: how much people may give, what happens above; and approving a document's discount by hand."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.models import Level
from banyan.core.approvals.live import live_flows
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.listing.query import fetch_row
from banyan.core.objects.modules import specs_on
from banyan.core.web.answers import done
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in, spec_of_path
from banyan.products.choices import OverLimit
from banyan.products.lines.declaring import line_documents
from banyan.products.lines.discounts import decide_discount
from banyan.products.lines.editing import plain
from banyan.products.lines.limits import Limit, limits_of
from banyan.products.services import set_discount_limits

PAGE, URL = "discounts", "/settings/discounts"
ROLE, LEVEL = "role", "level"


def _people() -> dict[str, str]:
    """Return whom a limit can be for, by ``role:<id>`` and ``level:<id>``; everybody else is the empty text."""
    found = {f"{ROLE}:{role.pk}": str(role.name) for role in Role.objects.order_by("name")}
    levels = {f"{LEVEL}:{level.pk}": _("Level %(name)s") % {"name": level.name} for level in Level.objects.all()}
    return {**found, **levels}


class LimitForm(forms.Form):
    """How much somebody may give."""

    who = forms.ChoiceField(label=pgettext_lazy("discount", "Who"), required=False, choices=())
    percent = forms.DecimalField(
        label=gettext_lazy("May give up to (%)"), min_value=0, max_value=100, max_digits=5, decimal_places=2,
        help_text=gettext_lazy("A lower price than the list price counts as a discount, too."),
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        who: Any = self.fields["who"]
        who.choices = [("", _("Everybody else")), *_people().items()]
        who.widget.attrs["empty_label"] = _("Everybody else")


class OverForm(forms.Form):
    """What happens to a greater discount, and the approval flow for each kind of document."""

    over = forms.ChoiceField(
        label=gettext_lazy("A discount above the limit"), choices=OverLimit.choices,
        widget=forms.RadioSelect(attrs={"style": "chips"}),
        help_text=gettext_lazy("What needs approval stays a draft until somebody who may give as much approves it."),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, label, flows in _flows(actor):
            field = forms.ChoiceField(
                label=_("Approval flow for %(objects)s") % {"objects": label},
                required=False,
                choices=[("", _("Approved by hand on the page")), *flows],
            )
            field.widget.attrs["empty_label"] = _("Approved by hand on the page")
            self.fields[f"flow_{name}"] = field


@signed_in("GET")
def overview(request: SignedInRequest) -> HttpResponse:
    """Show the limits, and what happens above them."""
    require_page(request.actor, PAGE)
    limits = limits_of(request.actor.organization)
    people = _people()
    flows = {key: name for _object, _label, choices in _flows(request.actor) for key, name in choices}
    context = {
        "rows": [
            {
                "who": people.get(_key(limit), _("Somebody who no longer exists"))
                if _key(limit)
                else _("Everybody else"),
                "percent": plain(limit.percent),
                "key": _key(limit),
                "url": f"{URL}/new?who={_key(limit)}&percent={plain(limit.percent)}",
            }
            for limit in limits.limits
        ],
        "over": OverLimit(limits.over).label,
        "flows": [flows[key] for key in (limits.flows or {}).values() if key in flows],
        "over_url": f"{URL}/over",
        "remove_url": f"{URL}/remove",
        "new_url": f"{URL}/new",
        "actions": [{"label": _("New limit"), "url": f"{URL}/new", "icon": "plus", "primary": True}],
    }
    return settings_answer(request, PAGE, "products/discounts.html", context)


@signed_in("GET", "POST")
def new_limit(request: SignedInRequest) -> HttpResponse:
    """Set how much somebody may give; an earlier limit of theirs is replaced."""
    require_page(request.actor, PAGE)
    form = LimitForm(request.POST or None, initial={name: request.GET.get(name, "") for name in ("who", "percent")})
    if request.method == "POST" and form.is_valid():
        key = form.cleaned_data["who"]
        kept = {_key(limit): plain(limit.percent) for limit in limits_of(request.actor.organization).limits}
        try:
            _save(request.actor, {**kept, key: plain(form.cleaned_data["percent"])})
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The limit is saved."), URL)
    return settings_form(request, PAGE, form, title=_("Discount limit"), cancel_url=URL)


@signed_in("POST")
def remove_limit(request: SignedInRequest) -> HttpResponse:
    """Take a limit away."""
    require_page(request.actor, PAGE)
    kept = {_key(limit): plain(limit.percent) for limit in limits_of(request.actor.organization).limits}
    kept.pop(request.POST.get("who", ""), None)
    _save(request.actor, kept)
    return saved(request, _("The limit is removed."), URL)


@signed_in("GET", "POST")
def over_limit(request: SignedInRequest) -> HttpResponse:
    """Choose what happens above the limits."""
    require_page(request.actor, PAGE)
    limits = limits_of(request.actor.organization)
    initial = {"over": limits.over, **{f"flow_{name}": key for name, key in (limits.flows or {}).items()}}
    form = OverForm(request.POST or None, initial=initial, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        flows = {
            name.removeprefix("flow_"): value
            for name, value in form.cleaned_data.items()
            if name.startswith("flow_") and value
        }
        kept = {_key(limit): plain(limit.percent) for limit in limits.limits}
        _save(request.actor, kept, over=form.cleaned_data["over"], flows=flows)
        return saved(request, _("The choice is saved."), URL)
    return settings_form(request, PAGE, form, title=_("Above the limit"), cancel_url=URL)


@signed_in("POST")
def decide(request: SignedInRequest, plural: str, record_id: uuid.UUID) -> HttpResponse:
    """Approve or refuse the discount of a document."""
    spec = spec_of_path(request, plural)
    if spec.name not in line_documents:
        raise Missing("not_found", _("There is no such page."))
    fetch_row(request.actor, spec, record_id)
    agree = request.POST.get("agree") == "1"
    decide_discount(request.actor, spec.name, record_id, agree=agree)
    text = _("The discount is approved.") if agree else _("The discount is refused.")
    url = f"/{spec.plural}/{record_id}"
    return done(request, text, next_url=url, changed=(spec.plural,), visit={"url": url})


def _save(
    actor: Actor, limits: Mapping[str, str], *, over: str | None = None, flows: Mapping[str, str] | None = None
) -> None:
    current = limits_of(actor.organization)
    entries = []
    for key, percent in limits.items():
        kind, _colon, pk = key.partition(":")
        entries.append({"percent": percent, **({kind: pk} if pk else {})})
    kept = dict(current.flows or {}) if flows is None else flows
    set_discount_limits(actor, limits=entries, over=over or current.over, flows=kept)


def _key(limit: Limit) -> str:
    return f"{ROLE}:{limit.role}" if limit.role else f"{LEVEL}:{limit.level}" if limit.level else ""


def _flows(actor: Actor) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return the documents that discounts stand on, each with the approval flows that could be started."""
    specs = specs_on(actor.organization)
    return [
        (document.parent, specs[document.parent].noun_plural,
         [(str(flow.id), flow.name) for flow in live_flows(specs[document.parent])])
        for document in line_documents
        if document.parent in specs and document.binding is not None
    ]  # fmt: skip
