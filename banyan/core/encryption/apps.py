"""Django application of the encryption room."""

from django.apps import AppConfig


class EncryptionConfig(AppConfig):
    """Data keys."""

    name = "banyan.core.encryption"
    label = "encryption"
