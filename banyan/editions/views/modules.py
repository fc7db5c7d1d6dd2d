"""Settings: the edition and its modules, what another choice would change, and how one begins with a new module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import Invalid, Missing
from banyan.core.objects.choosing import choose
from banyan.core.objects.modules import (
    EVERY_EDITION,
    Mixture,
    Module,
    edition_modules,
    effective,
    mixing,
    mixture_of,
    modules,
    modules_of,
    with_required,
    without_unmet,
)
from banyan.core.objects.registry import specs_here
from banyan.core.web.answers import macro
from banyan.core.web.help.guide import guide_in
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import signed_in
from banyan.editions.choices import EDITION_LABELS, EDITION_SIZES
from banyan.editions.cost.loading import price_book
from banyan.editions.cost.mixtures import beyond, price_of_single
from banyan.editions.licences.rules import monthly
from banyan.editions.licences.seats import count_seats
from banyan.editions.licences.services import licence_of, singles, tiers
from banyan.editions.switching import starting
from banyan.editions.switching.surface import Preview, preview
from banyan.editions.switching.wishes import wished

PAGE, URL = "modules", "/settings/modules"
#: Of more things than this the page shows the first, and how many more there are.
SHOWN = 12


def routes() -> list[URLPattern]:
    """Return the addresses below ``/settings/``."""
    return [
        path("modules", module_list, name="settings-modules"),
        path("modules/preview", preview_page, name="settings-modules-preview"),
        path("modules/<slug:name>", module_page, name="settings-module"),
        path("modules/<slug:name>/put-away", put_away, name="settings-module-put-away"),
        path("modules/<slug:name>/rights", give_rights, name="settings-module-rights"),
        path("modules/<slug:name>/examples", examples, name="settings-module-examples"),
    ]


@signed_in("GET", "POST")
def module_list(request: SignedInRequest) -> HttpResponse:
    """Show the editions and every module; carry out a choice that was looked at before."""
    require_page(request.actor, PAGE)
    if request.method == "POST":
        return _choose(request)
    actor = request.actor
    on = modules_of(actor.organization)
    rows = [_row(actor, module, on) for module in modules]
    new = [{"label": str(module.label), "url": f"{URL}/{module.name}"} for module in starting.new_modules(actor)]
    context = {
        "editions": [_edition(actor, name) for name in EVERY_EDITION],
        "on": [row for row in rows if row["is_on"]],
        "off": [row for row in rows if not row["is_on"]],
        "edition": actor.organization.edition,
        "new": new,
    }
    return settings_answer(request, PAGE, "editions/modules/list.html", context)


@signed_in("GET")
def preview_page(request: SignedInRequest) -> HttpResponse:
    """Say what another choice would change, before anything does."""
    require_page(request.actor, PAGE)
    actor = request.actor
    try:
        wanted = _wished(actor, request.GET)
    except Invalid as problem:
        ways = _ways_out(request.GET, actor.organization.edition)
        context = {"problems": [str(error.message) for error in problem.errors], "ways": ways}
        return settings_answer(request, PAGE, "editions/modules/contradiction.html", context, status=422)
    return settings_answer(request, PAGE, "editions/modules/preview.html", _previewed(preview(actor, wanted), actor))


@signed_in("GET", "POST")
def module_page(request: SignedInRequest, name: str) -> HttpResponse:
    """Show one module and how one begins with it; switch it when asked to."""
    require_page(request.actor, PAGE)
    actor, module = request.actor, _module(name)
    current = mixture_of(actor.organization)
    if request.method == "POST":
        is_wanted = request.POST.get("on") == "true"
        choose(actor, wished(current, on=[name]) if is_wanted else wished(current, off=[name]))
        said = _("%(module)s is on.") if is_wanted else _("%(module)s is off. Its data is kept.")
        return saved(request, said % {"module": module.label}, f"{URL}/{name}" if is_wanted else URL)
    row = _row(actor, module, modules_of(actor.organization))
    specs = starting.objects_of(actor, name)
    context = {
        "module": row,
        "chapters": _chapters(actor, module),
        "start": module.start if row["is_on"] else "",
        "objects": [{"label": str(spec.label_plural), "url": f"/{spec.plural}", "icon": spec.icon} for spec in specs],
        "is_new": module in starting.new_modules(actor),
        "proposals": _proposals(actor, name) if row["is_on"] else [],
        "may_give": actor.has(Ability.MANAGE_PEOPLE),
        "has_examples": row["is_on"] and starting.has_samples(name),
        "examples": len(starting.samples_of(name)),
        "url": f"{URL}/{name}",
    }
    return settings_answer(request, PAGE, "editions/modules/module.html", context)


@signed_in("POST")
def put_away(request: SignedInRequest, name: str) -> HttpResponse:
    """Let the guide of a new module rest."""
    require_page(request.actor, PAGE)
    module = _module(name)
    starting.put_away(request.actor, name)
    text = _("The guide of %(module)s is put away. You find it here whenever you like.")
    return saved(
        request, text % {"module": module.label}, "/" if request.POST.get("next") == "day" else f"{URL}/{name}"
    )


@signed_in("POST")
def give_rights(request: SignedInRequest, name: str) -> HttpResponse:
    """Give chosen roles the rights that were proposed for a module."""
    require_page(request.actor, PAGE)
    _module(name)
    changed = starting.give_rights(request.actor, name, request.POST.getlist("role"))
    if not changed:
        return saved(request, _("No role was chosen; nothing is changed."), f"{URL}/{name}")
    names = _(", ").join(role.name for role in changed)
    return saved(request, _("These roles have the rights now: %(names)s.") % {"names": names}, f"{URL}/{name}")


@signed_in("POST")
def examples(request: SignedInRequest, name: str) -> HttpResponse:
    """Make records for trying a module, or remove them."""
    require_page(request.actor, PAGE)
    _module(name)
    if request.POST.get("remove") == "true":
        count, left = starting.remove_samples(request.actor, name)
        text = ngettext("%(count)d example is in the recycle bin.", "%(count)d examples are in the recycle bin.", count)
        if left:
            text += " " + _("%(left)d stay, because something else uses them.") % {"left": left}
    else:
        count = starting.make_samples(request.actor, name)
        text = ngettext("%(count)d example is made.", "%(count)d examples are made.", count)
    return saved(request, text % {"count": count}, f"{URL}/{name}")


def day_panel(actor: Actor) -> Markup | None:
    """Return what my day says to administrators of modules that are new, until their guide is put away."""
    if not actor.has(Ability.MANAGE_ORGANIZATION):
        return None
    entries = [
        {
            "label": str(module.label),
            "text": str(module.purpose),
            "url": f"{URL}/{module.name}",
            "put_away": f"{URL}/{module.name}/put-away",
        }
        for module in starting.new_modules(actor)[:3]
    ]
    return macro("editions/day.html", "new_modules", entries) if entries else None


def _choose(request: SignedInRequest) -> HttpResponse:
    sent = request.POST
    wanted = Mixture(sent.get("edition", ""), frozenset(sent.getlist("on")), frozenset(sent.getlist("off")))
    before = effective(choose(request.actor, wanted))
    come = modules_of(request.actor.organization) - before
    gone = before - modules_of(request.actor.organization)
    edition = EDITION_LABELS[wanted.edition]
    text = _("%(edition)s: %(on)d modules came, %(off)d rest. All records are kept.")
    return saved(request, text % {"edition": edition, "on": len(come), "off": len(gone)}, URL)


def _wished(actor: Actor, sent: QueryDict) -> Mixture:
    """Return what an address of the preview means."""
    return wished(
        mixture_of(actor.organization),
        edition=sent.get("edition", ""),
        exactly=sent.getlist("module") if sent.get("chosen") else None,
        on=sent.getlist("on"),
        off=sent.getlist("off"),
        plain=bool(sent.get("plain")),
    )


def _ways_out(sent: QueryDict, edition: str) -> list[dict[str, str]]:
    """Return what could have been meant by a choice that contradicts itself."""
    chosen = sent.get("edition") or edition
    names = [name for name in (*sent.getlist("module"), *sent.getlist("on")) if name in modules]
    if not sent.get("chosen") or chosen not in EVERY_EDITION or not names:
        return []
    more, fewer = with_required(names), without_unmet(names)
    return [
        {
            "label": _("Switch on what is needed as well: %(names)s") % {"names": _labels(more - set(names))},
            "url": _preview_url(mixing(chosen, more)),
        },
        {
            "label": _("Leave off what lacks something: %(names)s") % {"names": _labels(set(names) - fewer)},
            "url": _preview_url(mixing(chosen, fewer)),
        },
    ]


def _preview_url(mixture: Mixture) -> str:
    pairs = [("edition", mixture.edition), ("chosen", "1"), *(("module", name) for name in sorted(effective(mixture)))]
    return f"{URL}/preview?{urlencode(pairs)}"


def _previewed(found: Preview, actor: Actor) -> dict[str, Any]:
    """Return a preview as its template takes it."""
    wanted = found.wanted
    has_own = bool(wanted.on or wanted.off)
    return {
        "is_empty": found.is_empty and wanted.edition == actor.organization.edition,
        "edition": EDITION_LABELS[wanted.edition],
        "former": EDITION_LABELS[actor.organization.edition] if wanted.edition != actor.organization.edition else "",
        "comes": [_told(name) for name in found.comes],
        "goes": [_told(name) for name in found.goes],
        "kinds": [
            {"label": str(entry.label), "comes": _first(entry.comes), "goes": _first(entry.goes)}
            for entry in found.differences
        ],
        "stopping": [
            {"kind": str(entry.kind), "label": entry.label, "url": entry.url} for entry in found.stopping
        ],
        "kept": [{"label": entry.label, "count": f"{entry.count:,}"} for entry in found.kept],
        "values": [
            ("edition", wanted.edition),
            *(("on", name) for name in sorted(wanted.on)),
            *(("off", name) for name in sorted(wanted.off)),
        ],
        "plain_url": f"{URL}/preview?{urlencode({'edition': wanted.edition, 'plain': '1'})}" if has_own else "",
        "licence": _licence(actor, wanted),
        "extra": _labels(wanted.on),
        "without": _labels(wanted.off),
    }  # fmt: skip


def _licence(actor: Actor, wanted: Mixture) -> str:
    """Return what the licence of a month would be instead of what it is, where that changes."""
    seats, currency, current = count_seats().used, licence_of(actor).currency, mixture_of(actor.organization)
    before, after = (
        monthly(seats, [*tiers(mixture.edition, currency), *singles(mixture.edition, effective(mixture), currency)])
        for mixture in (current, wanted)
    )
    if before == after:
        return ""
    values = {"before": f"{before:,.0f}", "after": f"{after:,.0f}", "currency": currency}
    return _("Licence a month: %(after)s %(currency)s instead of %(before)s. On servers of your own: nothing.") % values


def _single_price(actor: Actor, name: str) -> str:
    """Return what a module costs a seat and month on top of the organization's edition; nothing when that has it."""
    if not beyond(actor.organization.edition, [name]):
        return ""
    currency = licence_of(actor).currency
    price = price_of_single(name, currency)
    if not price:
        return _("free on top of any edition")
    return _("%(price)s %(currency)s a seat and month") % {"price": f"{price:f}", "currency": currency}


