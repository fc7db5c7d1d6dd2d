"""The figure of a long quote's PDF, taken on a short one."""

from __future__ import annotations

import pytest

from banyan.demo.measuring.papers import draw_quotes
from banyan.documents.public import can_draw
from banyan.quotes.models import Quote
from tests.cast import Cast


@pytest.mark.skipif(bool(can_draw()), reason="PDF cannot be made here")
def test_figure_leaves_no_quote_behind(scope: Cast) -> None:
    figures = list(draw_quotes(scope.organization, lines=3))

    assert [figure.name for figure in figures] == [
        "PDF of a quote of 3 lines in Chinese",
        "PDF of a quote of 3 lines in English",
    ]
    assert all(figure.value > 0 for figure in figures)
    assert not Quote.objects.exists()
