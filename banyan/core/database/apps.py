"""Django's entry for the database room."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DatabaseConfig(AppConfig):
    """The room has no tables of its own; being an app gives it a translation catalogue."""

    name = "banyan.core.database"
    label = "database"
    verbose_name = _("Database")
