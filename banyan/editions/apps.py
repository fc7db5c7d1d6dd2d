"""Django application of the editions."""

from django.apps import AppConfig


class EditionsConfig(AppConfig):
    """Editions and the templates of industries."""

    name = "banyan.editions"
    label = "editions"

    def ready(self) -> None:
        """Offer the templates."""
        from banyan.editions.wiring import register  # noqa: PLC0415 only now may everything be imported

        register()
