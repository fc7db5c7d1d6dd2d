"""Django application of the training app."""

from django.apps import AppConfig


class TrainingConfig(AppConfig):
    """Guided tours per role, and courses with exercises in an organization made for practising."""

    name = "banyan.training"
    label = "training"

    def ready(self) -> None:
        """Register pages and entries."""
        from banyan.training import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
