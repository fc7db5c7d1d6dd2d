"""Django application of the listing room."""

from django.apps import AppConfig


class ListingConfig(AppConfig):
    """Lists of any object, and the views of them that people save."""

    name = "banyan.core.listing"
    label = "listing"
