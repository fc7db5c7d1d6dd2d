"""Django application of the automation app."""

from django.apps import AppConfig


class AutomationConfig(AppConfig):
    """When - if - then."""

    name = "banyan.automation"
    label = "automation"

    def ready(self) -> None:
        """Register modules, pages, jobs and subscriptions."""
        from banyan.automation import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
