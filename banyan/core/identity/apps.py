"""Django application of the identity room."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Accounts, users, departments, sessions, tokens."""

    name = "banyan.core.identity"
    label = "identity"
