"""Django application of the web room."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages for every object, components and the web shell."""

    name = "banyan.core.web"
    label = "web"
