"""The page "Configuration" of the settings with its tabs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy

from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import settings_answer

PAGE, URL = "configuration", "/settings/configuration"
OVERVIEW, HISTORY, TRIALS = "overview", "history", "trials"
TABS = {
    OVERVIEW: (URL, gettext_lazy("Files and templates")),
    HISTORY: (f"{URL}/history", gettext_lazy("Former configurations")),
    TRIALS: (f"{URL}/trials", gettext_lazy("Trial copies")),
}


def answer(
    request: SignedInRequest, tab: str, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return a page of "Configuration" below its tabs."""
    tabs = [{"url": url, "label": str(label), "active": name == tab} for name, (url, label) in TABS.items()]
    return settings_answer(request, PAGE, template, {**context, "tabs": tabs}, status=status)
