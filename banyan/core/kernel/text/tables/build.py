"""Make the character tables from pypinyin and OpenCC: ``python -m banyan.core.kernel.text.tables.build``.

Running processes read the small files this writes: importing pypinyin itself takes 0.25 s and 58 MB
in every process, and its call on a whole name costs some 390 microseconds against 3 for a table.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

from pypinyin.constants import PHRASES_DICT, PINYIN_DICT  # noqa: TID253 a program of its own

_FOLDER = Path(__file__).parent
_TONES = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}
_DIAERESIS = "\u0308"
_LONGEST_PHRASE = 4


def toned(reading: str) -> str:
    """Turn a reading with marks into letters and a tone digit: ``lǜ`` becomes ``lv4``."""
    letters: list[str] = []
    tone = "5"
    for mark in unicodedata.normalize("NFD", reading):
        if mark in _TONES:
            tone = _TONES[mark]
        elif mark == _DIAERESIS:
            letters[-1] = "v"
        elif mark.isascii():
            letters.append(mark)
    return "".join(letters) + tone


def _readings() -> dict[str, str]:
    return {chr(code): toned(readings.split(",")[0]) for code, readings in PINYIN_DICT.items()}


def _phrases(usual: dict[str, str]) -> dict[str, list[str]]:
    phrases: dict[str, list[str]] = {}
    for phrase, readings in PHRASES_DICT.items():
        # In longer phrases the unusual word is listed by itself as well, so they only cost memory.
        if len(phrase) > _LONGEST_PHRASE or len(phrase) != len(readings):
            continue
        spelled = [toned(reading[0]) for reading in readings]
        if any(
            usual.get(character, "")[:-1] != reading[:-1] for character, reading in zip(phrase, spelled, strict=True)
        ):
            phrases[phrase] = spelled
    return phrases


def _simplified() -> dict[str, str]:
    source = files("opencc_purepy").joinpath("dicts/TSCharacters.txt").read_text(encoding="utf-8")
    pairs = (line.split("\t") for line in source.splitlines() if "\t" in line)
    table = {character: targets.split(" ")[0] for character, targets in pairs}
    # A character that is its own first choice stays, and a chain of two steps becomes one.
    return {character: table.get(target, target) for character, target in table.items() if target != character}


def build() -> None:
    """Write the three tables beside this file."""
    usual = _readings()
    by_reading: dict[str, list[str]] = defaultdict(list)
    for character, reading in usual.items():
        by_reading[reading].append(character)
    _write("readings.txt", [f"{reading} {''.join(sorted(by_reading[reading]))}" for reading in sorted(by_reading)])
    phrases = _phrases(usual)
    _write("phrases.txt", [f"{phrase} {' '.join(phrases[phrase])}" for phrase in sorted(phrases)])
    pairs = _simplified()
    _write("simplified.txt", [f"{character}{pairs[character]}" for character in sorted(pairs)])


def _write(name: str, lines: list[str]) -> None:
    (_FOLDER / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    build()
