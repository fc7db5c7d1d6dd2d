"""The guide of what an organization uses: chapters and sections about modules that are off stand aside."""

from __future__ import annotations

from dataclasses import replace

from banyan.core.objects.modules import modules, modules_of
from banyan.core.tenancy.models import Organization
from banyan.core.web.help.guide import Guide, guide_in


def guide_for(organization: Organization, language: str) -> Guide:
    """Return the guide in a language with what an organization uses."""
    return in_use(guide_in(language), organization)


def in_use(guide: Guide, organization: Organization) -> Guide:
    """Return a guide without the chapters and sections that only modules speak of which are off."""
    unused = unused_anchors(organization)
    return replace(
        guide,
        chapters=tuple(
            replace(chapter, sections=tuple(part for part in chapter.sections if part.name not in unused))
            for chapter in guide.chapters
            if chapter.name not in unused
        ),
    )


def unused_anchors(organization: Organization) -> frozenset[str]:
    """Return the anchors of the guide that belong to modules none of which is on."""
    on = modules_of(organization)
    used = {anchor for module in modules if module.name in on for anchor in module.chapters}
    return frozenset(anchor for module in modules for anchor in module.chapters if anchor not in used)
