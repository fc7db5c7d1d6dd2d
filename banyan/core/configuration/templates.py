"""Ready configurations of industries, which apps bring along: files like any other, chosen from a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.configuration.applying import Applied
from banyan.core.configuration.demo_records import has_demo_records
from banyan.core.configuration.documents import Document, read_document, words_of
from banyan.core.configuration.models import AppliedTemplate, Occasion, Proposal
from banyan.core.configuration.proposals import Layer, apply_proposal, plan_of_proposal, propose
from banyan.core.configuration.yaml_text import read_yaml
from banyan.core.kernel.errors import Conflict, Missing
from banyan.core.kernel.registry import Registry
from banyan.core.tenancy.models import Organization

#: The parts of a file that people call rules.
RULES = ("validation_rules", "assignment_rules", "automation_rules", "processes", "duplicate_rules", "approval_flows")
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


def fits(template: IndustryTemplate, organization: Organization) -> bool:
    """Say whether a template is for the organization's industry."""
    return organization.industry in template.industries


def offered(actor: Actor) -> list[IndustryTemplate]:
    """Return the templates, those of the organization's industry first."""
    return sorted(templates, key=lambda template: not fits(template, actor.organization))


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


def preview(template: IndustryTemplate, language: str) -> dict[str, Any]:
    """Return what somebody sees of a template before taking it: its objects, stages and words by name."""
    entries = template.document(language).entries
    told = described(template, language)
    return {
        **told,
        "objects": [
            {"icon": entry.get("icon", ""), "name": words_of(entry["label"], language),
             "text": words_of(entry.get("description"), language)}
            for entry in entries.get("objects", {}).values()
        ],
        "stages": [{"name": entry["name"], "color": entry.get("color", "")} for entry in entries.get("stages", {}).values()],
        "words": [words_of(entry["label"], language) for entry in entries.get("wording", {}).values()],
        "fields": len(entries.get("fields", {})),
        "rules": sum(len(entries.get(part, {})) for part in RULES),
        "reports": len(entries.get("reports", {})),
        "demo_records": sum(len(entry.get("records", ())) for entry in entries.get("demo_records", {}).values()),
    }  # fmt: skip


def applied_templates() -> dict[str, AppliedTemplate]:
    """Return the templates that the organization has taken, by their keys."""
    return {row.template: row for row in AppliedTemplate.objects.select_related("applied_by")}


def find_template(key: str) -> IndustryTemplate:
    """Return a template; raise ``Missing``."""
    template = templates.get(key)
    if template is None:
        raise Missing("not_found", _("There is no such template."))
    return template


def has_update(template: IndustryTemplate, applied: AppliedTemplate) -> bool:
    """Say whether a template has a version that the organization has not seen."""
    return template.document(applied.language).version != applied.version


def propose_template(actor: Actor, key: str, *, with_demo_data: bool = False) -> Proposal:
    """Keep a template for looking at what it would do, which is what is new where it was applied before.

    Raises ``Missing``, ``NotAllowed``, or ``Conflict`` when demo records of a template are here already.
    """
    template = find_template(key)
    if with_demo_data and has_demo_records(actor.organization):
        raise Conflict("has_demo_records", _("There are demo records already. Remove them first."))
    text = template.text(language_of(actor, key))
    source = words_of(read_document(text).name, actor.language)
    return propose(
        actor, [Layer(source, text)], occasion=Occasion.TEMPLATE, template=key, with_demo_data=with_demo_data
    )


def language_of(actor: Actor, key: str) -> str:
    """Return in which language the records of a template are named: that of the first time, for its keys are names."""
    known = AppliedTemplate.objects.filter(template=key).values_list("language", flat=True).first()
    return known or actor.organization.language


@transaction.atomic
def apply_industry(actor: Actor, key: str, *, with_demo_data: bool = False) -> Applied:
    """Apply the template of an industry in one go, with its demo records where they are wanted.

    Where it was applied before, only what its newer version brings; own changes stay.

    Raises:
        Missing: There is no such template.
        NotAllowed: The actor lacks a right.
        BadDocument: Something cannot be done, such as demo records among real ones; nothing was changed.
    """
    proposal = propose_template(actor, key, with_demo_data=with_demo_data)
    plan = plan_of_proposal(actor, proposal)
    return apply_proposal(actor, proposal, [step.name for step in plan.steps], seen="")


@cache
def _read(template: IndustryTemplate, language: str) -> Document:
    return read_document(template.text(language), source=template.path.name)
