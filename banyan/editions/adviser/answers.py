"""Answers as people and programs send them: read, refused with what is wrong and where, and written into an address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

import yaml
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.web.settings.choices import INDUSTRIES
from banyan.editions.adviser.loading import NONE, NUMBER, SEVERAL, Question, questions
from banyan.editions.cost.loading import currency_rates
from banyan.editions.cost.wording import word

LONGEST_TEXT = 40
#: Numbers that are money, and need not be whole.
AMOUNTS = frozenset({"budget", "revenue"})
#: A file of answers is a few lines; anything longer is something else.
LONGEST_FILE = 64 * 1024


def options_of(question: Question) -> list[tuple[str, str]]:
    """Return the options of a question with their labels in the reader's language."""
    if question.options_from == "industries":
        return [(key, str(label)) for key, label in INDUSTRIES]
    if question.options_from == "currencies":
        return [(code, code) for code in currency_rates()]
    return [(key, word(label)) for key, label in question.options.items()]


def read_answers(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was answered, by question; raise ``Invalid`` with everything that is wrong and where.

    Numbers may be numbers or texts, several options a list or a text with commas. What is empty counts as unanswered.
    """
    found, errors = {}, []
    for key, value in sent.items():
        question = questions().get(key)
        try:
            if question is None:
                message = _("There is no question “%(name)s”; there are %(known)s.")
                raise _refusal(
                    str(key)[:LONGEST_TEXT], "unknown", message, name=str(key)[:LONGEST_TEXT], known=_known()
                )
            answer = _read(question, value)
        except Invalid as problem:
            errors += problem.errors
        else:
            if answer not in (None, "", ()):
                found[key] = answer
    if errors:
        raise Invalid(errors)
    return {key: found[key] for key in questions() if key in found}


def answers_in_query(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an address holds of the questions, unread; parameters of other meaning are left aside.

    A question with several options may stand there more than once.
    """
    lists = getattr(query, "getlist", None)
    found: dict[str, Any] = {}
    for key, question in questions().items():
        if key in query:
            found[key] = lists(key) if lists and question.kind == SEVERAL else query[key]
    return found


def answers_in_file(text: str) -> dict[str, Any]:
    """Return the answers of a YAML or JSON file; raise ``Invalid`` with what is wrong."""
    if len(text) > LONGEST_FILE:
        raise _refusal("answers", "too_long", _("This is no file of answers: it is too long."))
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        message = _("This is neither YAML nor JSON; line %(line)s cannot be read.")
        raise _refusal("answers", "not_yaml", message, line=mark.line + 1 if mark else "?") from None
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise _refusal("answers", "not_answers", _("A file of answers has lines like “headcount: 200”."))
    inner = found.get("answers", found) if set(found) <= {"answers", "version"} else found
    if not isinstance(inner, Mapping):
        raise _refusal("answers", "not_answers", _("A file of answers has lines like “headcount: 200”."))
    return read_answers(inner)


def plain_answers(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers as programs take them: numbers, texts and lists."""
    return {key: _plain(value) for key, value in given.items()}


def query_of(given: Mapping[str, Any]) -> str:
    """Return answers as they stand in an address."""
    return urlencode({key: _text(value) for key, value in given.items()})


def said(question: Question, value: Any) -> str:
    """Return an answer in the reader's words."""
    if isinstance(value, Decimal):
        return f"{value:,f}"
    labels = dict(options_of(question))
    chosen = [value] if isinstance(value, str) else value
    return _(", ").join(labels.get(key, key) for key in chosen)


def _read(question: Question, value: Any) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise _refusal(question.key, "bad_value", _("This is not an answer to this question."))
    if question.kind == NUMBER:
        return _number(question, value)
    if question.kind == SEVERAL:
        return _several(question, value)
    if not isinstance(value, str):
        raise _refusal(question.key, "bad_value", _("This is not an answer to this question."))
    return _option(question, value.strip())


def _number(question: Question, value: Any) -> Decimal | None:
    if not isinstance(value, (int, float, str, Decimal)):
        raise _refusal(question.key, "not_number", _("This must be a number."))
    text = str(value).strip().replace(",", "").replace("，", "").replace(" ", "")
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _refusal(question.key, "not_number", _("This must be a number.")) from None
    if not number.is_finite() or not question.least <= number <= question.most:
        message = _("Give a number from %(least)s to %(most)s.")
        raise _refusal(question.key, "out_of_range", message, least=f"{question.least:,}", most=f"{question.most:,}")
    if number != number.to_integral_value() and question.key not in AMOUNTS:
        raise _refusal(question.key, "not_whole", _("This must be a whole number."))
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number


def _several(question: Question, value: Any) -> tuple[str, ...]:
    parts: Iterable[Any] = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, Sequence) or not all(isinstance(part, str) for part in parts):
        raise _refusal(question.key, "bad_value", _("This is not an answer to this question."))
    spread = [each for part in parts for each in part.split(",")]
    chosen = list(dict.fromkeys(_option(question, part.strip()) for part in spread if part.strip()))
    if NONE in chosen and len(chosen) > 1:
        label = word(question.options[NONE])
        raise _refusal(question.key, "none_and_more", _("“%(none)s” goes with no other choice."), none=label)
    order = [key for key, _label in options_of(question)]
    return tuple(sorted(chosen, key=order.index))


def _option(question: Question, text: str) -> str:
    known = [key for key, _label in options_of(question)]
    found = text.upper() if question.options_from == "currencies" else text
    if found and found not in known:
        message = _("“%(text)s” is not known; there are %(known)s.")
        raise _refusal(question.key, "unknown", message, text=text[:LONGEST_TEXT], known=", ".join(known))
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return list(value) if isinstance(value, tuple) else value


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _known() -> str:
    return ", ".join(questions())


def _refusal(key: str, code: str, message: str, **values: Any) -> Invalid:
    return Invalid([FieldError(key, code, message % values if values else message)])
