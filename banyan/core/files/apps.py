"""Django application of the files room."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Files and attachments."""

    name = "banyan.core.files"
    label = "files"

    def ready(self) -> None:
        """Let links point to files, merges take attachments along, and new keys reach contents."""
        from banyan.core.files.models import Attachment, File  # noqa: PLC0415 models are ready only now
        from banyan.core.files.resealing import FILES  # noqa: PLC0415
        from banyan.core.objects.kinds import FILE  # noqa: PLC0415
        from banyan.core.records.checks import link_models  # noqa: PLC0415
        from banyan.core.records.merging import reference_holders  # noqa: PLC0415
        from banyan.core.records.resealing import further_steps  # noqa: PLC0415

        link_models[FILE] = File
        reference_holders.add("files.attachment", (Attachment, "about"))
        further_steps.add(FILES.name, FILES)
