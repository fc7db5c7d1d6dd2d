"""My day: the page people begin with, and its blocks that load again by themselves."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from markupsafe import Markup

from banyan.core.kernel.errors import Missing
from banyan.core.web.answers import done, markup, page
from banyan.core.web.day import blocks, columns, greeting, put_steps_away, rendered, steps
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.panels import contributions, day_panels, quick_actions
from banyan.core.web.views.base import signed_in

CREATE_BUTTONS = 5


@signed_in("GET")
def day_page(request: SignedInRequest) -> HttpResponse:
    """Show what there is to do today and how things stand."""
    actor = request.actor
    main, side = columns(actor)
    context = {
        "greeting": greeting(actor),
        "create": [
            {"label": str(entry.label), "url": entry.url, "icon": entry.icon, "opens": entry.opens}
            for entry in contributions(quick_actions, actor)
            if entry.may(actor)
        ][:CREATE_BUTTONS],
        "steps": steps(actor),
        "top": blocks(actor, "top"),
        "main": main,
        "side": side,
    }
    return page(request, "day/day.html", {"day": context})


@signed_in("GET")
def panel_part(request: SignedInRequest, name: str) -> HttpResponse:
    """Answer with one block as it is now, after something that it shows has changed."""
    for panel in contributions(day_panels, request.actor):
        if panel.name == name:
            return markup(rendered(panel, request.actor) or Markup())
    raise Missing("not_found", _("There is no such page."))


@signed_in("POST")
def hide_steps(request: SignedInRequest) -> HttpResponse:
    """Put the first steps away for good."""
    put_steps_away(request.actor)
    return done(request, _("The first steps are put away. The guide stays in the settings."), next_url="/",
                visit={"url": "/"})  # fmt: skip