def _first(labels: tuple[str, ...]) -> dict[str, Any]:
    return {"labels": labels[:SHOWN], "rest": labels[SHOWN:], "count": len(labels)}


def _told(name: str) -> dict[str, str]:
    module = modules[name]
    return {"label": str(module.label), "purpose": str(module.purpose), "url": f"{URL}/{name}"}


def _labels(names: Any) -> str:
    return _(", ").join(str(module.label) for module in modules if module.name in names)


def _module(name: str) -> Module:
    module = modules.get(name)
    if module is None:
        raise Missing("not_found", _("There is no such module."))
    return module


def _row(actor: Actor, module: Module, on: frozenset[str]) -> dict[str, Any]:
    is_on = module.name in on
    along = with_required([module.name]) - on - {module.name}
    return {
        "name": module.name,
        "label": str(module.label),
        "purpose": str(module.purpose),
        "needed_by": str(module.needed_by),
        "spared_by": str(module.spared_by),
        "is_on": is_on,
        "is_own": is_on and module.name not in edition_modules(actor.organization.edition),
        "appears": _(", ").join(
            str(spec.label_plural) for spec in specs_here().values() if spec.module == module.name and spec.in_menu
        ),
        "along": "" if is_on else _labels(along),
        "requires": _labels(module.requires),
        "editions": _(", ").join(str(EDITION_LABELS[name]) for name in EVERY_EDITION if name in module.editions),
        "price": _single_price(actor, module.name),
        "url": f"{URL}/{module.name}",
        "switch_url": f"{URL}/preview?{urlencode({'off' if is_on else 'on': module.name})}",
    }


