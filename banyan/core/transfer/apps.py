"""Django application of the transfer room."""

from django.apps import AppConfig


class TransferConfig(AppConfig):
    """Import and export."""

    name = "banyan.core.transfer"
    label = "transfer"
