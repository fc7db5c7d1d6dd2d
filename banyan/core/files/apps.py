"""Django application of the files room."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Files and attachments."""

    name = "banyan.core.files"
    label = "files"

    def ready(self) -> None:
        """Let links point to files, and merges take attachments along."""
        from banyan.core.files.models import Attachment, File  # noqa: PLC0415 models are ready only now
        from banyan.core.objects.kinds import FILE  # noqa: PLC0415
        from banyan.core.records.checks import link_models  # noqa: PLC0415
        from banyan.core.records.merging import reference_holders  # noqa: PLC0415

        link_models[FILE] = File
        reference_holders.add("files.attachment", (Attachment, "about"))
