"""Django application of the business rules' room."""

from django.apps import AppConfig


class BusinessRulesConfig(AppConfig):
    """Validation, duplicate and assignment rules."""

    name = "banyan.core.business_rules"
    label = "business_rules"

    def ready(self) -> None:
        """Let the rules look at every write, and be read with the objects."""
        from banyan.core.business_rules import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
