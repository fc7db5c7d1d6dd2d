"""The settings page of public pools: who belongs to each, its rules, and what they would release today."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.departments import department_tree
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, Missing, NotAllowed
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.core.records.drafts import WriteContext
from banyan.core.web.answers import macro, markup
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import PickField, add_problem, form_answer, names_of_people
from banyan.core.web.settings.pages import frame_of, require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in
from banyan.customers.choices import ContactAccess, CustomerLevel
from banyan.customers.models import LIVE, MOST_CUSTOMERS, MOST_DAYS, Customer, Pool
from banyan.customers.pools.queries import administers, due_customers, has_pools, pool_of_owners

PAGE, URL = "pools", "/settings/pools"
#: What only those set who may customise: who belongs to a pool, and who administers it.
RESERVED = ("name", "departments", "administrators", "is_active")
SECTIONS = (
    (gettext_lazy("Who belongs here"), ("name", "departments", "administrators", "is_active")),
    (gettext_lazy("When customers come back"), (
        "follow_up_days", "deal_days", "releases_leavers", "notice_days", "spares_open_deals", "spared_levels", "spared_tags",
    )),
    (gettext_lazy("Claiming"), (
        "contact_access", "claim_limit", "hold_limit", "protection_days", "cooldown_days",
    )),
)  # fmt: skip
MOST_OWNERS = 5


def _days(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=MOST_DAYS, help_text=help_text)


class PoolForm(forms.Form):
    """Everything about a pool; 0 switches a rule off."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    departments = forms.MultipleChoiceField(
        label=gettext_lazy("Departments"),
        required=False,
        help_text=gettext_lazy("With all departments below. None means everybody for whom no other pool is meant."),
        widget=forms.SelectMultiple(attrs={"kind": "link", "multiple": True}),
    )
    administrators = PickField(
        label=gettext_lazy("Pool administrators"), required=False, pick_url="/pick/user", names=names_of_people,
        multiple=True,
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)
    follow_up_days = _days(gettext_lazy("Release after days without follow-up"), gettext_lazy("0 is no such rule."))
    deal_days = _days(
        gettext_lazy("Release after days without a deal"), gettext_lazy("A deal is an order or an opportunity won.")
    )
    releases_leavers = forms.BooleanField(label=gettext_lazy("Release customers of people who left"), required=False)
    notice_days = _days(gettext_lazy("Tell the owner days ahead"))
    spares_open_deals = forms.BooleanField(label=gettext_lazy("Keep customers with open opportunities"), required=False)
    spared_levels = forms.MultipleChoiceField(
        label=gettext_lazy("Keep customers of these levels"), required=False, choices=CustomerLevel.choices
    )
    spared_tags = forms.CharField(
        label=gettext_lazy("Keep customers with these tags"),
        required=False,
        max_length=400,
        help_text=gettext_lazy("Several are separated by commas."),
    )
    contact_access = forms.ChoiceField(
        label=gettext_lazy("Phone and e-mail before claiming"), choices=ContactAccess.choices
    )
    claim_limit = forms.IntegerField(
        label=gettext_lazy("Most customers one may claim a day"), min_value=0, max_value=MOST_CUSTOMERS,
        help_text=gettext_lazy("0 is no limit."),
    )  # fmt: skip
    hold_limit = forms.IntegerField(
        label=gettext_lazy("Most customers one may hold"), min_value=0, max_value=MOST_CUSTOMERS,
        help_text=gettext_lazy("All customers of a person count. 0 is no limit."),
    )  # fmt: skip
    protection_days = _days(
        gettext_lazy("Days of protection after claiming"), gettext_lazy("No rule releases a customer before.")
    )
    cooldown_days = _days(gettext_lazy("Days before the former owner may claim again"))

    def __init__(self, *args: Any, is_limited: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if is_limited:
            for name in RESERVED:
                del self.fields[name]
            return
        tree = [(str(entry.pk), entry.name) for entry, _depth in department_tree.in_order()]
        self.fields["departments"].choices = tree  # type: ignore[attr-defined]  # a choice field

    def values(self) -> dict[str, Any]:
        """Return the pool's fields."""
        given = dict(self.cleaned_data)
        given["spared_tags"] = [
            tag.strip() for tag in given["spared_tags"].replace("，", ",").split(",") if tag.strip()
        ]
        return given


def is_used(actor: Actor) -> bool:
    """Say whether there are pools."""
    return has_pools(actor.organization)


def may_open(actor: Actor) -> bool:
    """Say whether somebody sets up pools, or administers one."""
    if actor.has(Ability.CUSTOMISE):
        return True
    return has_pools(actor.organization) and any(administers(actor, pool) for pool in _pools())


@signed_in("GET")
def pools(request: SignedInRequest) -> HttpResponse:
    """List the pools that the person may set up, with how many customers lie in each."""
    require_page(request.actor, PAGE)
    found = [pool for pool in _pools() if administers(request.actor, pool)]
    inside = Customer.objects.filter(LIVE, pool__in=found).order_by().values_list("pool_id")
    counts: dict[Any, int] = dict(inside.annotate(count=Count("pk")))
    rows = [{"pool": pool, "count": counts.get(pool.pk, 0)} for pool in found]
    may_add = request.actor.has(Ability.CUSTOMISE)
    actions = [{"label": _("New pool"), "url": f"{URL}/new", "icon": "plus", "primary": True}] if may_add else []
    return settings_answer(
        request, PAGE, "customers/pools/settings.html", {"pools": rows, "actions": actions, "may_delete": may_add}
    )


@signed_in("GET", "POST")
def new_pool(request: SignedInRequest) -> HttpResponse:
    """Make a pool."""
    require_page(request.actor, PAGE)
    require_ability(request.actor, Ability.CUSTOMISE)
    form = PoolForm(request.POST or None, initial=_initial(Pool(follow_up_days=30)))
    if request.method == "POST" and form.is_valid():
        try:
            made = door.create(request.actor, spec_for(request.actor.organization, "pool"), form.values())
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is created.") % {"name": form.cleaned_data["name"]}, f"{URL}/{made.pk}")
    return settings_form(
        request, PAGE, form, title=_("New pool"), sections=SECTIONS, submit_label=_("Create"), cancel_url=URL
    )


@signed_in("GET", "POST")
def edit_pool(request: SignedInRequest, pool_id: uuid.UUID) -> HttpResponse:
    """Show and change a pool; its administrators change its rules, not who belongs to it."""
    pool = _pool(request, pool_id)
    is_limited = not request.actor.has(Ability.CUSTOMISE)
    form = PoolForm(request.POST or None, initial=_initial(pool), is_limited=is_limited)
    if request.method == "POST" and form.is_valid():
        writer = system_actor(request.actor.organization) if is_limited else request.actor
        context = WriteContext.for_actor(request.actor)
        try:
            door.update(writer, spec_for(request.actor.organization, "pool"), pool_id, form.values(), context=context)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is saved.") % {"name": pool.name}, f"{URL}/{pool_id}")
    sections = [(title, [name for name in names if name in form.fields]) for title, names in SECTIONS]
    details: dict[str, Any] = {
        "title": pool.name,
        "cancel_url": URL,
        "sections": [entry for entry in sections if entry[1]],
    }
    frame = {**frame_of(request, PAGE), "preview_url": f"{URL}/{pool_id}/preview"}
    return form_answer(request, form, frame=("customers/pools/settings_form.html", frame), **details)


@signed_in("POST")
def preview(request: SignedInRequest, pool_id: uuid.UUID) -> HttpResponse:
    """Answer with how many customers the rules on the page, saved or not, would release today, and whose."""
    pool = _pool(request, pool_id)
    form = PoolForm(request.POST, is_limited=not request.actor.has(Ability.CUSTOMISE))
    if not form.is_valid():
        message = next(iter(form.errors.values()))[0]
        return markup(macro("customers/pools/settings_parts.html", "preview", {"problem": str(message)}))
    for name, value in form.values().items():
        setattr(pool, name, [uuid.UUID(pk) for pk in value] if name in {"departments", "administrators"} else value)
    owners = [user for user, taken_by in pool_of_owners(instead=pool).items() if taken_by == pool.pk]
    due = due_customers(request.actor.organization, pool, owners, now()).order_by()
    counted = dict(due.values_list("owner__name").annotate(count=Count("pk")))
    most = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    total = sum(counted.values())
    text = ngettext(
        "%(count)d customer would be released today.", "%(count)d customers would be released today.", total
    )
    shown = {
        "text": text % {"count": total},
        "owners": [{"name": name, "count": count} for name, count in most[:MOST_OWNERS]],
        "others": max(0, len(most) - MOST_OWNERS),
    }
    return markup(macro("customers/pools/settings_parts.html", "preview", shown))


@signed_in("POST")
def remove_pool(request: SignedInRequest, pool_id: uuid.UUID) -> HttpResponse:
    """Put a pool into the recycle bin; not while customers lie in it."""
    require_page(request.actor, PAGE)
    pool = _pool(request, pool_id)
    recycle.delete(request.actor, spec_for(request.actor.organization, "pool"), [pool.pk])
    return saved(request, _("The pool is in the recycle bin."), URL)


def _pool(request: SignedInRequest, pool_id: uuid.UUID) -> Pool:
    require_page(request.actor, PAGE)
    pool = _pools().filter(pk=pool_id).first()
    if pool is None:
        raise Missing("not_found", _("There is no such pool."))
    if not administers(request.actor, pool):
        raise NotAllowed("not_allowed", _("Only the administrators of the pool may do this."))
    return pool


def _pools() -> Any:
    return Pool.objects.filter(LIVE).order_by("position", "name", "pk")


def _initial(pool: Pool) -> dict[str, Any]:
    names = [name for _title, names in SECTIONS for name in names]
    found = {name: getattr(pool, name) for name in names}
    found |= {name: [str(pk) for pk in found[name]] for name in ("departments", "administrators")}
    return {**found, "spared_tags": ", ".join(pool.spared_tags)}


routes = (
    path("pools", pools, name="settings-pools"),
    path("pools/new", new_pool, name="settings-pool-new"),
    path("pools/<uuid:pool_id>", edit_pool, name="settings-pool"),
    path("pools/<uuid:pool_id>/preview", preview, name="settings-pool-preview"),
    path("pools/<uuid:pool_id>/delete", remove_pool, name="settings-pool-delete"),
)
