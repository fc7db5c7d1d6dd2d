"""The texts of contracts, and the library of clauses that they come from."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from banyan.contracts.models import Clause, ClauseVersion, Contract, ContractTerm
from banyan.contracts.queries import latest_texts, library
from banyan.contracts.services.steps import locked_contract, require_draft
from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.kernel.text.cleaning import clean_text

MOST_TERMS, LONGEST_TITLE, LONGEST_TEXT = 200, 120, 20_000


@transaction.atomic
def add_clauses(actor: Actor, contract_id: uuid.UUID, clause_ids: Collection[uuid.UUID]) -> int:
    """Take clauses of the library over into a draft, in their version of now; return how many. Those it has stay as they are."""
    contract = locked_contract(actor, contract_id)
    require_draft(contract)
    return take_over(contract, [clause for clause in library() if clause.pk in set(clause_ids)])


def take_over(contract: Contract, clauses: Sequence[Clause]) -> int:
    """Copy clauses into a contract that is locked or new."""
    rows = ContractTerm.objects.filter(contract=contract)
    present = set(rows.exclude(clause=None).values_list("clause_id", flat=True))
    wanted = [clause for clause in clauses if clause.pk not in present]
    texts = latest_texts(wanted)
    first = (rows.aggregate(last=Max("position"))["last"] or 0) + 1
    _check_number(rows.count() + len(wanted))
    ContractTerm.objects.bulk_create(
        ContractTerm(
            organization_id=contract.organization_id, contract=contract, position=first + index, title=clause.name,
            text=texts.get(clause.pk, ""), clause=clause, clause_version=clause.latest,
        )
        for index, clause in enumerate(wanted)
    )  # fmt: skip
    return len(wanted)


@transaction.atomic
def set_term(actor: Actor, contract_id: uuid.UUID, term_id: uuid.UUID | None, *, title: str, text: str) -> ContractTerm:
    """Write a term of one's own into a draft, or change one; a text that differs from the library's is no longer its version."""
    contract = locked_contract(actor, contract_id)
    require_draft(contract)
    title, text = _checked(title, text)
    rows = ContractTerm.objects.filter(contract=contract)
    if term_id is None:
        _check_number(rows.count() + 1)
        last = rows.aggregate(last=Max("position"))["last"] or 0
        term = ContractTerm(organization_id=contract.organization_id, contract=contract, position=last + 1)
    else:
        term = _term(contract, term_id)
        if term.text != text:
            term.clause_version = 0
    term.title, term.text = title, text
    term.save()
    return term


@transaction.atomic
def remove_term(actor: Actor, contract_id: uuid.UUID, term_id: uuid.UUID) -> None:
    """Take a term out of a draft."""
    contract = locked_contract(actor, contract_id)
    require_draft(contract)
    _term(contract, term_id).delete()


@transaction.atomic
def move_term(actor: Actor, contract_id: uuid.UUID, term_id: uuid.UUID, *, up: bool) -> None:
    """Let a term of a draft stand one place earlier or later."""
    contract = locked_contract(actor, contract_id)
    require_draft(contract)
    rows = list(ContractTerm.objects.filter(contract=contract).order_by("position", "id"))
    index = next((place for place, row in enumerate(rows) if row.pk == term_id), None)
    if index is None:
        raise _no_term()
    other = index - 1 if up else index + 1
    if 0 <= other < len(rows):
        rows[index], rows[other] = rows[other], rows[index]
    for position, row in enumerate(rows):
        row.position = position
    ContractTerm.objects.bulk_update(rows, ["position"])


def read_terms(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return terms of an amendment or a program as plain values; raise ``Invalid`` for what is wrong."""
    _check_number(len(lines))
    found = []
    for position, line in enumerate(lines):
        unknown = sorted(line.keys() - {"title", "text"})
        if unknown:
            message = _("There is no field “%(name)s”.") % {"name": str(unknown[0])[:60]}
            raise Invalid([FieldError(f"terms.{position}.{str(unknown[0])[:60]}", "unknown_field", message)])
        title, text = _checked(str(line.get("title") or ""), str(line.get("text") or ""), f"terms.{position}.")
        found.append({"title": title, "text": text})
    return found


