"""The advice in words: one document of plain values, of which page, paper, workbook, interface and command line are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from banyan.core.configuration.documents import words_of
from banyan.core.configuration.templates import IndustryTemplate
from banyan.core.objects.modules import modules
from banyan.editions.adviser import rules
from banyan.editions.adviser.advising import Advice, known_modules
from banyan.editions.adviser.answers import plain_answers, query_of, said
from banyan.editions.adviser.conditions import holds
from banyan.editions.adviser.loading import days, gaps, judgements, module_reasons, questions, read, steps
from banyan.editions.adviser.rules import Verdict
from banyan.editions.adviser.telling_money import (
    assumptions_of,
    benefit_of,
    comparison_of,
    cost_of,
    figures_of,
    servers_of,
    told_amount,
)
from banyan.editions.choices import EDITION_LABELS
from banyan.editions.cost.loading import EDITIONS, single_prices
from banyan.editions.cost.loading import dates as cost_dates
from banyan.editions.cost.mixtures import first_edition, price_of_single
from banyan.editions.cost.wording import word

VERSION = 1
Json = dict[str, Any]


def tell(advice: Advice) -> Json:
    """Return the advice as a document in the reader's language; amounts are texts, with their numbers beside."""
    return {
        "version": VERSION,
        "answers": plain_answers(advice.given),
        "address": f"/adviser/result?{query_of(advice.given)}",
        "answered": _answered(advice),
        "open": [_open_question(advice, each.question, each.by) for each in advice.narrowing],
        "contradictions": [_judgement(entry) for entry in advice.contradictions],
        "edition": _edition(advice),
        "modules": tell_modules(advice.verdicts),
        "process": _process(advice.template, advice.needed),
        "roll_out": _roll_out(advice),
        "training": _training(advice),
        "cost": cost_of(advice),
        "benefit": benefit_of(advice),
        "servers": servers_of(advice),
        "comparison": comparison_of(advice),
        "risks": [
            *[{"text": text, "way_out": ""} for text in _gaps(advice)],
            *[_judgement(each) for each in advice.risks],
        ],
        "figures": figures_of(advice),
        "assumptions": assumptions_of(advice),
        "dates": {**days(), **cost_dates()},
    }


def _answered(advice: Advice) -> list[Json]:
    return [
        {
            "step": word(step.label),
            "questions": [
                {
                    "key": question.key,
                    "label": word(question.label),
                    "answer": said(question, advice.given[question.key]) if question.key in advice.given else "",
                }
                for question in step.questions
            ],
        }
        for step in steps()
    ]


def _open_question(advice: Advice, key: str, by: Decimal) -> Json:
    question = questions()[key]
    return {"key": key, "step": question.step, "label": word(question.label), "why": word(question.why),
            "narrows_by": told_amount(by, advice.currency)}  # fmt: skip


def _judgement(entry: Mapping[str, Any]) -> Json:
    return {"key": entry["key"], "about": list(entry.get("about", ())), "text": word(entry["text"]),
            "way_out": word(entry["way_out"])}  # fmt: skip


def _edition(advice: Advice) -> Json:
    edition, choice = advice.choice.edition, advice.choice
    reasons = [
        word(reason["text"]) if holds(reason["when"], advice.given) else _("%(reason)s (Assumed as long as it is not answered.)")
        % {"reason": word(reason["text"])}
        for reason in rules.reasons_for(advice.given, edition)
    ]  # fmt: skip
    known = {module.name: module for module in known_modules()}
    larger_for = [
        name for name in advice.needed
        if known[name].editions and known[name].is_paid
        and min(map(EDITIONS.index, known[name].editions)) == EDITIONS.index(edition) > 0
    ]  # fmt: skip
    if larger_for:
        labels = _(", ").join(str(modules[name].label) for name in larger_for)
        reasons.append(
            _("It has what is needed and what the smaller edition lacks: %(modules)s.") % {"modules": labels}
        )
    single = [str(modules[name].label) for name in advice.scenario.modules]
    if not reasons:
        reasons.append(_("Nothing in the answers asks for a larger one."))
    if single:
        message = _("Switched on singly, on top of it: %(modules)s. That costs less than the next larger edition.")
        reasons.append(message % {"modules": _(", ").join(single)})
    return {
        "key": edition,
        "label": _("%(edition)s with %(modules)s")
        % {"edition": EDITION_LABELS[edition], "modules": _(", ").join(single)}
        if single
        else str(EDITION_LABELS[edition]),
        "single_modules": [
            {"name": name, "label": str(modules[name].label), "price": _single_price(name, advice.currency)}
            for name in advice.scenario.modules
        ],
        "because": reasons,
        "for": [word(text) for text in read("editions")["for"][edition]],
        "against": [word(text) for text in read("editions")["against"][edition]],
        "possible": [str(EDITION_LABELS[each]) for each in choice.possible] if len(choice.possible) > 1 else [],
        "grows_to": _grows_to(advice),
    }


def _single_price(name: str, currency: str) -> str:
    """Return what a module costs on top of an edition, in a currency of the price book."""
    code = currency if currency in single_prices()[first_edition(name)] else "CNY"
    return _("%(price)s %(currency)s a user and month") % {
        "price": f"{price_of_single(name, code):f}",
        "currency": code,
    }


def _grows_to(advice: Advice) -> str:
    """Return which edition fits in three years, if it is another one."""
    later = advice.given.get("headcount_later")
    if not later:
        return ""
    then = rules.choose_edition({**advice.given, "headcount": later}, known_modules()).edition
    if then == advice.choice.edition:
        return ""
    return _("With %(heads)s people in three years the %(edition)s will fit; it is switched on in place, and no data moves.") % {
        "heads": f"{later:,}", "edition": EDITION_LABELS[then]
    }  # fmt: skip


