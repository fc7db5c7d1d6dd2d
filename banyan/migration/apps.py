"""Django application of the migration app."""

from django.apps import AppConfig


class MigrationConfig(AppConfig):
    """Moving in from another system."""

    name = "banyan.migration"
    label = "migration"

    def ready(self) -> None:
        """Register pages, addresses of programs and ways to begin."""
        from banyan.migration import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
