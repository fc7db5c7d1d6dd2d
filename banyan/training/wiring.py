"""What the training app registers: where courses begin, and what is said where somebody practises."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.web.day import FirstStep, first_steps
from banyan.core.web.help.entries import HelpEntry, help_entries
from banyan.core.web.panels import PaletteEntry, frame_notices, palette_entries
from banyan.core.web.settings.setup_words import subjects
from banyan.training.queries import has_begun, is_trainer
from banyan.training.services import SUBJECT
from banyan.training.views import URL, practice_notice


def register() -> None:
    """Register the entries of the help, the palette and the first steps, and the notice above the pages."""
    subjects.add(SUBJECT, _("Progress in the training"))
    entry = HelpEntry("training", _("Training with exercises"), URL, "certificate", position=20)
    help_entries.add(entry.name, entry)
    palette_entries.add(
        "training",
        PaletteEntry(
            "training", _("Training"), URL, "certificate", words=(_("Course"), _("Exercise"), _("Learn")), position=856
        ),
    )
    palette_entries.add(
        "training.people",
        PaletteEntry(
            "training.people", _("Training: how far everybody is"), f"{URL}/people", "certificate", position=857,
            may=is_trainer,
        ),
    )  # fmt: skip
    frame_notices.add("training", practice_notice)
    first_steps.add(
        "training",
        FirstStep(
            "training", _("Practise with exercises"),
            _("In an organization of your own, where nothing can go wrong."), URL, "certificate", has_begun,
            may=lambda actor: not actor.organization.is_practice, opens="", position=90,
        ),
    )  # fmt: skip
