"""What advice says of money: what it costs and brings, on which servers, and what else there is to choose."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.objects.modules import modules
from banyan.editions.adviser.advising import Advice, Alternative
from banyan.editions.adviser.loading import judgements, questions, read
from banyan.editions.choices import EDITION_LABELS, PART_LABELS
from banyan.editions.cost.answers import formula_text
from banyan.editions.cost.benefit import TOO_SMALL
from banyan.editions.cost.loading import all_assumptions, assumptions, benefits, misfits
from banyan.editions.cost.model import ranges_of
from banyan.editions.cost.wording import word

Json = dict[str, Any]


def amount_text(amount: Decimal, currency: str) -> str:
    """Return an amount as people read it: without cents from a hundred on."""
    return f"{amount:,.0f} {currency}" if abs(amount) >= 100 or not amount else f"{amount:,.2f} {currency}"


def told_amount(amount: Decimal, currency: str) -> Json:
    """Return an amount as a number and as people read it."""
    return {"value": float(amount), "text": amount_text(amount, currency)}


def cost_of(advice: Advice) -> Json:
    """Return what it costs: by part and year, with its range."""
    found, currency = advice.estimate, advice.currency
    return {
        "currency": currency,
        "hosting": advice.scenario.hosting,
        "hosting_label": _hosting(advice.scenario.hosting),
        "low": told_amount(advice.low, currency),
        "likely": told_amount(found.likely, currency),
        "high": told_amount(advice.high, currency),
        "answered_low": told_amount(found.low, currency),
        "answered_high": told_amount(found.high, currency),
        "per_head": told_amount(found.likely / advice.scenario.headcount, currency),
        "present_value": told_amount(found.present_value, currency),
        "years": [told_amount(total, currency) for total in found.totals],
        "parts": [
            {
                "key": name,
                "label": str(PART_LABELS[name]),
                "formula": word(judgements()["formulas"][name]),
                "years": [told_amount(amount, currency) for amount in amounts],
                "average": told_amount(found.per_year[name], currency),
            }
            for name, amounts in found.parts.items()
        ],
    }


def benefit_of(advice: Advice) -> Json:
    """Return what it brings: each gain with its formula in words and in figures, and when it has paid back."""
    found, currency = advice.benefit, advice.currency
    gains = []
    for effect in benefits():
        gain = found.gains[effect.key]
        words, figures = formula_text(effect.formula, advice.scenario)
        gains.append(
            {
                "key": effect.key,
                "label": word(effect.labels),
                "text": word(effect.text),
                "low": told_amount(gain.low, currency),
                "likely": told_amount(gain.per_year, currency),
                "high": told_amount(gain.high, currency),
                "formula": words,
                "with_figures": figures,
            }
        )
    months = found.payback_months
    return {
        "low": told_amount(found.low, currency),
        "likely": told_amount(found.likely, currency),
        "high": told_amount(found.high, currency),
        "net_present_value": told_amount(found.net_present_value, currency),
        "net_low": told_amount(found.net_low, currency),
        "net_high": told_amount(found.net_high, currency),
        "rate": None if found.rate is None else float(found.rate),
        "rate_text": "" if found.rate is None else f"{found.rate * 100:,.0f} %",
        "payback_months": months,
        "payback_text": _payback(months, advice.scenario.years),
        "chance": float(found.chance),
        "chance_text": f"{found.chance * 100:.0f} %",
        "gains": gains,
    }


def _payback(months: int | None, years: int) -> str:
    if months is None:
        return _("Not within %(years)d years") % {"years": years}
    return ngettext("After %(months)d month", "After %(months)d months", months) % {"months": months}


def servers_of(advice: Advice) -> Json:
    """Return the servers of the capacity planner, on one machine or as a cluster, and what is not known."""
    found = advice.capacity
    needed = found.cluster if advice.scenario.has_failover else found.single
    return {
        "nodes": needed.nodes,
        "cores": needed.cores,
        "memory_gb": needed.memory_gb,
        "storage_gb": needed.storage_gb,
        "backup_gb": needed.backup_gb,
        "text": ngettext(
            "%(cores)d cores, %(memory)d GB memory, %(storage)s GB storage and %(backup)s GB backup on %(nodes)d machine",
            "%(cores)d cores, %(memory)d GB memory, %(storage)s GB storage and %(backup)s GB backup on %(nodes)d machines",
            needed.nodes,
        )
        % {"nodes": needed.nodes, "cores": needed.cores, "memory": needed.memory_gb,
           "storage": f"{needed.storage_gb:,}", "backup": f"{needed.backup_gb:,}"},
        "measured": _("From measurements of %(day)s on: %(machine)s.") % {"day": found.day, "machine": found.machine},
        "unknown": found.unknown,
    }  # fmt: skip


def _hosting(key: str) -> str:
    return word(questions()["hosting"].options[key])


def comparison_of(advice: Advice) -> list[Json]:
    """Return the other choices: the next smaller and larger, the other hosting, and spreadsheets."""
    rows = [_alternative(advice, each) for each in advice.alternatives]
    sheets = judgements()["spreadsheets"]
    will_do = advice.scenario.headcount <= sheets["upto"]
    rows.append(
        {
            "key": "spreadsheets",
            "label": _("Staying on spreadsheets"),
            "average": told_amount(Decimal(0), advice.currency),
            "difference": told_amount(-advice.estimate.likely, advice.currency),
            "besides": told_amount(advice.benefit.likely, advice.currency),
            "items_label": _("Besides, a year:"),
            "items": [
                _("The benefit that does not come: %(amount)s a year")
                % {"amount": amount_text(advice.benefit.likely, advice.currency)}
            ],
            "for": [word(text) for text in sheets["for"]],
            "against": [word(text) for text in sheets["against"]],
            "verdict": _("For so few people it may do for now.") if will_do else "",
        }
    )
    return rows


def _alternative(advice: Advice, other: Alternative) -> Json:
    edition = other.scenario.edition
    pros = [word(text) for text in read("editions")["for"][edition]]
    cons = [word(text) for text in read("editions")["against"][edition]]
    label = str(EDITION_LABELS[edition])
    lacks = other.misfit is not None and other.misfit.kind == TOO_SMALL
    if other.key == "hosting":
        label = _hosting(other.scenario.hosting)
        pros, cons = (
            [word(text) for text in read("editions")[side][other.scenario.hosting]] for side in ("for", "against")
        )
    if other.lacks and other.singly is not None:
        amount = amount_text(other.singly, advice.currency)
        cons = [_("With all of that switched on singly it comes to %(amount)s a year.") % {"amount": amount}, *cons]
        names = _(", ").join(str(modules[name].label) for name in other.lacks)
        cons = [_("Lacks what is needed: %(modules)s.") % {"modules": names}, *cons]
    return {
        "key": other.key,
        "label": label,
        "average": told_amount(other.average, advice.currency),
        "difference": told_amount(other.average - advice.estimate.likely, advice.currency),
        "besides": told_amount(other.misfit.total if lacks and other.misfit else Decimal(0), advice.currency),
        "items_label": _("Besides, a year:") if lacks else _("Of it for nothing, a year:"),
        "items": _misfit_items(other, advice.currency),
        "for": pros,
        "against": cons,
        "verdict": "",
    }


def _misfit_items(other: Alternative, currency: str) -> list[str]:
    """Return what an edition costs that does not fit, beside its price; what hardly counts is left out."""
    if other.misfit is None:
        return []
    labels = {effect.key: word(effect.labels) for effect in misfits()}
    return [
        f"{labels[key]}: {amount_text(amount, currency)}" for key, amount in other.misfit.items.items() if amount >= 1
    ]


def figures_of(advice: Advice) -> list[Json]:
    """Return the figures of the advice beside the cost's parts, each with how it is made."""
    formulas, scenario, currency = judgements()["formulas"], advice.scenario, advice.currency
    share = ranges_of(scenario, assumptions())["user_share"]
    hours = sum((course.people * course.hours for course in advice.courses), Decimal(0))
    rows = (
        ("users", _("Users in the first year"), f"{advice.users:,}",
         f"{scenario.headcount:,} × ({share.low} + {share.likely} + {share.high}) ÷ 3"),
        ("likely", _("Cost of a year, likely"), amount_text(advice.estimate.likely, currency),
         f"{amount_text(sum(advice.estimate.totals, Decimal(0)), currency)} ÷ {scenario.years}"),
        ("range", _("Range of a year"), f"{amount_text(advice.low, currency)} – {amount_text(advice.high, currency)}", ""),
        ("weeks", _("Weeks of the roll-out"), f"{advice.phases[-1].last_week if advice.phases else 0}", ""),
        ("training_hours", _("Hours of training, all people"), f"{hours.normalize():,f}",
         " + ".join(f"{course.people} × {course.hours.normalize():f}" for course in advice.courses)),
    )  # fmt: skip
    return [
        {"key": key, "label": label, "value": value, "formula": word(formulas[key]), "with_figures": figures}
        for key, label, value, figures in rows
    ]


def assumptions_of(advice: Advice) -> list[Json]:
    """Return every assumption of the cost with its range in the recommended edition, and where it comes from."""
    known = ranges_of(advice.scenario, all_assumptions())
    return [
        {
            "key": key,
            "label": word(entry.labels),
            "unit": word(entry.unit.labels),
            "low": f"{known[key].low.normalize():f}",
            "likely": f"{known[key].likely.normalize():f}",
            "high": f"{known[key].high.normalize():f}",
            "source": word(entry.source),
        }
        for key, entry in all_assumptions().items()
        if entry.part != "misfit"
    ]
