"""The texts of papers: what the organization wrote, else the product's own."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.documents.kinds import DocumentKind
from banyan.documents.models import DocumentText
from banyan.documents.rules import unknown_placeholders

PARTS = ("intro", "terms")
#: What every paper fills in.
ALWAYS = ("number", "organization", "date")
LONGEST = 8_000


def texts_of(kind: DocumentKind, language: str) -> dict[str, str]:
    """Return ``intro`` and ``terms`` of a kind of paper in a language."""
    row = DocumentText.objects.filter(kind=kind.name, language=language).first()
    if row is not None:
        return {part: getattr(row, part) for part in PARTS}
    own = kind.texts.get(language, {})
    return {part: str(own.get(part, "")) for part in PARTS}


@transaction.atomic
def change_texts(actor: Actor, kind: DocumentKind, language: str, texts: Mapping[str, str]) -> None:
    """Store what a kind of paper says in a language; raise ``Invalid`` for a placeholder that nothing fills in."""
    errors = []
    for part in PARTS:
        for name in unknown_placeholders(texts[part], (*ALWAYS, *kind.placeholders)):
            message = _("Nothing fills in {%(name)s}. Known are: %(known)s.") % {
                "name": name,
                "known": ", ".join(f"{{{known}}}" for known in (*ALWAYS, *kind.placeholders)),
            }
            errors.append(FieldError(part, "unknown_placeholder", message))
    if errors:
        raise Invalid(errors)
    before = texts_of(kind, language)
    row, _created = DocumentText.objects.update_or_create(
        organization_id=actor.organization_id, kind=kind.name, language=language, defaults=dict(texts)
    )
    tell_setup_changed(actor, "document_text", row.pk, "update", values=difference(before, dict(texts)))


def written_kinds() -> set[tuple[str, str]]:
    """Return kind and language of the texts that the organization wrote itself."""
    return set(DocumentText.objects.values_list("kind", "language"))
