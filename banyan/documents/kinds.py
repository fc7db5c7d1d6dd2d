"""Kinds of papers, and what stands on one.

An app registers a ``DocumentKind`` for its object; ``build`` is called while the language of the paper is active, so that
what it translates reads in that language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.kernel.registry import Registry

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of a table; numbers stand at the right, the widest column takes what is left."""

    label: str
    is_number: bool = False
    is_wide: bool = False


@dataclass(frozen=True)
class Cell:
    """A value in a table, with a smaller line below it."""

    text: str
    hint: str = ""


@dataclass(frozen=True)
class Table:
    """A table; its head is repeated on each page. ``muted`` are the positions of rows that do not count."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str | Cell]]
    title: str = ""
    muted: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Sum:
    """A line below the tables, such as net, tax and total."""

    label: str
    text: str
    is_total: bool = False


@dataclass(frozen=True)
class Party:
    """Who the paper is from, to, or shipped to: a heading, a name and further lines."""

    label: str
    name: str
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class Paper:
    """What stands on a paper, written in its language.

    ``facts`` are label and text; ``capitals`` is the amount in Chinese capitals; ``signatures`` are labels of places to sign;
    ``values`` fill the placeholders of the texts beside ``{number}`` and ``{organization}``; ``stamp`` is printed across
    (draft, cancelled); ``shows_bank`` adds where to pay; ``pictures`` are further images by name, shown with ``signed``.
    """

    title: str
    number: str = ""
    subject: str = ""
    facts: Sequence[tuple[str, str]] = ()
    parties: Sequence[Party] = ()
    tables: Sequence[Table] = ()
    sums: Sequence[Sum] = ()
    capitals: str = ""
    notes: str = ""
    signatures: Sequence[str] = ()
    signed: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    stamp: str = ""
    intro: str = ""
    terms: str = ""
    shows_bank: bool = False
    shows_seal: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)


def _organization_language(actor: Actor, row: Row) -> str:
    return actor.organization.language


def _few(actor: Actor, row: Row) -> int:
    return 0


@dataclass(frozen=True)
class DocumentKind:
    """A kind of paper of one object.

    Args:
        name: Its code; texts of the organization are kept under it.
        label: What it is called, as on its button.
        object_name: The object whose records have it.
        build: Returns what stands on the paper of a record, in the active language; ``row`` is what ``fetch_row`` gives.
        template: The template; one of one's own extends ``documents/paper.html``.
        language: The language a record's paper has unless somebody chooses another one.
        size: How many lines a record's paper has: what is big is made in a job.
        placeholders: Names that ``Paper.values`` fills in, for those who write the texts.
        texts: The product's own texts by language: ``{"en": {"intro": ..., "terms": ...}}``.
        is_offered: Says whether a record can have this paper now.
        module: The module that must be on beside that of documents.
    """

    name: str
    label: Any
    object_name: str
    build: Callable[[Actor, Row], Paper]
    template: str = "documents/paper.html"
    language: Callable[[Actor, Row], str] = _organization_language
    size: Callable[[Actor, Row], int] = _few
    placeholders: tuple[str, ...] = ("customer",)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    is_offered: Callable[[Actor, Row], bool] = lambda actor, row: True
    module: str = ""


document_kinds: Registry[DocumentKind] = Registry("document kinds")
