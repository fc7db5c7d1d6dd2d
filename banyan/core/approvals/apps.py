"""Django application of the approvals room."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """Approval flows and approvals."""

    name = "banyan.core.approvals"
    label = "approvals"

    def ready(self) -> None:
        """Let specifications carry their flows, the one door ask for locks, and changes be followed."""
        from banyan.core.approvals import configuration, live, locking  # noqa: PLC0415 models are ready only now
        from banyan.core.approvals.starting import follow_changes  # noqa: PLC0415 as above
        from banyan.core.kernel.events import subscribe  # noqa: PLC0415 as above
        from banyan.core.records.events import RecordsChanged  # noqa: PLC0415 as above

        configuration.register()
        live.register()
        locking.register()
        subscribe(RecordsChanged, "approvals.follow_changes", follow_changes)
