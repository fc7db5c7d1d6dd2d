"""Sharing one record: the dialog, the panel on its page, ending a share."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.models import Share
from banyan.core.access.scopes import Action
from banyan.core.access.sharing import Grantee, names_of, share, shares_of, unshare
from banyan.core.kernel.errors import Invalid
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import done, macro, markup
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.panels import Row
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.presenting import Presenter
from banyan.core.web.sharing import TeamForm, grantee_label, is_shareable, terms_in_words
from banyan.core.web.views.base import object_page

#: The name by which pages hear that somebody shared a record, or no longer does.
SHARES = "shares"


@object_page("GET", "POST", action=Action.SHARE)
def share_record(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Ask with whom to share a record, and share it."""
    row = fetch_row(request.actor, spec, record_id)
    require(request.actor, spec, Action.SHARE)
    form = TeamForm(request.POST or None)
    url = f"/{spec.plural}/{record_id}"
    if request.method == "POST" and form.is_valid():
        try:
            made = share(request.actor, spec, record_id, form.chosen(), form.terms())
        except Invalid as problem:
            add_problem(form, problem)
        else:
            return done(request, _told(made), next_url=url, changed=(spec.plural, SHARES), close_dialog=True)
    title = _("Share: %(name)s") % {"name": Presenter(request.actor, spec).title(row)}
    return form_answer(request, form, title=title, submit_label=_("Share"), cancel_url=url)


@object_page("POST")
def end_share(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID, grantee_id: uuid.UUID) -> HttpResponse:
    """Share a record no longer with somebody."""
    unshare(request.actor, spec, record_id, grantee_id)
    url = f"/{spec.plural}/{record_id}"
    return done(request, _("No longer shared."), next_url=url, changed=(spec.plural, SHARES))


@object_page("GET")
def team_part(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Answer with the people and groups that a record is shared with, after that has changed."""
    shown = team_panel(request.actor, spec, fetch_row(request.actor, spec, record_id, columns=("version",)))
    return markup(shown or Markup())


def team_panel(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the people and groups that a record is shared with; an empty place when there are none yet.

    The place is there from the start, so that the first share appears in the page that is open.
    """
    if not is_shareable(spec):
        return None
    shares = shares_of(actor, spec, row["id"]) if spec.name in actor.organization.shared_objects else []
    may_share = actor.may(spec.name, Action.SHARE)
    url = f"/{spec.plural}/{row['id']}"
    shown = {
        "entries": [_entry(actor, spec, entry, name, may_share) for entry, name in shares],
        "add_url": f"{url}/share" if may_share else "",
        "live_url": f"{url}/team",
        "live": SHARES,
    }
    return macro("components/team.html", "team_panel", shown)


def _entry(actor: Actor, spec: ObjectSpec, entry: Share, name: str, may_share: bool) -> dict[str, Any]:  # noqa: FBT001 one flag
    may_end = may_share or entry.grantee_id == actor.user_id
    return {
        "name": grantee_label(entry.grantee_kind, name),
        "is_person": entry.grantee_kind == "person",
        "role": entry.team_role,
        "terms": terms_in_words(entry.access, entry.ends_on),
        "end_url": f"/{spec.plural}/{entry.record_id}/share/{entry.grantee_id}/end" if may_end else "",
    }


def _told(made: list[Share]) -> str:
    names = names_of(Grantee(entry.grantee_kind, entry.grantee_id) for entry in made)
    return _("Shared with %(names)s.") % {"names": _(", ").join(sorted(names.values()))}
