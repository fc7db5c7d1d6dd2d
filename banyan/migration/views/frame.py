"""What the pages of the migration assistant have in common."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import require_page, settings_answer
from banyan.migration.models import Move
from banyan.migration.services import finding
from banyan.migration.sources import PLAIN, systems

PAGE, URL = "import", "/settings/import"


def answer(request: SignedInRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a page of the assistant in the frame of the settings."""
    return settings_answer(request, PAGE, f"migration/{template}", context, status=status)


def found_move(request: SignedInRequest, move_id: uuid.UUID) -> Move:
    """Return the move of an address; raise ``NotAllowed`` or ``Missing``."""
    require_page(request.actor, PAGE)
    return finding.find(request.actor, move_id)


def url_of(move: Move) -> str:
    """Return the address of a move."""
    return f"{URL}/{move.pk}"


def system_choices(language: str) -> list[dict[str, Any]]:
    """Return the systems that people come from, each with the way to its export; those of the reader's language come first."""
    short = "zh" if language.startswith("zh") else "en"
    ordered = sorted(systems().values(), key=lambda one: (one.is_chinese != (short == "zh"), one.label.casefold()))
    return [
        {"name": system.name, "label": system.label, "how": system.how[short], "is_guessed": system.is_guessed}
        for system in ordered
    ]


def system_label(name: str) -> str:
    """Return what people call a system."""
    return systems()[name].label if name in systems() else _("Spreadsheets") if name == PLAIN else name
