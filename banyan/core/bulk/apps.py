"""Django application of the bulk room."""

from django.apps import AppConfig


class BulkConfig(AppConfig):
    """Bulk work in the background."""

    name = "banyan.core.bulk"
    label = "bulk"
