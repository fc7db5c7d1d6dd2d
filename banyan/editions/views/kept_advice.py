"""Advice that the organization keeps: keeping it, finding it again, and what would be advised today."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import Invalid
from banyan.core.kernel.languages import written_instant
from banyan.core.objects.modules import modules
from banyan.core.web.answers import page
from banyan.core.web.menu import leave_message
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in
from banyan.editions.adviser.advising import Advice, advise
from banyan.editions.adviser.answers import answers_in_query, query_of, read_answers, said
from banyan.editions.adviser.keeping import (
    Compared,
    changed_answers,
    compare,
    find_kept,
    keep,
    readable,
    remove,
    visible,
)
from banyan.editions.adviser.loading import questions
from banyan.editions.adviser.telling import tell
from banyan.editions.adviser.telling_money import amount_text
from banyan.editions.choices import EDITION_LABELS
from banyan.editions.cost.wording import word
from banyan.editions.models import KeptAdvice
from banyan.editions.views.adviser import HOME, RESULT

KEPT = f"{HOME}/kept"


@signed_in("GET")
def kept(request: SignedInRequest) -> HttpResponse:
    """List the advice that was kept, the newest first."""
    actor = request.actor
    rows = list(visible(actor))
    context = {
        "rows": [
            _row(actor, row, rows[place + 1] if place + 1 < len(rows) else None) for place, row in enumerate(rows)
        ],
        "is_all": actor.has(Ability.MANAGE_ORGANIZATION),
        "ask_url": HOME,
    }
    return page(request, "editions/kept_advice.html", context)


@signed_in("POST")
def keep_advice(request: SignedInRequest) -> HttpResponse:
    """Keep the advice for the answers of an address."""
    given = read_answers(answers_in_query(QueryDict(request.POST.get("query", ""))))
    row = keep(request.actor, advise(given))
    leave_message(request, _("The advice is kept. You can compare it with that of a later day."))
    return HttpResponseRedirect(f"{KEPT}/{row.pk}", status=303)


@signed_in("GET")
def compared(request: SignedInRequest, advice_id: uuid.UUID) -> HttpResponse:
    """Show what was advised then beside what is advised today, for the same answers or for those of another advice."""
    actor = request.actor
    row = find_kept(actor, advice_id)
    other = _other(actor, request.GET.get("with", ""))
    context: dict[str, Any] = {
        "row": _row(actor, row, None),
        "others": [
            {"id": each.pk, "label": _label(actor, each), "is_chosen": other is not None and each.pk == other.pk}
            for each in visible(actor) if each.pk != row.pk
        ],
        "answers": _answers(row, other),
        "url": f"{KEPT}/{row.pk}",
        "kept_url": KEPT,
        "today": None,
    }  # fmt: skip
    try:
        context |= _beside(compare(row, other.answers if other is not None else None))
    except Invalid:
        context["problem"] = _("The questions have changed since: today these answers say nothing. Answer them anew.")
        context["result_url"] = f"{HOME}?{query_of(readable(row.answers))}"
    return page(request, "editions/kept_advice_compared.html", context)


@signed_in("POST")
def remove_advice(request: SignedInRequest, advice_id: uuid.UUID) -> HttpResponse:
    """Remove a kept advice."""
    remove(request.actor, find_kept(request.actor, advice_id))
    leave_message(request, _("The advice is removed."))
    return HttpResponseRedirect(KEPT, status=303)


def _other(actor: Actor, text: str) -> KeptAdvice | None:
    try:
        return find_kept(actor, uuid.UUID(text)) if text else None
    except ValueError:
        return None


def _at(actor: Actor, row: KeptAdvice) -> str:
    return written_instant(row.kept_at.astimezone(ZoneInfo(actor.time_zone)), actor.language)


def _label(actor: Actor, row: KeptAdvice) -> str:
    return f"{_at(actor, row)} · {EDITION_LABELS.get(row.edition, row.edition)}"


def _row(actor: Actor, row: KeptAdvice, before: KeptAdvice | None) -> dict[str, Any]:
    return {
        "id": row.pk,
        "url": f"{KEPT}/{row.pk}",
        "at": _at(actor, row),
        "by": row.kept_by.name if row.kept_by else "",
        "edition": str(EDITION_LABELS.get(row.edition, row.edition)),
        "headcount": row.answers.get("headcount", ""),
        "count": len(row.modules),
        "likely": amount_text(row.likely, row.currency),
        "range": f"{amount_text(row.low, row.currency)} – {amount_text(row.high, row.currency)}",
        "changed": _(", ").join(word(questions()[key].label) for key in changed_answers(row, before) if key in questions())
        if before is not None else "",
        "remove_url": f"{KEPT}/{row.pk}/remove",
    }  # fmt: skip


def _beside(found: Compared) -> dict[str, Any]:
    """Return what is advised today, and how that differs."""
    today, row = found.today, found.row
    is_same_currency = today.currency == row.currency
    difference = today.estimate.likely - row.likely
    return {
        "today": {
            "edition": tell(today)["edition"]["label"],
            "likely": amount_text(today.estimate.likely, today.currency),
            "range": f"{amount_text(today.low, today.currency)} – {amount_text(today.high, today.currency)}",
            "count": len(today.needed),
            "difference": _difference(difference, row.likely, today) if is_same_currency else "",
        },
        "came": _labels(found.came),
        "went": _labels(found.went),
        "is_same": not found.came and not found.went and today.choice.edition == row.edition,
        "result_url": f"{RESULT}?{query_of(today.given)}",
    }


def _difference(difference: Decimal, before: Decimal, today: Advice) -> str:
    if abs(difference) < 1:
        return _("as then")
    share = round(difference * 100 / before) if before else 0
    sign = "+" if difference > 0 else "−"
    return f"{sign}{amount_text(abs(difference), today.currency)} ({share:+d} %)"


def _labels(names: tuple[str, ...]) -> list[dict[str, str]]:
    known = [name for name in names if name in modules]
    return [{"label": str(modules[name].label), "purpose": str(modules[name].purpose)} for name in known]


def _answers(row: KeptAdvice, other: KeptAdvice | None) -> list[dict[str, Any]]:
    """Return the answers in words, with those of another advice beside them where that is compared with."""
    then, later = readable(row.answers), readable(other.answers) if other is not None else {}
    return [
        {
            "label": word(question.label),
            "then": said(question, then[key]) if key in then else "–",
            "later": said(question, later[key]) if key in later else "–",
            "is_changed": other is not None and then.get(key) != later.get(key),
        }
        for key, question in questions().items()
        if key in then or key in later
    ]
