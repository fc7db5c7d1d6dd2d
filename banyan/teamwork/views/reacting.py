"""Reactions under comments and follow-ups: what the timeline shows, and giving one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.objects.kinds import reference_to, split_reference
from banyan.core.web.answers import done, is_partial, macro, markup
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in
from banyan.teamwork.choices import Emoji
from banyan.teamwork.reacting import REACTABLE, Given, react, reactions_to

TEMPLATE = "components/reactions.html"


def for_timeline(actor: Actor, abouts: Sequence[str]) -> Mapping[str, dict[str, Any]]:
    """Return what the timeline shows of the reactions to its entries."""
    wanted = [about for about in abouts if about.partition(":")[0] in REACTABLE]
    if not wanted:
        return {}
    found = reactions_to(actor, wanted)
    return {about: {"reactions": shown(about, found.get(about, []))} for about in wanted}


def shown(about: str, given: Sequence[Given]) -> dict[str, Any]:
    """Return the reactions to one entry in the shape of the component ``reactions``."""
    object_name, record_id = split_reference(about) or ("", "")
    url = f"/reactions/{object_name}/{record_id}"
    used = {entry.emoji: entry for entry in given}
    return {
        "id": record_id,
        "given": [
            {
                "symbol": entry.emoji.symbol,
                "label": str(entry.emoji.label),
                "count": len(entry.names),
                "names": ", ".join(entry.names),
                "is_mine": entry.is_mine,
                "url": f"{url}/{entry.emoji.value}",
            }
            for entry in given
        ],
        "offered": [
            {"symbol": emoji.symbol, "label": str(emoji.label), "url": f"{url}/{emoji.value}"}
            for emoji in Emoji
            if emoji not in used
        ],
    }


@signed_in("POST")
def give(request: SignedInRequest, object_name: str, record_id: uuid.UUID, emoji: str) -> HttpResponse:
    """Give a reaction, or take one's own back; answer with the reactions as they are now."""
    react(request.actor, object_name, record_id, emoji)
    about = reference_to(object_name, record_id)
    if not is_partial(request):
        return done(request, _("Saved."), next_url="/")
    given = reactions_to(request.actor, [about]).get(about, [])
    return markup(macro(TEMPLATE, "reactions", shown(about, given)))
