"""Django application of the listing room."""

from django.apps import AppConfig


class ListingConfig(AppConfig):
    """Lists of any object, and the views of them that people save."""

    name = "banyan.core.listing"
    label = "listing"

    def ready(self) -> None:
        """Tell access how filters become conditions."""
        from banyan.core.access.conditions import register_compiler  # noqa: PLC0415 models must be loaded first
        from banyan.core.listing.compiling import compile_condition  # noqa: PLC0415 as above

        register_compiler(compile_condition)
