"""Django application of the processes room."""

from django.apps import AppConfig


class ProcessesConfig(AppConfig):
    """Processes of records: gates between stages, who owns them meanwhile, how long they may take."""

    name = "banyan.core.processes"
    label = "processes"

    def ready(self) -> None:
        """Let processes look at every write, and write down where records stay."""
        from banyan.core.processes.wiring import register  # noqa: PLC0415 models are ready only now

        register()
