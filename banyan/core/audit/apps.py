"""Django application of the audit room."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit log, its chain, and what is conspicuous in it."""

    name = "banyan.core.audit"
    label = "audit"

    def ready(self) -> None:
        """Write down what the rooms below tell."""
        from banyan.core.audit.receiving import subscribe_all  # noqa: PLC0415 models are ready only now

        subscribe_all()
