"""One-click sign-in to demo organizations, for people who try the product on their own machine."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import get_language

from banyan.core.tenancy.models import Organization
from banyan.core.web.accounts.client import is_at_this_machine


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody of a demo organization, as the ``demo_accounts`` of its settings list them."""

    organization: Organization
    email: str
    password: str
    name: str = ""
    title: str = ""


def demo_accounts(request: HttpRequest) -> list[DemoAccount]:
    """Return the accounts offered to a visitor: none unless the visitor sits at the machine that serves the demo.

    Those of the visitor's own language come first.
    """
    if not is_at_this_machine(request):
        return []
    language = get_language() or ""
    demos = Organization.objects.filter(settings__has_key="demo").order_by("created_at")
    return [
        DemoAccount(
            organization,
            email=entry["email"],
            password=entry["password"],
            name=entry.get("name", entry["email"]),
            title=entry.get("title", ""),
        )
        for organization in sorted(demos, key=lambda demo: demo.language.lower() != language.lower())
        for entry in organization.settings.get("demo_accounts", [])
    ]


def demo_account(request: HttpRequest, email: str) -> DemoAccount | None:
    """Return the offered account of an e-mail address, or None."""
    return next((account for account in demo_accounts(request) if account.email == email), None)
