"""The front door of the editions app for apps above it."""

from banyan.editions.choices import EDITION_LABELS, PART_LABELS
from banyan.editions.cost.answers import answer, scenario_of
from banyan.editions.cost.files import PREFIX, scenario_from, to_text, values_of
from banyan.editions.cost.files import from_text as scenario_from_text
from banyan.editions.cost.loading import write_measured
from banyan.editions.cost.papers import as_pdf, as_workbook
from banyan.editions.cost.scenario import Scenario
from banyan.editions.cost.telling import assumption_rows, payback_words

__all__ = [
    "EDITION_LABELS",
    "PART_LABELS",
    "PREFIX",
    "Scenario",
    "answer",
    "as_pdf",
    "as_workbook",
    "assumption_rows",
    "payback_words",
    "scenario_from",
    "scenario_from_text",
    "scenario_of",
    "to_text",
    "values_of",
    "write_measured",
]
