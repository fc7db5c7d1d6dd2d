"""The front door of the editions app for apps above it."""

from banyan.editions.adviser.advising import Advice, advise
from banyan.editions.adviser.answers import (
    answers_in_file,
    answers_in_query,
    options_of,
    plain_answers,
    query_of,
    read_answers,
)
from banyan.editions.adviser.loading import NUMBER, SEVERAL, Question, Step, questions, steps
from banyan.editions.adviser.papers import as_pdf, as_text, as_workbook
from banyan.editions.adviser.telling import tell
from banyan.editions.adviser.trials import general_demo_data
from banyan.editions.choices import EDITION_LABELS, PART_LABELS
from banyan.editions.cost.answers import answer, scenario_of
from banyan.editions.cost.wording import word

__all__ = [
    "EDITION_LABELS",
    "NUMBER",
    "PART_LABELS",
    "SEVERAL",
    "Advice",
    "Question",
    "Step",
    "advise",
    "answer",
    "answers_in_file",
    "answers_in_query",
    "as_pdf",
    "as_text",
    "as_workbook",
    "general_demo_data",
    "options_of",
    "plain_answers",
    "query_of",
    "questions",
    "read_answers",
    "scenario_of",
    "steps",
    "tell",
    "word",
]
