"""The letterhead and the texts of papers as parts of the configuration file; pictures are files and stay out of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.kernel.document_shapes import Problem, Property, Text
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization
from banyan.documents.choices import Accent
from banyan.documents.kinds import document_kinds
from banyan.documents.models import DocumentText, Letterhead
from banyan.documents.services.letterheads import change_letterhead, stored_letterhead
from banyan.documents.services.papers import MODULE
from banyan.documents.services.texts import LONGEST, PARTS, change_texts

SINGLE = "letterhead"
PLAIN = (
    "name_zh", "name_en", "address_zh", "address_en", "tax_number", "phone", "email", "website", "bank_name",
    "bank_account", "bank_code", "footer_zh", "footer_en",
)  # fmt: skip


def read_letterhead(organization: Organization) -> list[dict[str, Any]]:
    """Return what stands on every paper."""
    if not module_is_on(organization, MODULE):
        return []
    row = stored_letterhead() or Letterhead()
    return [{KEY: SINGLE, **{name: getattr(row, name) for name in (*PLAIN, "accent")}}]


def apply_letterhead(actor: Actor, change: Change) -> None:
    """Change the letterhead."""
    wanted = {name: str(value or "") for name, (_now, value) in change.changed().items()}
    if wanted.get("accent") == "":
        wanted["accent"] = Accent.GREEN.value
    change_letterhead(actor, wanted, {})


def read_texts(organization: Organization) -> Sequence[dict[str, Any]]:
    """Return the texts that the organization wrote itself."""
    if not module_is_on(organization, MODULE):
        return []
    rows = DocumentText.objects.order_by("kind", "language")
    return [{KEY: f"{row.kind}.{row.language}", "intro": row.intro, "terms": row.terms} for row in rows]


def apply_text(actor: Actor, change: Change) -> None:
    """Write the texts of a kind of paper in a language, or go back to those of the product."""
    kind, _dot, language = change.key.partition(".")
    if change.entry is None:
        DocumentText.objects.filter(kind=kind, language=language).delete()
        return
    change_texts(actor, document_kinds[kind], language, {part: str(change.entry[part] or "") for part in PARTS})


def check_texts(_actor: Actor, changes: Sequence[Change]) -> Iterator[Problem]:
    """Yield texts of papers or languages that there are not."""
    known = {code for code, _name in LANGUAGES}
    for change in changes:
        kind, _dot, language = change.key.partition(".")
        if not change.is_removal and (kind not in document_kinds or language not in known):
            message = _("Write the kind of paper, a point and the language, such as quote.en.")
            yield Problem((change.key,), message)


def _text(name: str) -> Property:
    column = Letterhead._meta.get_field(name)  # noqa: SLF001 Django's public model API is named so
    longest = getattr(column, "max_length", 200)
    return Property(Text(longest=longest), getattr(column, "verbose_name", name), default="")


PARTS_OF_FILE = (
    ConfigurationPart(
        name="letterhead",
        label=gettext_lazy("Letterhead"),
        properties={
            **{name: _text(name) for name in PLAIN},
            "accent": Property(Text(longest=10, choices=tuple(Accent.values)), gettext_lazy("Accent color"),
                               default=Accent.GREEN.value),
        },
        read=read_letterhead,
        apply=apply_letterhead,
        after=("organization",),
        removable=False,
    ),
    ConfigurationPart(
        name="document_texts",
        label=gettext_lazy("Texts of documents"),
        key_help=gettext_lazy("the kind of paper, a point and the language"),
        properties={
            "intro": Property(Text(longest=LONGEST), gettext_lazy("Introduction"), default=""),
            "terms": Property(Text(longest=LONGEST), gettext_lazy("Terms"), default=""),
        },
        read=read_texts,
        apply=apply_text,
        check=check_texts,
        after=("organization",),
    ),
)  # fmt: skip
