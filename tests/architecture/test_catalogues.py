"""Nobody who reads Chinese meets an English sentence."""

from __future__ import annotations

from tools import catalogues


def test_every_message_is_translated() -> None:
    assert catalogues.problems() == []
