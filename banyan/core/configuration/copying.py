"""Giving one organization the shape of another: fields, layouts, processes and words, but nobody and no data."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import replace

from django.db import transaction

from banyan.core.access.actor import Actor
from banyan.core.configuration.applying import apply_document
from banyan.core.configuration.documents import BadDocument, Document, current_document
from banyan.core.identity.models import Role
from banyan.core.objects.configuration_parts import Entry
from banyan.core.tenancy.models import Organization

#: What an organization looks like to whoever works in it; rights, people, and what acts on the world outside stay behind.
SHAPE = (
    "objects", "fields", "pick_lists", "conditional_choices", "wording", "pipelines", "stages", "record_types", "layouts",
    "processes",
)  # fmt: skip
#: How often entries that do not fit are left out before nothing is copied.
ATTEMPTS = 3
ANY_ROLE = "any"
_ENTRY = re.compile(r"^(?P<part>\w+)\[(?P<key>.+?)\](?:\.|\[|$)")
log = logging.getLogger(__name__)


def shape_of(organization: Organization) -> Document:
    """Return what shapes the work in an organization, within its scope."""
    return current_document(organization, SHAPE, with_data=False)


@transaction.atomic
def take_shape(actor: Actor, document: Document) -> bool:
    """Give the actor's organization, which is new, the shape of another one, within its scope, and say whether it has it.

    What does not fit because it needs what stays behind, such as a layout for a role, is left out.
    """
    left = _of_known_roles(document)
    for _attempt in range(ATTEMPTS):
        if not any(left.entries.values()):
            return False
        try:
            apply_document(actor, left, removes_extra=True)
        except BadDocument as problem:
            fewer = _without_refused(left, problem)
            log.info("Left out of a copied shape: %s", problem)
            if fewer is None:
                return False
            left = fewer
        else:
            return True
    return False


def _of_known_roles(document: Document) -> Document:
    """Leave out the layouts of roles that are not there."""
    known = {ANY_ROLE, *Role.objects.values_list("key", flat=True)}
    layouts = {
        key: entry
        for key, entry in document.entries.get("layouts", {}).items()
        if known.issuperset(key.split("/")[2:3])
    }
    return replace(document, entries={**document.entries, "layouts": layouts})


def _without_refused(document: Document, problem: BadDocument) -> Document | None:
    """Return the document without the entries that were refused; None when nobody knows which they are."""
    refused = {(match["part"], match["key"]) for one in problem.complaints if (match := _ENTRY.match(one.path))}
    if not refused:
        return None
    entries: Mapping[str, Mapping[str, Entry]] = {
        part: {key: entry for key, entry in found.items() if (part, key) not in refused}
        for part, found in document.entries.items()
    }
    same = all(len(entries[part]) == len(document.entries[part]) for part in entries)
    return None if same else replace(document, entries=entries)