@transaction.atomic
def replace_terms(actor: Actor, contract_id: uuid.UUID, lines: Sequence[Mapping[str, Any]]) -> None:
    """Let a draft have exactly these terms."""
    contract = locked_contract(actor, contract_id)
    require_draft(contract)
    store_terms(contract, read_terms(lines))


def store_terms(contract: Contract, terms: Sequence[Mapping[str, Any]]) -> None:
    """Write checked terms in place of those that a contract has; the origin of texts that stay is kept."""
    known = {(row.title, row.text): row for row in ContractTerm.objects.filter(contract=contract)}
    ContractTerm.objects.filter(contract=contract).delete()
    ContractTerm.objects.bulk_create(
        ContractTerm(
            organization_id=contract.organization_id, contract=contract, position=position, title=term["title"],
            text=term["text"], clause_id=getattr(known.get((term["title"], term["text"])), "clause_id", None),
            clause_version=getattr(known.get((term["title"], term["text"])), "clause_version", 0),
        )
        for position, term in enumerate(terms)
    )  # fmt: skip


@transaction.atomic
def save_clause(actor: Actor, clause_id: uuid.UUID | None, values: Mapping[str, Any]) -> Clause:
    """Write a clause of the library: a changed text is a new version; contracts keep what they took over.

    Raises ``NotAllowed`` for those who may not customise, ``Missing``, ``Invalid`` without heading or text.
    """
    require_ability(actor, Ability.CUSTOMISE)
    name, text = _checked(str(values.get("name") or ""), str(values.get("text") or ""), name="name")
    clause = Clause(organization_id=actor.organization_id, latest=0) if clause_id is None else _clause(clause_id)
    before = latest_texts([clause]).get(clause.pk, "") if clause_id else ""
    clause.name = name
    clause.category = clean_text(str(values.get("category") or "")).strip()[:60]
    clause.is_active = bool(values.get("is_active", True))
    clause.is_standard = bool(values.get("is_standard", False))
    if text != before:
        clause.latest += 1
    clause.save()
    if text != before:
        ClauseVersion.objects.create(
            organization_id=actor.organization_id, clause=clause, number=clause.latest, text=text, by=actor.user
        )
    changed = {"text": (before, text)} if text != before else {}
    tell_setup_changed(
        actor, "clause", clause.pk, "update" if clause_id else "create", values={**changed, "name": ("", clause.name)}
    )
    return clause


def _clause(clause_id: uuid.UUID) -> Clause:
    clause = Clause.objects.select_for_update(no_key=True).filter(pk=clause_id).first()
    if clause is None:
        raise Missing("not_found", _("There is no such clause."))
    return clause


def _term(contract: Contract, term_id: uuid.UUID) -> ContractTerm:
    term = ContractTerm.objects.filter(contract=contract, pk=term_id).first()
    if term is None:
        raise _no_term()
    return term


def _no_term() -> Missing:
    return Missing("not_found", _("This term is not part of the contract any more."))


def _check_number(count: int) -> None:
    if count > MOST_TERMS:
        message = _("A contract has at most %(most)d terms.") % {"most": MOST_TERMS}
        raise Invalid([FieldError("terms", "too_many", message)])


def _checked(title: str, text: str, prefix: str = "", name: str = "title") -> tuple[str, str]:
    title, text = clean_text(title).strip(), clean_text(text).strip()
    errors = []
    if not title or len(title) > LONGEST_TITLE:
        message = _("Give a heading of at most %(most)d characters.") % {"most": LONGEST_TITLE}
        errors.append(FieldError(f"{prefix}{name}", "required", message))
    if not text or len(text) > LONGEST_TEXT:
        message = _("Give a text of at most %(most)d characters.") % {"most": LONGEST_TEXT}
        errors.append(FieldError(f"{prefix}text", "required", message))
    if errors:
        raise Invalid(errors)
    return title, text
