"""The page "Personal data" of the settings with its tabs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import settings_answer

PAGE, URL = "privacy", "/settings/privacy"
REQUESTS, FIND, PURPOSES, ERASURES = "requests", "find", "purposes", "erasures"
RETENTION, REGISTER, COLLEAGUES = "retention", "register", "colleagues"
TABS = {
    REQUESTS: (URL, pgettext_lazy("privacy", "Requests")),
    FIND: (f"{URL}/find", gettext_lazy("Find a person")),
    PURPOSES: (f"{URL}/purposes", gettext_lazy("Purposes")),
    ERASURES: (f"{URL}/erasures", gettext_lazy("Erasures")),
    COLLEAGUES: (f"{URL}/colleagues", gettext_lazy("Former colleagues")),
    RETENTION: (f"{URL}/retention", gettext_lazy("Retention")),
    REGISTER: (f"{URL}/register", gettext_lazy("Register")),
}


def answer(
    request: SignedInRequest, tab: str, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return a page of "Personal data" below its tabs."""
    tabs = [{"url": url, "label": str(label), "active": name == tab} for name, (url, label) in TABS.items()]
    return settings_answer(request, PAGE, template, {**context, "tabs": tabs}, status=status)
