"""The REST interface of the adviser: its questions, and the advice for answers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Reply, Route, register_route
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.editions.adviser.advising import advise
from banyan.editions.adviser.answers import options_of, read_answers
from banyan.editions.adviser.loading import NUMBER, SEVERAL, Question, steps
from banyan.editions.adviser.telling import tell
from banyan.editions.cost.wording import word

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
OBJECT: Json = {"type": "object"}


def list_questions(call: Call) -> Answer:
    """Answer with the adviser's questions, their options, and why each is asked."""
    call.allow_only(())
    items = [
        {
            "key": question.key,
            "step": word(step.label),
            "kind": question.kind,
            "label": word(question.label),
            "why": word(question.why),
            "options": [{"key": key, "label": label} for key, label in options_of(question)],
        }
        for step in steps() for question in step.questions
    ]  # fmt: skip
    return Answer({"items": items})


def give_advice(call: Call) -> Answer:
    """Answer with the advice for answers; nothing is stored."""
    call.allow_only(())
    body = call.json()
    given = body.get("answers")
    if set(body) != {"answers"} or not isinstance(given, dict):
        raise Invalid([FieldError("answers", "bad_value", _("Send {“answers”: {…}}; each question may be left out."))])
    try:
        answers = read_answers(given)
    except Invalid as problem:
        errors = [FieldError(f"answers.{error.field}", error.code, error.message) for error in problem.errors]
        raise Invalid(errors) from None
    return Answer(tell(advise(answers)))


def _list_operation() -> Operation:
    item = {
        "type": "object",
        "properties": {
            "key": TEXT, "step": TEXT, "kind": {"type": "string", "enum": ["number", "choice", "several"]}, "label": TEXT,
            "why": TEXT,
            "options": {"type": "array", "items": {"type": "object", "properties": {"key": TEXT, "label": TEXT}}},
        },
        "required": ["key", "kind", "label"],
    }  # fmt: skip
    schema = {"type": "object", "properties": {"items": {"type": "array", "items": item}}, "required": ["items"]}
    return Operation(
        id="list_advice_questions",
        summary=_("List the adviser's questions"),
        tag=_("Adviser"),
        replies={200: Reply(_("The questions."), schema)},
        problems=(400,),
    )


def _advice_operation() -> Operation:
    answers = {
        "type": "object",
        "properties": {question.key: _schema(question) for step in steps() for question in step.questions},
        "additionalProperties": False,
    }
    told = {
        "type": "object",
        "properties": {
            "version": {"type": "integer"}, "answers": OBJECT, "address": TEXT,
            **dict.fromkeys(("edition", "modules", "process", "roll_out", "training", "cost", "benefit", "servers"), OBJECT),
            **{name: {"type": "array", "items": OBJECT} for name in
               ("answered", "open", "contradictions", "comparison", "risks", "figures", "assumptions")},
            "dates": OBJECT,
        },
        "required": ["version", "answers", "edition", "modules", "cost", "benefit"],
    }  # fmt: skip
    return Operation(
        id="give_advice",
        summary=_("Ask which edition and modules fit"),
        description=_(
            "Answers may be left out, which widens the ranges. Nothing is stored; “address” is the page of the same advice."
        ),
        tag=_("Adviser"),
        body={
            "type": "object",
            "properties": {"answers": answers},
            "required": ["answers"],
            "additionalProperties": False,
        },
        replies={200: Reply(_("The advice, with the formula and the assumptions of each figure."), told)},
        problems=(400, 413, 415, 422),
    )


def _schema(question: Question) -> Json:
    if question.kind == NUMBER:
        return {"type": ["number", "null"], "minimum": question.least, "maximum": question.most,
                "description": word(question.label)}  # fmt: skip
    keys = [key for key, _label in options_of(question)]
    if question.kind == SEVERAL:
        return {"type": "array", "items": {"type": "string", "enum": keys}, "description": word(question.label)}
    return {"type": "string", "enum": keys, "description": word(question.label)}


def register() -> None:
    """Add the paths."""
    register_route(Route("GET", "/advice/questions", list_questions, _list_operation))
    register_route(Route("POST", "/advice", give_advice, _advice_operation))
