"""Django application of the jobs room."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Background and periodic work."""

    name = "banyan.core.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Work on the indexes of custom fields, and on encrypted values, when those change."""
        from banyan.core.access.events import SetupChanged  # noqa: PLC0415 models are ready only now
        from banyan.core.jobs.jobs import index_changed_field  # noqa: PLC0415 as above
        from banyan.core.jobs.resealing import PROVIDERS, reseal_changed_field  # noqa: PLC0415 as above
        from banyan.core.kernel.events import subscribe  # noqa: PLC0415 as above
        from banyan.core.records.resealing import further_steps  # noqa: PLC0415 as above

        subscribe(SetupChanged, "jobs.index_changed_field", index_changed_field)
        subscribe(SetupChanged, "jobs.reseal_changed_field", reseal_changed_field)
        further_steps.add(PROVIDERS.name, PROVIDERS)
