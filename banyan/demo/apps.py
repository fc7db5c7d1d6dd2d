"""Django application of the demo organizations."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Demo organizations."""

    name = "banyan.demo"
    label = "demo"
