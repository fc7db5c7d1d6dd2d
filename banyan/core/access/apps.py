"""Django application of the access room."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Roles, scopes and decisions, and what they are made from."""

    name = "banyan.core.access"
    label = "access"

    def ready(self) -> None:
        """Register the comparison that shares are looked up by."""
        from banyan.core.access import lookups  # noqa: F401, PLC0415 lookups register themselves once Django is up
