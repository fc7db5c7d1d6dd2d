"""Choosing a linked record or a person while typing."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from banyan.core.access.actor import Actor
from banyan.core.identity.models import User
from banyan.core.kernel.text import pinyin
from banyan.core.kernel.text.folding import letters_and_digits
from banyan.core.kernel.text.tokens import rank_key
from banyan.core.listing.fields import open_fields
from banyan.core.listing.filters import Node
from banyan.core.listing.labels import title_of
from banyan.core.listing.query import ListRequest, list_rows
from banyan.core.objects.kinds import USER
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.search.finding import Hit, best_hits, subtitles_of

MOST_SETTINGS = 500


def pick(actor: Actor, target: str, text: str = "", limit: int = 20, *, within: Node | None = None) -> list[Hit]:
    """Return what a link to ``target`` (an object's name, or ``user``) may point to, the likeliest first.

    Without text these are the first of the usual order, for people the actor and then everybody by name.
    ``within`` is a filter for records, such as the contacts of one customer. People who have left are
    not offered. An unknown target gives nothing; raises ``Invalid`` for a wrong filter.
    """
    if target == USER:
        return _people(actor, text, limit)
    spec = specs_for(actor.organization).get(target)
    if spec is None:
        return []
    if spec.is_setting:
        return _among_few(actor, spec, text, limit=limit, within=within)
    if text.strip():
        return best_hits(actor, [spec], text, limit=limit, within=within)
    return _first(actor, spec, ListRequest(filter=within, limit=limit))


def _among_few(actor: Actor, spec: ObjectSpec, text: str, *, limit: int, within: Node | None) -> list[Hit]:
    """Look through the organization's set-up, which is small and in an order of its own."""
    hits = _first(actor, spec, ListRequest(filter=within, limit=MOST_SETTINGS))
    wanted = letters_and_digits(text)
    return [hit for hit in hits if not wanted or _sounds_like(hit.title, wanted)][:limit]


def _first(actor: Actor, spec: ObjectSpec, request: ListRequest) -> list[Hit]:
    title = (spec.title,) if spec.title in open_fields(actor, spec) else ()
    rows = list_rows(actor, spec, replace(request, columns=("number", *title))).rows
    subtitles = subtitles_of(actor, [(spec, [row["id"] for row in rows])])
    return [
        Hit(
            object=spec.name,
            id=row["id"],
            title=title_of(spec, row.get(spec.title, ""), row["number"]),
            subtitle=subtitles.get(row["id"], ""),
            number=row["number"],
            score=0.0,
        )
        for row in rows
    ]


def _people(actor: Actor, text: str, limit: int) -> list[Hit]:
    """Look through all people in Python: they are few, and pinyin then needs no columns of its own."""
    everybody = User.objects.filter(is_active=True).order_by()
    wanted = letters_and_digits(text)
    ranked = []
    for pk, name, email, department in everybody.values_list("pk", "name", "email", "department__name"):
        if not wanted or _sounds_like(name, wanted) or wanted in letters_and_digits(email):
            is_first = not wanted and pk == actor.user_id
            place = rank_key(name, text) if wanted else (0, 0, _sounds(name)[-1])
            ranked.append((not is_first, place, Hit(USER, pk, name, department or email, "", 0.0)))
    ranked.sort(key=lambda entry: entry[:2])
    return [hit for _first, _place, hit in ranked[:limit]]


def _sounds_like(name: str, wanted: str) -> bool:
    return any(wanted in sound for sound in _sounds(name)[:-1])


@lru_cache(maxsize=20_000)
def _sounds(name: str) -> tuple[str, str, str, str]:
    """Return a name as it is written, its pinyin, its initials, and its key for sorting."""
    return letters_and_digits(name), pinyin.full(name), pinyin.initials(name), pinyin.sort_key(name)
