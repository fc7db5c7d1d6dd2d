"""Pages for whoever has no account yet, offered below the form of the sign-in page; apps register them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from banyan.core.kernel.registry import Registry


@dataclass(frozen=True)
class SignInLink:
    """A page that anybody may open."""

    label: Any
    url: str


sign_in_links: Registry[SignInLink] = Registry("links of the sign-in page")


def links_of() -> list[dict[str, str]]:
    """Return the links with their labels in the reader's language."""
    return [{"label": str(link.label), "url": link.url} for link in sign_in_links]
