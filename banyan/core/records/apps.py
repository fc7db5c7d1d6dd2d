"""Django application of the records room."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Change log and merges."""

    name = "banyan.core.records"
    label = "records"

    def ready(self) -> None:
        """Write changes of the set-up to the change log; let the door ask what locks fields."""
        from banyan.core.access.events import SetupChanged  # noqa: PLC0415 models are ready only now
        from banyan.core.kernel.events import subscribe  # noqa: PLC0415 as above
        from banyan.core.records import locks  # noqa: PLC0415 as above
        from banyan.core.records.setup_log import log_setup_change, log_setup_changes  # noqa: PLC0415 as above

        subscribe(SetupChanged, "records.setup_log", log_setup_change, together=log_setup_changes)
        locks.register()
