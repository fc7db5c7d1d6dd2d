"""Demo records on pages: the notice while there are some, and taking them away."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.configuration.demo_records import demo_count, remove_demo_records
from banyan.core.web.configuration.frame import PAGE, URL
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.panels import FrameNotice
from banyan.core.web.settings.pages import require_page, saved
from banyan.core.web.views.base import signed_in

MOST_NAMES = 5


@signed_in("POST")
def remove(request: SignedInRequest) -> HttpResponse:
    """Take all demo records away; what own records refer to stays, and is named."""
    require_page(request.actor, PAGE)
    removed = remove_demo_records(request.actor)
    text = ngettext("%(count)d demo record is removed.", "%(count)d demo records are removed.", removed.count)
    text %= {"count": removed.count}
    if removed.kept:
        names = _(", ").join(removed.kept[:MOST_NAMES])
        text += " " + _("These stay, because records of your own refer to them: %(names)s.") % {"names": names}
    return saved(request, text, URL)


def demo_notice(actor: Actor) -> FrameNotice | None:
    """Return what stands above every page while there are demo records, for those who may take them away."""
    count = demo_count(actor.organization)
    if not count or not actor.has(Ability.CUSTOMISE):
        return None
    text = ngettext(
        "There is %(count)d demo record here, for trying things. Begin your own work without it.",
        "There are %(count)d demo records here, for trying things. Begin your own work without them.",
        count,
    )
    return FrameNotice(text % {"count": count}, f"{URL}#demo", _("Remove them"), kind="info")
