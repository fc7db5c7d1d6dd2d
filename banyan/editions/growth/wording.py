"""Advice in words: what would serve better, why, and what it costs and brings; for pages and for programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.modules import edition_modules, modules
from banyan.core.tenancy.remembering import remember
from banyan.editions.choices import EDITION_LABELS
from banyan.editions.cost.loading import assumptions, currency_rates
from banyan.editions.growth.figures import days_of, known_modules
from banyan.editions.growth.rules import Advice, Day, Kind, advise
from banyan.editions.licences.rules import monthly
from banyan.editions.licences.services import licence_of, singles, tiers
from banyan.editions.models import DismissedAdvice

FIGURES: dict[str, Any] = {
    "users": gettext_lazy("People with a seat"),
    "most_users": gettext_lazy("People with a seat, at most"),
    "users_in_half_a_year": gettext_lazy("In half a year, if it goes on"),
    "limit": gettext_lazy("The edition is made for"),
    "added_modules": gettext_lazy("Modules of the next edition in use"),
    "kept_modules": gettext_lazy("Modules to keep on top of it"),
    "wait": gettext_lazy("19 of 20 pages within, in milliseconds"),
    "requests": gettext_lazy("Pages in seven days"),
    "cores": gettext_lazy("Processor cores"),
    "needed_cores": gettext_lazy("Cores needed by the planner"),
    "unused_modules": gettext_lazy("Modules without a change"),
    "days": gettext_lazy("Days looked at"),
    "kept": gettext_lazy("Records kept in them"),
    "refusals": gettext_lazy("Refusals in 30 days"),
}
#: Under which name the organization remembers its newest advice, and how long my day speaks of it.
NEW = "growth_advice"
DAYS_ON_MY_DAY = 7
#: How long an advice may be told to stay quiet, in days.
PAUSES = (30, 90, 365)


@dataclass(frozen=True)
class Told:
    """An advice in words; ``cost`` is what would be paid more or less, ``gain`` what it brings."""

    key: str
    kind: str
    title: str
    why: str
    cost: str
    gain: str
    url: str
    link: str
    icon: str
    figures: tuple[tuple[str, str], ...]


def current_advice(actor: Actor) -> tuple[list[Day], list[Told], list[Told]]:
    """Return the figures, the advice of today, and the advice that stays quiet for now."""
    days = days_of(actor)
    quiet = set(DismissedAdvice.objects.filter(until__gt=today(actor.time_zone)).values_list("key", flat=True))
    found = advise(days, known_modules())
    told = [tell(actor, advice, days[-1]) for advice in found]
    return days, [one for one in told if one.key not in quiet], [one for one in told if one.key in quiet]


def note_new(actor: Actor) -> str:
    """Remember since when the most important advice has been there, so that my day speaks of it while it is new."""
    _days, spoken, _quiet = current_advice(actor)
    key = spoken[0].key if spoken else ""
    known = actor.organization.settings.get(NEW) or {}
    if key != known.get("key", ""):
        since = today(actor.time_zone).isoformat()
        remember(actor.organization, NEW, {"key": key, "since": since} if key else None)
    return key


def new_advice(actor: Actor) -> Told | None:
    """Return the advice that my day speaks of: the most important one, in its first days; asks nothing without one."""
    known = actor.organization.settings.get(NEW)
    if not known or (today(actor.time_zone) - date.fromisoformat(known["since"])).days >= DAYS_ON_MY_DAY:
        return None
    _days, spoken, _quiet = current_advice(actor)
    return next((advice for advice in spoken if advice.key == known["key"]), None)


def dismiss(actor: Actor, key: str, days: int) -> None:
    """Let an advice be quiet for some days; raises ``NotAllowed`` or ``Invalid``."""
    require_ability(actor, Ability.MANAGE_ORGANIZATION)
    if days not in PAUSES:
        message = _("Choose one of: %(choices)s.") % {"choices": ", ".join(map(str, PAUSES))}
        raise Invalid([FieldError("days", "unknown_choice", message)])
    until = today(actor.time_zone) + timedelta(days=days)
    DismissedAdvice.objects.filter(Q(until__lte=today(actor.time_zone))).delete()
    DismissedAdvice.objects.update_or_create(
        organization=actor.organization, key=key[:80], defaults={"until": until, "dismissed_by": actor.user}
    )


def hear_again(actor: Actor, key: str) -> None:
    """Let an advice speak again."""
    require_ability(actor, Ability.MANAGE_ORGANIZATION)
    DismissedAdvice.objects.filter(key=key).delete()


def tell(actor: Actor, advice: Advice, now: Day) -> Told:
    """Return an advice in the reader's language."""
    figures = tuple((str(FIGURES[name]), f"{value:,}") for name, value in advice.figures)
    title, why, url, link, icon = _words(advice, now)
    cost, gain = _worth(actor, advice, now)
    return Told(advice.key, advice.kind.value, title, why, cost, gain, url, link, icon, figures)


