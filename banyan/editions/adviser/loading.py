"""The adviser's questions, reasons and judgements, read from their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
NUMBER, CHOICE, SEVERAL = "number", "choice", "several"
#: The option of a question with several answers that excludes the others.
NONE = "none"
Words = Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """One question; ``options`` are keys with their words, empty when they come from elsewhere (``options_from``)."""

    key: str
    step: str
    kind: str
    label: Words
    why: Words
    options: Mapping[str, Words]
    options_from: str = ""
    least: int = 0
    most: int = 0
    unanswered: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Step:
    """A page of questions."""

    key: str
    label: Words
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class ModuleReasons:
    """What speaks for and against a module, and when it is needed."""

    module: str
    needed: Any
    pro: Words
    contra: Words
    not_needed: Words


@cache
def steps() -> tuple[Step, ...]:
    """Return the pages of questions in their order."""
    return tuple(
        Step(step["key"], step["label"], tuple(_question(step["key"], entry) for entry in step["questions"]))
        for step in read("questions")["steps"]
    )


@cache
def questions() -> dict[str, Question]:
    """Return all questions by key."""
    return {question.key: question for step in steps() for question in step.questions}


@cache
def module_reasons() -> dict[str, ModuleReasons]:
    """Return the reasons by module, also of modules that this installation does not have."""
    return {
        entry["module"]: ModuleReasons(
            entry["module"], entry["needed"], entry["pro"], entry["contra"], entry["not_needed"]
        )
        for entry in read("modules")["modules"]
    }


def gaps() -> Sequence[Mapping[str, Any]]:
    """Return what answers may ask for and the product may lack."""
    return list(read("modules")["gaps"])


def most_single(edition: str) -> int:
    """Return how many single modules are advised on top of an edition before the next one is."""
    return int(read("editions")["most_single"][edition])


def editions() -> tuple[str, ...]:
    """Return the editions, the smallest first."""
    return tuple(read("editions")["editions"])


def edition_reasons() -> Sequence[Mapping[str, Any]]:
    """Return what asks for an edition."""
    return list(read("editions")["reasons"])


def judgements() -> Mapping[str, Any]:
    """Return contradictions, risks, roll-out, training and the other figures of the adviser."""
    return read("judgements")


def days() -> dict[str, str]:
    """Return the days on which the files were written down."""
    return {name: str(read(name)["date"]) for name in ("questions", "editions", "modules", "judgements")}


@cache
def read(name: str) -> dict[str, Any]:
    """Return one of the files."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def decimal_of(number: Any) -> Decimal:
    """Return a number of a file as it is written there."""
    return Decimal(str(number))


def _question(step: str, entry: Mapping[str, Any]) -> Question:
    return Question(
        key=entry["key"],
        step=step,
        kind=entry["kind"],
        label=entry["label"],
        why=entry["why"],
        options={option["key"]: option["label"] for option in entry.get("options", ())},
        options_from=entry.get("options_from", ""),
        least=entry.get("from", 0),
        most=entry.get("upto", 0),
        unanswered=entry.get("unanswered"),
    )
