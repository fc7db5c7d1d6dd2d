"""The front page of the settings."""

from __future__ import annotations

from django.http import HttpResponse

from banyan.core.web.answers import page
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import settings_menu
from banyan.core.web.views.base import signed_in


@signed_in("GET")
def home(request: SignedInRequest) -> HttpResponse:
    """Show all settings that somebody may open."""
    return page(request, "settings/home.html", {"settings_menu": settings_menu(request.actor)})