def _edition(actor: Actor, name: str) -> dict[str, Any]:
    own, place = edition_modules(name), EVERY_EDITION.index(name)
    smaller = EVERY_EDITION[place - 1] if place else ""
    currency = actor.organization.currency
    prices: Mapping[str, Any] = price_book()[name]
    shown = currency if currency in prices else "CNY"
    paid = next((bracket.price for bracket in prices[shown] if bracket.price), None)
    free = next((bracket.upto for bracket in prices[shown] if not bracket.price), None)
    price = _("%(price)s %(currency)s a seat and month") % {"price": f"{paid:g}", "currency": shown}
    if free:
        price = _("free to %(count)d seats, then %(price)s") % {"count": free, "price": price}
    return {
        "label": EDITION_LABELS[name],
        "size": EDITION_SIZES[name],
        "price": price,
        "count": ngettext("%(count)d module", "%(count)d modules", len(own)) % {"count": len(own)},
        "names": _labels(own - edition_modules(smaller) if smaller else own),
        "includes": _("All of the %(edition)s, and:") % {"edition": EDITION_LABELS[smaller]} if smaller else "",
        "is_current": name == actor.organization.edition,
        "url": f"{URL}/preview?{urlencode({'edition': name})}",
    }


def _chapters(actor: Actor, module: Module) -> list[dict[str, str]]:
    """Return the chapters and sections of the guide that explain a module."""
    found = []
    for chapter in guide_in(actor.language).chapters:
        if chapter.name in module.chapters:
            found.append({"label": chapter.title, "url": f"/help/{chapter.name}"})
        found += [
            {"label": section.title, "url": f"/help/{chapter.name}#{section.name}"}
            for section in chapter.sections
            if section.name and section.name in module.chapters
        ]
    return found


def _proposals(actor: Actor, name: str) -> list[dict[str, str]]:
    return [
        {
            "id": str(found.role.pk),
            "role": found.role.name,
            "text": _("%(objects)s: the same rights as for %(like)s")
            % {
                "objects": _(", ").join(str(spec.label_plural) for spec in found.objects),
                "like": found.like.label_plural,
            },
        }
        for found in starting.proposals(actor, name)
    ]
