"""Talking about records: comments in the box above the timeline, and following what happens."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.listing.query import fetch_row
from banyan.core.objects.kinds import reference_to
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import WriteContext
from banyan.core.web.answers import done, is_partial, markup
from banyan.core.web.menu import may
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in, spec_of_path
from banyan.customers.public import ComposerKind
from banyan.teamwork.panels import follow_button
from banyan.teamwork.services import comment, follow, unfollow

COMMENT = "comment"
CHANGED = ("comments",)


def may_comment(actor: Actor) -> bool:
    """Say whether somebody may write comments."""
    return may(actor, spec_for(actor.organization, COMMENT), Action.CREATE)


def save_comment(actor: Actor, about: str, text: str) -> uuid.UUID:
    """Write a comment on a record; return the batch by which it can be taken back."""
    context = WriteContext.for_actor(actor)
    comment(actor, about=about, text=text, context=context)
    return context.batch_id


#: The comment among the follow-ups, where there are follow-ups.
COMMENT_KIND = ComposerKind(
    COMMENT,
    gettext_lazy("Comment"),
    "message-circle",
    gettext_lazy("The comment was written."),
    save_comment,
    may_comment,
    changed=CHANGED,
    module="tasks",
)


def composer(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the box for comments on records that know no follow-ups; None for people who may not comment."""
    if not may_comment(actor) or not spec.timeline:
        return None
    return {
        "id": f"composer-{row['id']}",
        "url": f"/{spec.plural}/{row['id']}/comment",
        "kinds": [{"value": COMMENT, "label": str(COMMENT_KIND.label), "icon": COMMENT_KIND.icon, "is_aside": True}],
        "placeholder": _("Write to your colleagues; @name tells somebody"),
    }


@signed_in("POST")
def write_comment(request: SignedInRequest, plural: str, record_id: uuid.UUID) -> HttpResponse:
    """Write a comment on a record."""
    spec = spec_of_path(request, plural)
    batch = save_comment(request.actor, reference_to(spec.name, record_id), request.POST.get("text", ""))
    return done(
        request, str(COMMENT_KIND.message), next_url=f"/{spec.plural}/{record_id}", changed=(*CHANGED, spec.plural),
        undo_url=f"/undo/{batch}",
    )  # fmt: skip


@signed_in("POST")
def follow_record(request: SignedInRequest, plural: str, record_id: uuid.UUID) -> HttpResponse:
    """Let the person hear of a record, or no longer; answer with the button as it is now."""
    spec = spec_of_path(request, plural)
    row = fetch_row(request.actor, spec, record_id, columns=("version",))
    about = reference_to(spec.name, record_id)
    (follow if request.POST.get("follow") == "true" else unfollow)(request.actor, about)
    if not is_partial(request):
        return done(request, _("Saved."), next_url=f"/{spec.plural}/{record_id}")
    return markup(follow_button(request.actor, spec, row) or Markup())
