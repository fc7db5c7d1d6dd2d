"""Django application of the leads app."""

from django.apps import AppConfig


class LeadsConfig(AppConfig):
    """Leads."""

    name = "banyan.leads"
    label = "leads"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.leads import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
