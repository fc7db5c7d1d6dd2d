"""Django application of the objects room."""

from django.apps import AppConfig


class ObjectsConfig(AppConfig):
    """Custom fields and pick lists."""

    name = "banyan.core.objects"
    label = "objects"
