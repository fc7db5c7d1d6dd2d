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
from banyan.editions.adviser.papers import as_pdf as advice_as_pdf
from banyan.editions.adviser.papers import as_text as advice_as_text
from banyan.editions.adviser.papers import as_workbook as advice_as_workbook
from banyan.editions.adviser.telling import tell
from banyan.editions.adviser.trials import general_demo_data
from banyan.editions.choices import EDITION_LABELS, PART_LABELS
from banyan.editions.cost.answers import answer, scenario_of
from banyan.editions.cost.files import PREFIX, scenario_from, to_text, values_of
from banyan.editions.cost.files import from_text as scenario_from_text
from banyan.editions.cost.loading import write_measured
from banyan.editions.cost.papers import as_pdf, as_workbook
from banyan.editions.cost.scenario import Scenario
from banyan.editions.cost.telling import assumption_rows, payback_words
from banyan.editions.cost.wording import word
from banyan.editions.switching.starting import samplers
from banyan.editions.switching.surface import Preview, preview
from banyan.editions.switching.telling import chosen, told
from banyan.editions.switching.wishes import wished

__all__ = [
    "EDITION_LABELS",
    "NUMBER",
    "PART_LABELS",
    "PREFIX",
    "SEVERAL",
    "Advice",
    "Preview",
    "Question",
    "Scenario",
    "Step",
    "advice_as_pdf",
    "advice_as_text",
    "advice_as_workbook",
    "advise",
    "answer",
    "answers_in_file",
    "answers_in_query",
    "as_pdf",
    "as_workbook",
    "assumption_rows",
    "chosen",
    "general_demo_data",
    "options_of",
    "payback_words",
    "plain_answers",
    "preview",
    "query_of",
    "questions",
    "read_answers",
    "samplers",
    "scenario_from",
    "scenario_from_text",
    "scenario_of",
    "steps",
    "tell",
    "to_text",
    "told",
    "values_of",
    "wished",
    "word",
    "write_measured",
]
