"""What letterheads and papers can be."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


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
