"""Django application of the records room."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Change log and merges."""

    name = "banyan.core.records"
    label = "records"
