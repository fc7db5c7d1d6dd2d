"""Who may get records, in forms and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from banyan.core.business_rules.assignment_rules import TAKERS, Taker
from banyan.core.business_rules.choices import TakerKind, Way
from banyan.core.business_rules.models import AssignmentEntry
from banyan.core.business_rules.presence import AWAY, FULL, INACTIVE, OFF_DUTY, PAUSED, UNSKILLED
from banyan.core.kernel.ids import parse_id
from banyan.core.web.sharing import grantee_label

TAKER, WEIGHT = "taker", "weight"
EMPTY_ROWS = 2


def why_text(why: str) -> str:
    """Return why somebody was passed over."""
    return {
        AWAY: _("away"),
        OFF_DUTY: _("outside working hours"),
        FULL: _("has enough open records"),
        PAUSED: _("takes nothing at present"),
        INACTIVE: _("deactivated"),
        UNSKILLED: _("without the skill"),
    }.get(why, why)


def sent_takers(sent: QueryDict) -> list[Taker]:
    """Return the takers that a form sent, each once."""
    found: dict[str, Taker] = {}
    for value, weight in zip(sent.getlist(TAKER), sent.getlist(WEIGHT), strict=False):
        kind, _mark, text = value.partition(":")
        pk = parse_id(text)
        if pk is not None:
            number = int(weight) if weight.isascii() and weight.isdecimal() and len(weight) < 5 else 0
            found.setdefault(value, Taker(kind, pk, number if weight else 1))
    return list(found.values())


def names_of_takers(takers: Sequence[Taker]) -> dict[str, str]:
    """Return what takers are called, by how forms send them; those that are gone are left out."""
    found: dict[str, str] = {}
    for kind, model in TAKERS.items():
        ids = [taker.id for taker in takers if taker.kind == kind]
        names = dict(model._default_manager.filter(pk__in=ids).values_list("pk", "name")) if ids else {}  # noqa: SLF001
        found |= {f"{kind}:{pk}": grantee_label(kind, name) for pk, name in names.items()}
    return found


def takers_of(entry: AssignmentEntry) -> list[Taker]:
    """Return the takers of an entry."""
    return [
        Taker(taker["kind"], pk, int(taker.get("weight") or 1))
        for taker in entry.takers
        if taker.get("kind") in TakerKind.values and (pk := parse_id(taker.get("id"))) is not None
    ]


def taker_rows(takers: Sequence[Taker]) -> list[dict[str, Any]]:
    """Return the rows of the form: a chosen taker with its weight, and some that are empty."""
    names = names_of_takers(takers)
    rows = [
        {"value": key, "label": names[key], "weight": taker.weight}
        for taker in takers
        if (key := f"{taker.kind}:{taker.id}") in names
    ]
    return [*rows, *({"value": "", "label": "", "weight": 1} for _row in range(max(EMPTY_ROWS, 3 - len(rows))))]


def entry_in_words(entry: AssignmentEntry, labels: Mapping[str, str]) -> str:
    """Return to whom an entry gives records; ``labels`` are those of the object's fields."""
    takers = takers_of(entry)
    names = names_of_takers(takers)
    shown = [
        f"{names[key]} ×{taker.weight}" if entry.way == Way.WEIGHTED else names[key]
        for taker in takers
        if (key := f"{taker.kind}:{taker.id}") in names
    ]
    parts = [str(Way(entry.way).label)]
    if entry.link:
        parts.append(labels.get(entry.link, entry.link))
    if entry.skill_field:
        parts.append(labels.get(entry.skill_field, entry.skill_field))
    if shown:
        parts.append(_(", ").join(shown))
    if entry.most_open is not None:
        parts.append(_("at most %(count)d open each") % {"count": entry.most_open})
    return " · ".join(parts)
