"""Ready-made rules: looked at, and taken by one click."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.automation.recipes import offered, take
from banyan.automation.setting import Setting
from banyan.automation.views.frame import PAGE, URL, answer, is_whole
from banyan.core.web.answers import done
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import require_page
from banyan.core.web.views.base import signed_in


@signed_in("GET")
def gallery(request: SignedInRequest) -> HttpResponse:
    """Show the ready-made rules that fit the organization's objects."""
    require_page(request.actor, PAGE)
    setting = Setting(request.actor.organization)
    shown = {
        "title": _("Ready-made rules"),
        "crumbs": [{"label": _("Automation"), "url": URL}],
        "recipes": offered(setting, is_whole=is_whole(request.actor)),
    }
    return answer(request, "recipes.html", shown)


@signed_in("POST")
def take_recipe(request: SignedInRequest, key: str) -> HttpResponse:
    """Take a ready-made rule: switched on at once where only those are used, opened in the editor otherwise."""
    require_page(request.actor, PAGE)
    whole = is_whole(request.actor)
    rules = take(request.actor, key, is_whole=whole)
    url = f"{URL}/{rules[0].pk}" if whole and len(rules) == 1 else URL
    text = (
        _("“%(name)s” is here, switched off. Look at it, test it, switch it on.") if whole else _("“%(name)s” is on.")
    )
    return done(request, text % {"name": rules[0].name}, next_url=url, visit={"url": url})
