"""Django application of the room of own fields."""

from django.apps import AppConfig


class OwnFieldsConfig(AppConfig):
    """Computed fields and the rules of own fields; the room has no tables."""

    name = "banyan.core.own_fields"
    label = "own_fields"

    def ready(self) -> None:
        """Look at every write, and follow every change."""
        from banyan.core.own_fields.wiring import register  # noqa: PLC0415 models are ready only now

        register()
