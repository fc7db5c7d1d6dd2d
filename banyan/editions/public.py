"""The front door of the editions app for apps above it."""

from banyan.editions.choices import EDITION_LABELS, PART_LABELS
from banyan.editions.cost.answers import answer, scenario_of
from banyan.editions.switching.starting import samplers
from banyan.editions.switching.surface import Preview, preview
from banyan.editions.switching.telling import chosen, told
from banyan.editions.switching.wishes import wished

__all__ = [
    "EDITION_LABELS",
    "PART_LABELS",
    "Preview",
    "answer",
    "chosen",
    "preview",
    "samplers",
    "scenario_of",
    "told",
    "wished",
]
