"""Django application of the ciphers room."""

from django.apps import AppConfig


class CiphersConfig(AppConfig):
    """Cipher suites and master keys; the room has no tables, only texts."""

    name = "banyan.core.ciphers"
    label = "ciphers"
