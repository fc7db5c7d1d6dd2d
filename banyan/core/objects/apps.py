"""Django application of the objects room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ObjectsConfig(AppConfig):
    """Custom fields, custom objects and pick lists."""

    name = "banyan.core.objects"
    label = "objects"

    def ready(self) -> None:
        """Register the module of custom objects, and what own fields do."""
        from banyan.core.objects import definitions, sentences  # noqa: PLC0415 models exist only now
        from banyan.core.objects.custom_specs import MODULE  # noqa: PLC0415
        from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules  # noqa: PLC0415

        definitions.register()
        sentences.install()
        purpose = _("Kinds of records that only your company has.")
        modules.add(
            MODULE,
            Module(
                MODULE,
                _("Own objects"),
                purpose,
                (STANDARD, ENTERPRISE),
                needed_by=_("Companies that keep things no other company has, such as sites or machines."),
                spared_by=_("Companies for whom own fields are enough."),
                start="/settings/objects",
            ),
        )
