"""Django application of the teamwork app."""

from django.apps import AppConfig


class TeamworkConfig(AppConfig):
    """Tasks, comments, notifications."""

    name = "banyan.teamwork"
    label = "teamwork"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.teamwork import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
