"""Django application of the forecasts app."""

from django.apps import AppConfig


class ForecastsConfig(AppConfig):
    """Targets, forecasts."""

    name = "banyan.forecasts"
    label = "forecasts"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.forecasts import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
