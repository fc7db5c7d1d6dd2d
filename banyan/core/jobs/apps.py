"""Django application of the jobs room."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Background and periodic work."""

    name = "banyan.core.jobs"
    label = "jobs"
