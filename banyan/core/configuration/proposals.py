"""Documents that somebody looks at before they are applied: files laid over one another, templates, former states."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.configuration.applying import Applied, apply_document, plan_of, require_unchanged
from banyan.core.configuration.differences import Plan, read_all
from banyan.core.configuration.documents import BadDocument, Document, read_document, write_document
from banyan.core.configuration.layers import stack
from banyan.core.configuration.models import AppliedTemplate, Occasion, Proposal, Snapshot
from banyan.core.configuration.updates import Update, update_between
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.objects.configuration_parts import ordered_parts

MOST_LAYERS = 20
KEPT = timedelta(days=30)
LONGEST_SOURCE = 120
#: What belongs to these is complete: what it does not mention is offered for removal.
OFFERS_REMOVAL = frozenset({Occasion.RESTORED, Occasion.PROMOTED})


@dataclass(frozen=True)
class Layer:
    """One of the files that are laid over one another."""

    source: str
    text: str


def read_layers(layers: Iterable[Layer]) -> Document:
    """Return what several files say together, the later ones winning.

    Raises ``BadDocument`` with what is wrong with any of them.
    """
    documents, complaints = [], []
    for layer in layers:
        try:
            documents.append(read_document(layer.text, source=layer.source))
        except BadDocument as problem:
            complaints += problem.complaints
    if complaints:
        raise BadDocument(complaints)
    return stack(documents)


@transaction.atomic
def propose(
    actor: Actor,
    layers: Sequence[Layer],
    *,
    occasion: Occasion = Occasion.APPLIED,
    template: str = "",
    with_demo_data: bool = False,
) -> Proposal:
    """Keep documents for looking at what they would do; those of last month are thrown away.

    ``template`` is the key of the industry's template that they are.

    Raises ``NotAllowed``, ``BadDocument``, or ``Invalid`` without a file.
    """
    require_ability(actor, Ability.CUSTOMISE)
    if not 0 < len(layers) <= MOST_LAYERS:
        message = _("Choose from one to %(most)d files.") % {"most": MOST_LAYERS}
        raise Invalid([FieldError("files", "required", message)])
    named = [replace(layer, source=layer.source[:LONGEST_SOURCE]) for layer in layers]
    document = read_layers(named)
    Proposal.objects.filter(made_at__lt=now() - KEPT).delete()
    return Proposal.objects.create(
        organization=actor.organization,
        made_by=actor.user,
        occasion=occasion,
        source=document.source[:200],
        layers=_written(named),
        template=template,
        with_demo_data=with_demo_data,
    )


def find_proposal(actor: Actor, proposal_id: uuid.UUID) -> Proposal:
    """Return a proposal of the organization; raise ``NotAllowed`` or ``Missing``."""
    require_ability(actor, Ability.CUSTOMISE)
    found = Proposal.objects.select_related("made_by").filter(pk=proposal_id).first()
    if found is None:
        raise Missing("not_found", _("This has been applied or discarded already."))
    return found


def layers_of(proposal: Proposal) -> list[Layer]:
    """Return the files of a proposal in the order in which they are laid over one another."""
    return [Layer(**layer) for layer in json.loads(proposal.layers)]


def document_of(proposal: Proposal) -> Document:
    """Return what the files of a proposal say together."""
    return read_layers(layers_of(proposal))


def wish_of(actor: Actor, proposal: Proposal, taken: Collection[str] = ()) -> Update:
    """Return what a proposal wants: what its files say, or what the newer version of a template changes.

    ``taken`` are the clashes in which the template's value is wanted (see ``updates``).
    """
    document = document_of(proposal)
    if not proposal.template:
        return Update(document)
    document = document if proposal.with_demo_data else without_data(document)
    applied = AppliedTemplate.objects.filter(template=proposal.template).first()
    if applied is None:
        return Update(document)
    base = without_data(read_document(applied.document))
    return update_between(base, document, read_all(actor.organization), taken)


def without_data(document: Document) -> Document:
    """Return a document without its demo records."""
    data = {part.name for part in ordered_parts() if part.is_data}
    entries = {name: found for name, found in document.entries.items() if name not in data}
    return replace(document, entries=entries)


def plan_of_proposal(actor: Actor, proposal: Proposal) -> Plan:
    """Return what a proposal would do now, with everything that both have changed left as it is."""
    return plan_of(actor, wish_of(actor, proposal).document)


def order_layers(proposal: Proposal, order: Sequence[int]) -> None:
    """Put the files of a proposal into another order; raise ``Invalid`` unless each is named once."""
    layers = layers_of(proposal)
    if sorted(order) != list(range(len(layers))):
        raise Invalid([FieldError("order", "bad_order", _("Name each file once."))])
    proposal.layers = _written([layers[position] for position in order])
    proposal.source = document_of(proposal).source[:200]
    proposal.save(update_fields=["layers", "source"])


@transaction.atomic
def apply_proposal(
    actor: Actor, proposal: Proposal, names: Sequence[str], *, seen: str, taken: Collection[str] = ()
) -> Applied:
    """Carry out the chosen steps of a proposal, which is done with then; raises as ``apply_document``.

    ``taken`` are the clashes with a newer template in which the template's value is wanted.
    """
    wish = wish_of(actor, proposal)
    if taken:
        require_unchanged(plan_of(actor, wish.document), seen)
        names = [*names, *(clash.step for clash in wish.clashes if clash.name in taken)]
        wish, seen = wish_of(actor, proposal, taken), ""
    applied = apply_document(actor, wish.document, names=names, seen=seen, occasion=Occasion(proposal.occasion))
    if proposal.template:
        remember_template(actor, proposal.template, document_of(proposal))
    proposal.delete()
    return applied


def remember_template(actor: Actor, key: str, document: Document) -> AppliedTemplate:
    """Keep a template as it was applied, so that its next version can be told from what the organization changes."""
    known = AppliedTemplate.objects.filter(template=key).first()
    values = {
        "version": document.version,
        "language": known.language if known is not None and known.language else actor.organization.language,
        "applied_at": now(),
        "applied_by": actor.user,
        "document": write_document(without_data(document)),
    }
    row, _made = AppliedTemplate.objects.update_or_create(
        template=key, defaults=values, create_defaults={**values, "organization": actor.organization}
    )
    return row


def propose_restoring(actor: Actor, snapshot_id: uuid.UUID) -> Proposal:
    """Keep a former configuration for looking at what putting it back would do."""
    snapshot = find_snapshot(actor, snapshot_id)
    day = snapshot.made_at.strftime("%Y-%m-%d %H:%M")
    source = _("Configuration before %(source)s, %(day)s UTC") % {"source": snapshot.source or "–", "day": day}
    return propose(actor, [Layer(source, snapshot.document)], occasion=Occasion.RESTORED)


def find_snapshot(actor: Actor, snapshot_id: uuid.UUID) -> Snapshot:
    """Return a former configuration of the organization; raise ``NotAllowed`` or ``Missing``."""
    require_ability(actor, Ability.CUSTOMISE)
    found = Snapshot.objects.select_related("made_by").filter(pk=snapshot_id).first()
    if found is None:
        raise Missing("not_found", _("There is no such former configuration."))
    return found


def restore(actor: Actor, snapshot_id: uuid.UUID) -> Applied:
    """Put a former configuration back, exactly; raises as ``apply_document``."""
    snapshot = find_snapshot(actor, snapshot_id)
    document = read_document(snapshot.document, source=f"{snapshot.made_at:%Y-%m-%d %H:%M} UTC")
    return apply_document(actor, document, removes_extra=True, occasion=Occasion.RESTORED)


def _written(layers: Sequence[Layer]) -> str:
    return json.dumps([{"source": layer.source, "text": layer.text} for layer in layers], ensure_ascii=False)
