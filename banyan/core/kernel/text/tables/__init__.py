"""Character tables about Chinese, read once and shared; ``build.py`` makes them, ``SOURCE.md`` says from what."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent


def _lines(name: str) -> list[str]:
    return (_FOLDER / name).read_text(encoding="utf-8").splitlines()


@lru_cache(maxsize=1)
def simplified() -> dict[str, str]:
    """Return traditional characters with their simplified form; characters without one are absent."""
    return {pair[0]: pair[1] for pair in _lines("simplified.txt")}


@lru_cache(maxsize=1)
def toned_readings() -> dict[str, str]:
    """Return the most usual reading of each character with its tone, for example ``重`` to ``zhong4``.

    The vowel ü is written ``v``, as on a keyboard; tone 5 is the neutral tone.
    """
    readings: dict[str, str] = {}
    for line in _lines("readings.txt"):
        reading, characters = line.split(" ")
        readings.update(dict.fromkeys(characters, reading))
    return readings


@lru_cache(maxsize=1)
def phrase_readings() -> dict[str, tuple[str, ...]]:
    """Return words in which some character is not read as usual, for example ``重庆`` to ``chong2 qing4``."""
    phrases: dict[str, tuple[str, ...]] = {}
    for line in _lines("phrases.txt"):
        phrase, *readings = line.split(" ")
        phrases[phrase] = tuple(readings)
    return phrases
