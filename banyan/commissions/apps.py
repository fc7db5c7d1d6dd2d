"""Django application of the commissions app."""

from django.apps import AppConfig


class CommissionsConfig(AppConfig):
    """Commissions."""

    name = "banyan.commissions"
    label = "commissions"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.commissions import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