def tell_modules(verdicts: Iterable[Verdict]) -> dict[str, list[Json]]:
    """Return the modules by verdict, each with what speaks for and against it or why it is not needed."""
    found: dict[str, list[Json]] = {rules.NEEDED: [], rules.OPEN: [], rules.NOT_NEEDED: []}
    for verdict in verdicts:
        module, entry = modules[verdict.module], module_reasons().get(verdict.module)
        row = {"name": module.name, "label": str(module.label), "purpose": str(module.purpose)}
        if verdict.state == rules.NEEDED:
            row["for"] = word(entry.pro) if entry else str(module.purpose)
            row["against"] = word(entry.contra) if entry else ""
            if verdict.because:
                labels = _(", ").join(str(modules[name].label) for name in verdict.because)
                row["because"] = _("Needed by: %(modules)s") % {"modules": labels}
        elif verdict.state == rules.OPEN:
            asked = _("; ").join(word(questions()[key].label) for key in verdict.asks)
            row["for"] = word(entry.pro) if entry else str(module.purpose)
            row["because"] = _("Hangs on: %(questions)s") % {"questions": asked} if asked else _("Decide for yourself.")
        else:
            row["because"] = word(entry.not_needed) if entry else ""
        found[verdict.state].append(row)
    return found


def _process(template: IndustryTemplate | None, needed: Iterable[str]) -> Json:
    """Return the proposed processes: those of the industry, and those of needed modules beside selling."""
    told = _process_of_industry(template)
    wanted = set(needed)
    beside = [
        {"name": word(entry["name"]),
         "stages": [{"name": word(stage["name"]), "probability": None, "stale_days": None, "outcome": "open"}
                    for stage in entry["stages"]]}
        for entry in judgements()["processes"] if entry["module"] in wanted
    ]  # fmt: skip
    return {**told, "processes": [*told["processes"], *beside]}


def _process_of_industry(template: IndustryTemplate | None) -> Json:
    language = get_language() or "en"
    if template is None:
        usual = judgements()["process"]
        stages = [
            {"name": word(stage["name"]), "probability": stage["probability"], "stale_days": stage.get("stale_days"),
             "outcome": stage.get("outcome", "open")}
            for stage in usual["stages"]
        ]  # fmt: skip
        return {"template": "", "processes": [{"name": word(usual["name"]), "stages": stages}], "records": []}
    document = template.document(language)
    entries = document.entries
    processes = []
    for key, pipeline in entries.get("pipelines", {}).items():
        rows = [stage for stage in entries.get("stages", {}).values() if stage["pipeline"] == key]
        stages = [
            {"name": stage["name"], "probability": stage.get("probability"), "stale_days": stage.get("stale_days"),
             "outcome": stage.get("outcome", "open")}
            for stage in sorted(rows, key=lambda stage: stage.get("position", 0))
        ]  # fmt: skip
        processes.append({"name": pipeline["name"], "stages": stages})
    for name, entry in entries.get("objects", {}).items():
        options = entries.get("pick_lists", {}).get(f"{name}.status", {}).get("options", [])
        stages = [
            {"name": words_of(option["label"], language), "probability": None, "stale_days": None, "outcome": "open"}
            for option in options
        ]
        if stages:
            processes.append({"name": words_of(entry["label"], language), "stages": stages})
    records = [
        {"label": words_of(entry["label"], language), "purpose": words_of(entry.get("description", ""), language)}
        for entry in entries.get("objects", {}).values()
    ]
    roles = [entry["name"] for entry in entries.get("roles", {}).values()]
    return {"template": words_of(document.name, language), "description": words_of(document.description, language),
            "processes": processes, "records": records, "roles": roles}  # fmt: skip


def _roll_out(advice: Advice) -> Json:
    texts = {entry["key"]: entry for entry in judgements()["rollout"]}
    phases = [
        {
            "key": phase.key,
            "label": word(texts[phase.key]["label"]),
            "text": word(texts[phase.key]["text"]),
            "from_week": phase.first_week,
            "to_week": phase.last_week,
            "weeks": _weeks(phase.first_week, phase.last_week),
        }
        for phase in advice.phases
    ]
    return {"phases": phases, "weeks": advice.phases[-1].last_week if advice.phases else 0}


def _weeks(first: int, last: int) -> str:
    if first == last:
        return _("Week %(number)d") % {"number": first}
    return _("Weeks %(first)d to %(last)d") % {"first": first, "last": last}


def _training(advice: Advice) -> Json:
    texts = {entry["key"]: entry for entry in judgements()["training"]}
    rows = [
        {"key": course.key, "label": word(texts[course.key]["label"]), "text": word(texts[course.key]["text"]),
         "people": course.people, "hours": f"{course.hours.normalize():f}"}
        for course in advice.courses
    ]  # fmt: skip
    hours = sum((course.people * course.hours for course in advice.courses), Decimal(0))
    return {"roles": rows, "hours": f"{hours.normalize():,f}", "people": advice.users}


def _gaps(advice: Advice) -> list[str]:
    """Return what the answers ask for and this installation has no module for."""
    facts = rules.filled(advice.given, rules.End.LIKELY)
    return [
        word(gap["text"])
        for gap in gaps()
        if rules.judged(gap["when"], facts, rules.End.LIKELY) and not any(name in modules for name in gap["modules"])
    ]
