"""Django application of the contracts app."""

from django.apps import AppConfig


class ContractsConfig(AppConfig):
    """Contracts."""

    name = "banyan.contracts"
    label = "contracts"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.contracts import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
