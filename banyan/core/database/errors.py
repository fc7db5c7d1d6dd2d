"""The one error that says why no database can be reached and what to do about it."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.utils.functional import lazy
from django.utils.translation import gettext

from banyan.core.kernel.errors import DomainError


class DatabaseUnavailable(DomainError):
    """PostgreSQL cannot be started or reached; ``advice`` says what the administrator can do."""

    status = 503

    def __init__(self, message: Any, advice: Any) -> None:
        super().__init__("database.unavailable", message, advice=advice)
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}"


def _translated(text: str) -> str:
    return gettext(text) if apps.ready else text


# The server starts before Django is set up, when nothing can be translated: its messages are English then.
early_gettext_lazy = lazy(_translated, str)
