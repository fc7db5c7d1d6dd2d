"""Approvals in the hand-over of somebody who leaves."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.core.access.actor import Actor
from banyan.core.approvals.handing_over import hand_over_approvals, take_back_approvals, waiting_approvals
from banyan.core.identity.models import User
from banyan.core.web.settings.hand_over import Handed, HandOverPart

PREVIEWED = 10


def _preview(_actor: Actor, user: User) -> tuple[int, list[str]]:
    waiting = waiting_approvals(user.pk)
    return len(waiting), [f"{row.number} · {row.flow.name}: {row.title}" for row in waiting[:PREVIEWED]]


def _give(actor: Actor, user: User, successor_ids: Sequence[uuid.UUID]) -> Handed:
    done = hand_over_approvals(actor, user, successor_ids)
    text = ngettext("%(count)d approval was handed over.", "%(count)d approvals were handed over.", done.done)
    text %= {"count": done.done}
    if done.left:
        rest = ngettext(
            "%(count)d stays: whoever was chosen started it or decides in it already.",
            "%(count)d stay: whoever was chosen started them or decides in them already.",
            done.left,
        )
        text = f"{text} {rest % {'count': done.left}}"
    return Handed(text, done.batch_id)


def _take_back(actor: Actor, batch_id: uuid.UUID) -> str:
    count = take_back_approvals(actor, batch_id)
    text = ngettext("%(count)d approval was given back.", "%(count)d approvals were given back.", count)
    return text % {"count": count} if count else _("All of it was decided meanwhile; nothing was given back.")


PART = HandOverPart("approvals", gettext_lazy("Approvals that wait for a decision"), _preview, _give, _take_back)
