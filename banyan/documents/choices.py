"""What letterheads and papers can be."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

CHINESE, ENGLISH = "zh-hans", "en"


class Accent(models.TextChoices):
    """The color of headings and rules on paper: each is dark enough to be read in print."""

    GREEN = "green", _("Banyan green")
    BLUE = "blue", _("Blue")
    NAVY = "navy", _("Navy")
    RED = "red", _("Red")
    ORANGE = "orange", _("Orange")
    PURPLE = "purple", _("Purple")
    TEAL = "teal", _("Teal")
    BLACK = "black", _("Black")


#: The accents as colors of the style sheet.
ACCENT_COLORS = {
    "green": "#1d6b45",
    "blue": "#1f5fa8",
    "navy": "#1d2f5c",
    "red": "#a32626",
    "orange": "#a84d0b",
    "purple": "#61368f",
    "teal": "#0b6670",
    "black": "#222222",
}
