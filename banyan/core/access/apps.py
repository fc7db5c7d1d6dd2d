"""Django application of the access room."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Roles, scopes and decisions; it has no tables, and messages of its own."""

    name = "banyan.core.access"
    label = "access"
