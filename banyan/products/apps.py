"""Django application of the products app."""

from django.apps import AppConfig


class ProductsConfig(AppConfig):
    """Products, prices, lines."""

    name = "banyan.products"
    label = "products"

    def ready(self) -> None:
        """Register objects, panels and subscriptions."""
        from banyan.products import wiring  # noqa: PLC0415 models are ready only now

        wiring.register()