def _words(advice: Advice, now: Day) -> tuple[str, str, str, str, str]:
    edition = str(EDITION_LABELS.get(advice.edition, ""))
    known = dict(advice.figures)
    preview = (f"/settings/modules/preview?edition={advice.edition}", _("See what would change"))
    if advice.kind is Kind.LARGER and "added_modules" in known:
        return (_("%(edition)s fits better") % {"edition": edition},
                _("Three modules on top of an edition cost about as much as the next one, which has them all."),
                *preview, "trending-up")  # fmt: skip
    if advice.kind is Kind.LARGER:
        return (_("%(edition)s fits better") % {"edition": edition},
                _("You are more people than your edition is made for: what keeps many in step is missing."),
                *preview, "trending-up")  # fmt: skip
    if advice.kind is Kind.SOON_LARGER:
        return (_("You will soon need %(edition)s") % {"edition": edition},
                _("If you go on growing as in the last quarter, you outgrow your edition within half a year."),
                *preview, "trending-up")  # fmt: skip
    if advice.kind is Kind.SMALLER and advice.modules:
        return (_("%(edition)s would do") % {"edition": edition},
                _("Of what only your edition has, you use: %(names)s. That can stay on top of the smaller one, paid singly.")
                % {"names": _labels(advice.modules)},
                f"{preview[0]}&{'&'.join(f'on={name}' for name in advice.modules)}", preview[1], "trending-down")  # fmt: skip
    if advice.kind is Kind.SMALLER:
        return (_("%(edition)s would do") % {"edition": edition},
                _("You are clearly fewer people than your edition is made for, and nobody uses what only it has."),
                *preview, "trending-down")  # fmt: skip
    if advice.kind is Kind.SERVERS:
        why = _("People wait longer for pages than they should.") if "wait" in known else _(
            "For so many people and records the planner asks for more than the server has."
        )  # fmt: skip
        return (_("A larger server would help"), why, f"/cost?headcount={max(1, now.users)}&hosting=own",
                _("See what servers you need"), "database")  # fmt: skip
    if advice.kind is Kind.UNUSED:
        why = _("Nobody has changed anything in: %(names)s.") % {"names": _labels(advice.modules)}
        return (_("Fewer modules would do"), why,
                "/settings/modules", _("Choose modules"), "minus")  # fmt: skip
    return (_("Roles may not fit the work"), _("People are often refused what they try to do."),
            "/settings/roles", _("Look at the roles"), "lock")  # fmt: skip


def _labels(names: Iterable[str]) -> str:
    return _(", ").join(str(modules[name].label) for name in names if name in modules)


def _worth(actor: Actor, advice: Advice, now: Day) -> tuple[str, str]:
    """Return what an advice costs or saves, and what it brings."""
    if advice.edition:
        currency = licence_of(actor).currency
        kept = advice.modules if advice.kind is Kind.SMALLER else now.modules
        before = monthly(now.users, [*tiers(now.edition, currency), *singles(now.edition, now.modules, currency)])
        after = monthly(now.users, [*tiers(advice.edition, currency), *singles(advice.edition, kept, currency)])
        values = {"before": f"{before:,.0f}", "after": f"{after:,.0f}", "currency": currency}
        cost = _("Licence a month: %(after)s %(currency)s instead of %(before)s. On servers of your own: nothing.")
        own, other = edition_modules(now.edition), edition_modules(advice.edition)
        if advice.kind is Kind.SMALLER:
            gone = _(", ").join(str(module.label) for module in modules if module.name in own - other - set(kept))
            gain = _("A shorter menu; these rest, with all their records: %(names)s.") % {"names": gone or _("nothing")}
            return cost % values, gain
        missing = (other - own) - set(now.modules)
        if not missing:
            return cost % values, _("The same modules, all under one price.")
        return cost % values, _("You would have besides: %(names)s.") % {"names": _labels(missing)}
    if advice.kind is Kind.SERVERS:
        more = max(1, now.needed_cores - now.cores)
        rate = currency_rates().get(actor.organization.currency)
        currency = actor.organization.currency if rate is not None else "CNY"
        year = assumptions()["core_year"].ranges[now.edition].likely * more * (rate or Decimal(1))
        cost = _("About %(amount)s %(currency)s a year for %(count)d more cores.")
        return cost % {"amount": f"{year:,.0f}", "currency": currency, "count": more}, _("Pages that come at once.")
    if advice.kind is Kind.UNUSED:
        return _("Nothing; every record is kept."), _("A shorter menu, and less to explain to whoever is new.")
    return _("An hour of your time."), _("Less asking around, and no shared passwords.")
