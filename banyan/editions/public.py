"""The front door of the editions app for apps above it."""

from banyan.editions.choices import EDITION_LABELS, PART_LABELS
from banyan.editions.cost.answers import answer, scenario_of

__all__ = ["EDITION_LABELS", "PART_LABELS", "answer", "scenario_of"]
