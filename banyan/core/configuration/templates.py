"""Ready configurations of industries, which apps bring along: files like any other, chosen from a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.configuration.documents import Document, read_document, words_of
from banyan.core.configuration.models import Occasion, Proposal
from banyan.core.configuration.proposals import Layer, propose
from banyan.core.configuration.yaml_text import read_yaml
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.registry import Registry

_PLACE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class IndustryTemplate:
    """A configuration that fits an industry; ``industries`` are those of the organization's own page."""

    key: str
    path: Path
    icon: str
    industries: tuple[str, ...] = ()

    def text(self, language: str) -> str:
        """Return the file with its words in a language.

        Names of records and roles have one language only, that of the organization; the file begins with these words
        in both, and has ``${name}`` in their places.
        """
        head, _line, text = self.path.read_text(encoding="utf-8").partition("\n---\n")
        words = read_yaml(head).value["words"]
        return _PLACE.sub(lambda found: words_of(words[found[1]], language), text)

    def document(self, language: str) -> Document:
        """Return what the file says in a language."""
        return _read(self, language)


templates: Registry[IndustryTemplate] = Registry("industry templates")


def register_template(template: IndustryTemplate) -> None:
    """Offer a template on the page of the configuration."""
    templates.add(template.key, template)


def offered(actor: Actor) -> list[IndustryTemplate]:
    """Return the templates, those of the organization's industry first."""
    return sorted(templates, key=lambda template: actor.organization.industry not in template.industries)


def described(template: IndustryTemplate, language: str) -> dict[str, Any]:
    """Return what a page says of a template."""
    document = template.document(language)
    return {
        "key": template.key,
        "icon": template.icon,
        "name": words_of(document.name, language),
        "description": words_of(document.description, language),
        "counts": {part: len(entries) for part, entries in document.entries.items() if entries},
    }


def propose_template(actor: Actor, key: str) -> Proposal:
    """Keep a template for looking at what it would do; raise ``Missing`` or ``NotAllowed``."""
    template = templates.get(key)
    if template is None:
        raise Missing("not_found", _("There is no such template."))
    text = template.text(actor.organization.language)
    source = words_of(read_document(text).name, actor.language)
    return propose(actor, [Layer(source, text)], occasion=Occasion.TEMPLATE)


@cache
def _read(template: IndustryTemplate, language: str) -> Document:
    return read_document(template.text(language), source=template.path.name)
