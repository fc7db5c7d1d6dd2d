"""What the doctor says of PDF: it works, the libraries are missing, or the fonts."""

from __future__ import annotations

import pytest

from banyan.cli import checks


@pytest.mark.parametrize(
    ("reason", "has_font", "state", "advice"),
    [
        ("", True, "ok", ""),
        ("cannot load library 'libpango-1.0-0'", True, "warning", "libpango-1.0-0"),
        ("", False, "warning", "fonts-noto-cjk"),
    ],
)
def test_doctor_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
    reason: str,
    has_font: bool,  # noqa: FBT001 a parameter
    state: str,
    advice: str,
) -> None:
    monkeypatch.setattr(checks, "can_draw", lambda: reason)
    monkeypatch.setattr(checks, "has_chinese_font", lambda: has_font)

    found = checks.check_papers()

    assert found.state == state
    assert advice in (found.advice or "")
