"""The ways to the first data that the product has from the start."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.guide.choices import GuideChoice, guide_choices
from banyan.core.web.menu import may, menu_objects


def first_importable(actor: Actor) -> ObjectSpec | None:
    """Return the object that a file most likely holds: the first of the menu that may be imported."""
    return next((spec for spec in menu_objects(actor) if spec.importable and may(actor, spec, Action.IMPORT)), None)


def start_import(actor: Actor) -> str:
    """Return the page on which a file is chosen."""
    spec = first_importable(actor)
    return f"/imports/new?object={spec.name}" if spec else "/"


def register() -> None:
    """Register the import of a file."""
    guide_choices.add(
        "import",
        GuideChoice(
            "import",
            _("Import a file"),
            _("Excel or CSV, from any other program; columns are recognised by themselves."),
            "file-upload",
            start_import,
            position=10,
            may=lambda actor: first_importable(actor) is not None,
        ),
    )
