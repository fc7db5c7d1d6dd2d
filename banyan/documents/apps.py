"""Django application of the documents app."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Letterheads, documents as PDF."""

    name = "banyan.documents"
    label = "documents"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.documents import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
