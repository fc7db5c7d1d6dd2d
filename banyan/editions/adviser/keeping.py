"""Advice that an organization keeps: whoever asked for it finds it again, administrators find all, and today's is compared."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, Invalid, Missing, NotAllowed
from banyan.editions.adviser.advising import Advice, advise
from banyan.editions.adviser.answers import plain_answers, read_answers
from banyan.editions.models import KeptAdvice

MOST_KEPT = 200
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Compared:
    """What was advised then beside what is advised today for the same answers, or for those of the newest advice."""

    row: KeptAdvice
    today: Advice
    came: tuple[str, ...]
    went: tuple[str, ...]


def visible(actor: Actor) -> QuerySet[KeptAdvice]:
    """Return the advice that somebody may see: administrators all, others what they kept themselves."""
    rows = KeptAdvice.objects.select_related("kept_by")
    return rows if actor.has(Ability.MANAGE_ORGANIZATION) else rows.filter(kept_by_id=actor.user_id)


def find_kept(actor: Actor, advice_id: uuid.UUID) -> KeptAdvice:
    """Return a kept advice; raise ``Missing``."""
    row = visible(actor).filter(pk=advice_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such advice; it may have been removed."))
    return row


def keep(actor: Actor, advice: Advice) -> KeptAdvice:
    """Keep an advice; the same answers of the same person are kept once, as of today.

    Raises ``Conflict`` when too many are kept.
    """
    answers = plain_answers(advice.given)
    row = KeptAdvice.objects.filter(kept_by_id=actor.user_id, answers=answers).first()
    if row is None:
        if KeptAdvice.objects.count() >= MOST_KEPT:
            message = _("%(most)d advices are kept already; remove one first.") % {"most": MOST_KEPT}
            raise Conflict("too_many", message)
        row = KeptAdvice(organization=actor.organization, answers=answers, kept_by=actor.user)
    row.edition, row.modules, row.currency = advice.choice.edition, sorted(advice.needed), advice.currency
    row.low, row.likely, row.high = (
        amount.quantize(CENT) for amount in (advice.low, advice.estimate.likely, advice.high)
    )
    row.kept_at = now()
    row.save()
    return row


def remove(actor: Actor, row: KeptAdvice) -> None:
    """Remove a kept advice; its author and administrators may."""
    if row.kept_by_id != actor.user_id and not actor.has(Ability.MANAGE_ORGANIZATION):
        raise NotAllowed("not_yours", _("Only who kept it or an administrator may remove this advice."))
    row.delete()


def compare(row: KeptAdvice, other: Mapping[str, Any] | None = None) -> Compared:
    """Return a kept advice beside that of today, for the same answers or for ``other`` ones.

    Raises ``Invalid`` where the questions have changed so that the answers are none any more.
    """
    today = advise(read_answers(row.answers if other is None else other))
    then, needed = set(row.modules), set(today.needed)
    return Compared(row, today, tuple(sorted(needed - then)), tuple(sorted(then - needed)))


def changed_answers(row: KeptAdvice, other: KeptAdvice) -> list[str]:
    """Return the questions that two kept advices answer differently."""
    keys = dict.fromkeys([*row.answers, *other.answers])
    return [key for key in keys if row.answers.get(key) != other.answers.get(key)]


def readable(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers as they are understood today; nothing of those that are none any more."""
    found: dict[str, Any] = {}
    for key, value in answers.items():
        try:
            found.update(read_answers({key: value}))
        except Invalid:
            continue
    return found
