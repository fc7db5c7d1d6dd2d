"""The settings lead to what was found only where there is a page of it."""

from __future__ import annotations

import re

from tests.cast import Cast, sign_in


def test_every_way_to_what_was_found_leads_somewhere(cast: Cast) -> None:
    ada = sign_in(cast, "admin")
    page = ada.get("/settings/duplicate-rules").text
    assert "<strong>Leads</strong>" in page
    found = re.findall(r'href="(/[a-z-]+/duplicates-review)"', page)
    assert sorted(found) == ["/contacts/duplicates-review", "/customers/duplicates-review"]
    assert [ada.get(url).status_code for url in found] == [200, 200]
