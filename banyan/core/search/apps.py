"""Django application of the search room."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Finding records of all objects."""

    name = "banyan.core.search"
    label = "search"
