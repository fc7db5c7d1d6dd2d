"""Django application of the expressions room."""

from django.apps import AppConfig


class ExpressionsConfig(AppConfig):
    """The language of formulas; the room has no tables, only texts."""

    name = "banyan.core.expressions"
    label = "expressions"
