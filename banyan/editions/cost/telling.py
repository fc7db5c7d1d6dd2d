"""What a scenario's answers say in words and tables: for the page and for the papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.objects.modules import modules
from banyan.editions.choices import DEPTH_LABELS, DIRT_LABELS, EDITION_LABELS, HOSTING_LABELS, PART_LABELS
from banyan.editions.cost import charts
from banyan.editions.cost.answers import (
    CapacityAnswer,
    average_of,
    benefit_of,
    brackets_of,
    capacity_of,
    drivers_of,
    estimate_in,
    formula_text,
    misfits_of,
    offers_of,
    rate_of,
)
from banyan.editions.cost.benefit import TOO_SMALL, Benefit, Misfit
from banyan.editions.cost.capacity import Capacity
from banyan.editions.cost.charts import money
from banyan.editions.cost.loading import (
    EDITIONS,
    all_assumptions,
    assumptions,
    benefit_assumptions,
    benefits,
    dates,
    misfits,
    price_book,
)
from banyan.editions.cost.mixtures import beyond, paid_singly, price_of_single
from banyan.editions.cost.model import Estimate, means, ranges_of, recommended_edition, users_by_year
from banyan.editions.cost.model import licence as licence_of
from banyan.editions.cost.scenario import Scenario
from banyan.editions.cost.wording import word

Told = dict[str, Any]


def told(scenario: Scenario) -> Told:
    """Return everything that the cost page and its papers show of a scenario."""
    currency = scenario.currency
    found, gained = estimate_in(scenario), benefit_of(scenario)
    moved = drivers_of(scenario)
    return {
        "name": scenario.name,
        "edition": edition_label(scenario),
        "reason": " ".join(filter(None, (reason(scenario), cheaper(scenario)))),
        "currency": currency,
        "facts": facts(scenario),
        "tiles": cost_tiles(scenario, found),
        "parts": parts_table(scenario, found),
        "by_year": charts.parts_by_year(found, currency),
        "others": others(scenario),
        "tornado": charts.tornado(scenario, moved, found.likely, currency) if moved else {},
        "curve": charts.per_head(scenario, currency),
        "growth": charts.parts_by_headcount(scenario, currency),
        "benefit_tiles": benefit_tiles(gained, currency, scenario),
        "benefits": benefit_rows(scenario, gained),
        "benefit_total": [money(gained.low), money(gained.likely), money(gained.high)],
        "cash": charts.money_by_year(found, gained, currency),
        "misfits": [misfit_table(scenario, one) for one in misfits_of(scenario)],
        "offers": offer_rows(scenario),
        "capacity": capacity_rows(capacity_of(scenario)),
        "dates": dates(),
    }


def facts(scenario: Scenario) -> list[tuple[str, str]]:
    """Return what the scenario says, for papers."""
    numbers = means(ranges_of(scenario, assumptions()))
    users = users_by_year(scenario, numbers)
    rows = [
        (_("Headcount"), f"{scenario.headcount:,}"),
        (_("Users, likely"), f"{users[0]:,.0f}"),
        (_("Growth of headcount a year in %"), percent(scenario.growth)),
        (_("Edition"), str(EDITION_LABELS[scenario.edition])),
        *([(_("Modules on top"), _(", ").join(single_labels(scenario)))] if single_labels(scenario) else []),
        (_("Hosting"), str(HOSTING_LABELS[scenario.hosting])),
        (_("Years"), str(scenario.years)),
        (_("Interest for coming years in %"), percent(scenario.discount)),
        (_("Departments"), f"{scenario.departments:,}"),
        (_("Customers kept"), f"{scenario.customers:,}"),
        (_("Records taken over"), f"{scenario.migrated:,}"),
        (_("From how many systems or files"), f"{scenario.sources:,}"),
        (_("State of that data"), str(DIRT_LABELS[scenario.dirt])),
        (_("Systems to connect"), f"{scenario.integrations:,}"),
        (_("Systems given up"), f"{scenario.replaced:,}"),
        (_("Training of everybody else") if scenario.trained else _("Training of everybody"),
         str(DEPTH_LABELS[scenario.training])),
    ]  # fmt: skip
    rows += [
        (_("Training: %(department)s") % {"department": group.department or "–"},
         f"{group.people:,} · {DEPTH_LABELS[group.depth]}")
        for group in scenario.trained
    ]  # fmt: skip
    return rows


def single_labels(scenario: Scenario, edition: str = "") -> list[str]:
    """Return what the modules are called that an edition lacks and that are switched on singly."""
    return [str(modules[name].label) for name in beyond(edition or scenario.edition, scenario.modules)]


def edition_label(scenario: Scenario, edition: str = "") -> str:
    """Return what an edition is called, together with the modules on top of it."""
    label, single = str(EDITION_LABELS[edition or scenario.edition]), single_labels(scenario, edition)
    return _("%(edition)s with %(modules)s") % {"edition": label, "modules": _(", ").join(single)} if single else label


def module_choices(scenario: Scenario) -> list[Told]:
    """Return the modules that an edition lacks, each with its price on top of it and whether it was chosen."""
    code = scenario.currency if scenario.currency in price_book()[scenario.edition] else "CNY"
    return [
        {
            "name": module.name,
            "label": str(module.label),
            "purpose": str(module.purpose),
            "is_chosen": module.name in scenario.modules,
            "price": f"+ {price:f} {code}" if (price := price_of_single(module.name, code)) else _("free"),
        }
        for module in modules
        if scenario.edition not in module.editions
    ]


def cheaper(scenario: Scenario) -> str:
    """Return that a larger edition costs no more than this one with what is on top of it; nothing when it costs more."""
    if not paid_singly(scenario.edition, scenario.modules) or scenario.hosting == "own":
        return ""
    users = users_by_year(scenario, means(ranges_of(scenario, assumptions())))[0]
    now = licence_of(users, brackets_of(scenario))
    for edition in EDITIONS[EDITIONS.index(scenario.edition) + 1 :]:
        if licence_of(users, brackets_of(scenario, edition=edition)) <= now:
            return _("The licence of the %(edition)s costs no more than this one with what is on top of it.") % {
                "edition": EDITION_LABELS[edition]
            }
    return ""


def cost_tiles(scenario: Scenario, found: Estimate) -> list[Told]:
    """Return the figures on top of the page."""
    currency = scenario.currency
    once = sum(found.one_off.values(), Decimal(0))
    return [
        {"label": _("A year, likely"), "value": f"{money(found.likely)} {currency}",
         "previous": _("between %(low)s and %(high)s") % {"low": money(found.low), "high": money(found.high)}},
        {"label": _("A head and year"), "value": f"{money(found.likely / scenario.headcount)} {currency}"},
        {"label": _("Once, to begin with"), "value": f"{money(once)} {currency}",
         "previous": _("then %(amount)s in the first year") % {"amount": money(found.running[0])}},
        {"label": ngettext("%(count)d year, in today's money", "%(count)d years, in today's money", scenario.years)
                  % {"count": scenario.years}, "value": f"{money(found.present_value)} {currency}"},
    ]  # fmt: skip


def parts_table(scenario: Scenario, found: Estimate) -> Told:
    """Return the parts by year, with what of them is paid once, and their average."""
    once, average = found.one_off, found.per_year
    return {
        "years": [_("Year %(number)s") % {"number": year + 1} for year in range(scenario.years)],
        "rows": [
            {
                "label": PART_LABELS[name],
                "years": [money(amount) for amount in amounts],
                "once": money(once[name]) if once.get(name) else "–",
                "average": money(average[name]),
            }
            for name, amounts in found.parts.items()
            if any(amounts)
        ],
        "nothing": [str(PART_LABELS[name]) for name, amounts in found.parts.items() if not any(amounts)],
        "totals": [money(amount) for amount in found.totals],
        "once": money(sum(once.values(), Decimal(0))),
        "average": money(found.likely),
    }


def reason(scenario: Scenario) -> str:
    """Return why this edition: the smallest that serves, or what speaks for another one."""
    smallest = recommended_edition(scenario.headcount)
    if smallest == scenario.edition:
        return str(
            {
                "basic": _("Up to about twenty people the basic edition has all that is needed, and nothing to study."),
                "standard": _("From about twenty people on, stages, approvals, rights and quotes save more than they cost."),
                "enterprise": _("From some hundreds on, connected systems, several companies and a cluster are worth their price."),
            }[smallest]
        )  # fmt: skip
    if EDITIONS.index(smallest) < EDITIONS.index(scenario.edition):
        return _("For this headcount the %(edition)s would do; choose the larger one for what it adds.") % {
            "edition": EDITION_LABELS[smallest]
        }
    return _("For this headcount the %(edition)s is meant; the smaller one will ask for work-arounds.") % {
        "edition": EDITION_LABELS[smallest]
    }


def others(scenario: Scenario) -> list[Told]:
    """Return the next smaller and larger edition with what they cost, beside the one at hand."""
    place = EDITIONS.index(scenario.edition)
    return [
        {
            "edition": edition,
            "label": edition_label(scenario, edition),
            "is_current": edition == scenario.edition,
            "average": money(average_of(replace(scenario, edition=edition))),
        }
        for edition in EDITIONS[max(0, place - 1) : place + 2]
    ]


def benefit_tiles(gained: Benefit, currency: str, scenario: Scenario) -> list[Told]:
    """Return whether it pays, and when."""
    return [
        {"label": _("Benefit a year, likely"), "value": f"{money(gained.likely)} {currency}",
         "previous": _("between %(low)s and %(high)s") % {"low": money(gained.low), "high": money(gained.high)}},
        {"label": _("Net present value"), "value": f"{money(gained.net_present_value)} {currency}",
         "previous": _("between %(low)s and %(high)s") % {"low": money(gained.net_low), "high": money(gained.net_high)}},
        {"label": _("Pays back after"), "value": payback_words(gained.payback_months, scenario.years)},
        {"label": _("Internal rate of return"), "value": rate_words(gained),
         "previous": _("pays in %(share)s of 100 cases") % {"share": round(gained.chance * 100)}},
    ]  # fmt: skip


def payback_words(months: int | None, years: int) -> str:
    """Return after how long the benefit has caught up with the costs."""
    if months is None:
        return ngettext("not within %(count)d year", "not within %(count)d years", years) % {"count": years}
    if months == 0:
        return _("at once")
    return ngettext("%(count)d month", "%(count)d months", months) % {"count": months}


def rate_words(gained: Benefit) -> str:
    """Return the internal rate of return, or why there is none."""
    if gained.rate is None:
        return _("none: it never pays") if sum(gained.flows, Decimal(0)) <= 0 else _("no single rate")
    if gained.rate > 10:
        return _("above 1,000 %")
    return f"{percent(gained.rate)} %"


def benefit_rows(scenario: Scenario, gained: Benefit) -> list[Told]:
    """Return each benefit with its formula, in words and in figures, and its range."""
    rows = []
    for effect in benefits():
        words, figures = formula_text(effect.formula, scenario)
        gain = gained.gains[effect.key]
        rows.append(
            {
                "label": word(effect.labels),
                "text": word(effect.text),
                "formula": words,
                "figures": figures,
                "low": money(gain.low),
                "likely": money(gain.per_year),
                "high": money(gain.high),
            }
        )
    return rows


def misfit_table(scenario: Scenario, found: Misfit) -> Told:
    """Return what an unsuitable edition costs, line by line."""
    by_key = {effect.key: effect for effect in misfits()}
    other = replace(scenario, edition=recommended_edition(scenario.headcount))
    rows = [
        {
            "label": word(by_key[key].labels),
            "text": word(by_key[key].text),
            "formula": formula_text(by_key[key].formula, other)[0],
            "amount": money(amount),
        }
        for key, amount in found.items.items()
    ]
    return {
        "title": (_("Too small: %(edition)s") if found.kind == TOO_SMALL else _("Too large: %(edition)s"))
        % {"edition": EDITION_LABELS[found.edition]},
        "rows": rows,
        "saved": money(found.saved) if found.saved else "",
        "total": money(found.net),
        "range": _("%(low)s to %(high)s before what is saved") % {"low": money(found.low), "high": money(found.high)},
    }


def offer_rows(scenario: Scenario) -> list[Told]:
    """Return our licence by edition and the list prices of other vendors, for the same users."""
    numbers = means(ranges_of(scenario, assumptions()))
    users = users_by_year(scenario, numbers)
    rise = [(1 + numbers["price_rise"]) ** year for year in range(scenario.years)]
    rate, ours = rate_of(scenario), []
    for edition in EDITIONS:
        brackets = brackets_of(scenario, edition=edition)
        by_year = [
            12 * licence_of(count, brackets) * (1 - numbers["licence_discount"]) * price * rate
            for count, price in zip(users, rise, strict=True)
        ]
        ours.append(
            {
                "name": edition_label(scenario, edition),
                "is_ours": True,
                "price": f"{money(by_year[0] / users[0] / 12)} {scenario.currency}",
                "date": dates()["price_book"],
                "source": _("Our own price book; on servers of your own the licence costs nothing."),
                "year": money(by_year[0]),
                "years": money(sum(by_year, Decimal(0))),
                "remark": "",
            }
        )
    theirs = [
        {
            "name": one.offer.name,
            "is_ours": False,
            "price": "–" if one.offer.price is None else f"{money(one.offer.price)} {one.offer.currency}",
            "date": one.offer.day.isoformat() if one.offer.day else "",
            "source": one.offer.source,
            "year": "–" if one.year is None else money(one.year),
            "years": "–" if one.years is None else money(one.years),
            "remark": one.remark,
        }
        for one in offers_of(scenario)
    ]
    return [*ours, *theirs]


def capacity_rows(needed: CapacityAnswer) -> Told:
    """Return the servers of one machine and of a cluster side by side, with what they rest on and what is unknown."""

    def cells(name: str, unit: str) -> list[str]:
        return [f"{getattr(one, name):,}{unit}" for one in (needed.single, needed.cluster)]

    return {
        "rows": [
            (_("Servers"), cells("nodes", "")),
            (_("Processor cores, together"), cells("cores", "")),
            (_("Memory, together"), cells("memory_gb", " GB")),
            (_("Storage, together"), cells("storage_gb", " GB")),
            (_("Backups"), cells("backup_gb", " GB")),
            (_("Each server"), [_each(needed.single), _each(needed.cluster)]),
        ],
        "basis": _("For %(users)s users. Measured on %(day)s on a machine with %(machine)s; “banyan bench --planner” measures yours.")
        % {"users": f"{needed.users:,}", "day": needed.day, "machine": needed.machine},
        "unknown": needed.unknown,
    }  # fmt: skip


def _each(found: Capacity) -> str:
    return _("%(cores)s cores, %(memory)s GB memory, %(storage)s GB storage") % {
        "cores": found.cores // found.nodes,
        "memory": found.memory_gb // found.nodes,
        "storage": f"{found.storage_gb // found.nodes:,}",
    }


def assumption_rows(scenario: Scenario, sent: Mapping[str, str], prefix: str) -> list[Told]:
    """Return every assumption with its usual range, its source and the input that replaces it, by what it belongs to."""
    return [
        {
            "key": key,
            "name": f"{prefix}{key}",
            "label": word(entry.labels),
            "part": str(PART_LABELS.get(entry.part, "")) or group_label(key),
            "unit": word(entry.unit.labels),
            "usual": ", ".join(plain(number) for number in ends(scenario, key)),
            "value": sent.get(f"{prefix}{key}", ""),
            "source": word(entry.source),
            "is_benefit": key in benefit_assumptions(),
        }
        for key, entry in all_assumptions().items()
    ]


def group_label(key: str) -> str:
    """Return what an assumption belongs to that is no part of the cost."""
    if key not in benefit_assumptions():
        return ""
    part = benefit_assumptions()[key].part
    named = {effect.key: word(effect.labels) for effect in benefits()}
    return named.get(part) or (_("Unsuitable edition") if part == "misfit" else _("Benefit"))


def ends(scenario: Scenario, key: str) -> tuple[Decimal, Decimal, Decimal]:
    """Return the usual range of an assumption in a scenario."""
    known = all_assumptions()[key].range_in(scenario)
    return known.low, known.likely, known.high


def percent(share: Decimal) -> str:
    """Return a share as a percent without the sign."""
    return plain(round(share * 100, 1))


def plain(number: Decimal) -> str:
    """Return a number without zeros at its end."""
    return f"{number.normalize():f}"
