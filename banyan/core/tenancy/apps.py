"""Django application of the tenancy room."""

from django.apps import AppConfig


class TenancyConfig(AppConfig):
    """Organizations."""

    name = "banyan.core.tenancy"
    label = "tenancy"
