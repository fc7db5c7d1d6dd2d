"""The headings of a long main menu."""

from __future__ import annotations

import re

from banyan.core.tenancy.models import Organization
from tests.cast import Cast, sign_in


def test_long_menu_names_each_heading_once_and_gathers_pages_with_the_objects_of_their_module(cast: Cast) -> None:
    Organization.objects.filter(pk=cast.organization.pk).update(edition="enterprise")
    page = sign_in(cast, "admin").get("/customers").content.decode()
    sidebar = page.split('id="sidebar-menu"')[1].split("</nav>")[0]

    order = re.findall(r'sidebar-section[^>]*>([^<]+)|href="([^"]+)"', sidebar)
    headings = [heading for heading, _url in order if heading]
    under: dict[str, str] = {}
    current = ""
    for heading, url in order:
        current = heading or current
        under.setdefault(url, current)
    wanted = {"/tasks": "", "/customers": "Customers", "/receivables": "Payments and invoices", "/reports": "Analysis"}
    assert len(headings) == len(set(headings))
    assert {url: under.get(url) for url in wanted} == wanted
