"""What the teamwork app registers and subscribes to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.records.events import RecordsChanged
from banyan.teamwork import objects, reactions


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add("tasks", Module("tasks", _("Tasks"), _("Who does what until when.")))
    for spec in objects.OBJECTS:
        register_object(spec)
    subscribe(RecordsChanged, "teamwork.tell_people", reactions.tell_people)
