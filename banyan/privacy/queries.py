"""Questions about consents and requests: what stands for a person, and whether somebody may be contacted."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q, QuerySet

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import objects, spec_for
from banyan.privacy.choices import OPEN_STATES, Channel, ConsentState, LegalBasis, RequestKind, RequestState
from banyan.privacy.models import LIVE, Consent, PersonRequest, Purpose
from banyan.privacy.references import PersonKind, person_kinds
from banyan.privacy.rules import Statement, Verdict, judge

#: Requests that stop whatever rests on consent until they are answered, and, by their answer, afterwards too.
STOPPING = (RequestKind.RESTRICT, RequestKind.WITHDRAW, RequestKind.DELETE)

#: How far a request to restrict is while it is in force.
IN_FORCE = (*(state.value for state in OPEN_STATES), RequestState.DONE.value)


def purposes_in_use() -> list[Purpose]:
    """Return the purposes of the organization that are in use, in order."""
    return list(Purpose.objects.filter(LIVE, is_active=True).order_by("position", "name", "pk"))


def consents_of(actor: Actor, kind: PersonKind, record_id: uuid.UUID) -> QuerySet[Any]:
    """Return the consents of a person that the actor may see, the newest first."""
    spec = spec_for(actor.organization, "consent")
    rows = restrict(live_rows(actor, spec), actor, spec).filter(own_consents(kind, [record_id]))
    return rows.select_related("purpose").order_by("-given_at", "-pk")


def own_consents(kind: PersonKind, ids: Collection[uuid.UUID]) -> Q:
    """Return the condition for consents and requests of persons, leaving out those of their customer's contacts."""
    mine = Q(**{f"{kind.consents}__in": ids})
    return mine if kind.consents == "contact" else mine & Q(contact=None)


def judge_many(object_name: str, ids: Collection[uuid.UUID], channel: str, purpose: str) -> dict[uuid.UUID, Verdict]:
    """Say for persons whether they may be contacted by a way for a purpose, given by its code; three queries.

    Runs within the organization's scope and asks for no rights: whoever sends must obey, whoever it is. Nobody
    may be contacted for a purpose that there is not, or who is not a person known here.
    """
    wanted = Purpose.objects.filter(LIVE, code=purpose, is_active=True).first()
    kind = person_kinds.get(object_name)
    if wanted is None or kind is None:
        return {pk: Verdict(False, "unknown_purpose") for pk in ids}
    blocked = _blocked(kind, ids)
    restricted = _restricted(kind, ids)
    said = _statements(kind, ids, wanted, channel)
    return {
        pk: judge(
            needs_consent=wanted.basis == LegalBasis.CONSENT,
            needs_separate=wanted.needs_separate,
            is_blocked=blocked[pk],
            is_restricted=pk in restricted,
            statements=said[pk],
        )
        if pk in blocked
        else Verdict(False, "unknown_person")
        for pk in ids
    }


def _blocked(kind: PersonKind, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, bool]:
    """Return for each live record whether its person must not be contacted at all."""
    rows = _model_of(kind)._default_manager.filter(LIVE, pk__in=ids, **kind.condition)  # noqa: SLF001 Django's own name for it
    if not kind.blocked_field:
        return dict.fromkeys(rows.values_list("pk", flat=True), False)
    return dict(rows.values_list("pk", kind.blocked_field))


def restriction(object_name: str) -> Q | None:
    """Return which records of an object are of persons who asked that their data be kept and no more.

    Such a request counts from the day it was written down until it is refused. None for what is no person, and where nobody asked.
    """
    kind = person_kinds.get(object_name)
    if kind is None:
        return None
    in_force = PersonRequest.objects.filter(LIVE, kind=RequestKind.RESTRICT, state__in=IN_FORCE)
    if kind.consents != "contact":
        in_force = in_force.filter(contact=None)
    in_force = in_force.filter(**{f"{kind.consents}__isnull": False})
    if not in_force.exists():
        return None
    return Q(pk__in=in_force.order_by().values(f"{kind.consents}_id"), **kind.condition)


def restricted_since(object_name: str, record_id: uuid.UUID) -> PersonRequest | None:
    """Return the request by which a person's data may only be kept; None when there is none."""
    kind = person_kinds.get(object_name)
    if kind is None:
        return None
    rows = PersonRequest.objects.filter(LIVE, own_consents(kind, [record_id]), kind=RequestKind.RESTRICT)
    return rows.filter(state__in=IN_FORCE).order_by("received_on").first()


def _restricted(kind: PersonKind, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    open_states = [state.value for state in OPEN_STATES]
    # An answered restriction stays in force; an open withdrawal or erasure counts until it is carried out.
    in_force = Q(kind=RequestKind.RESTRICT, state="done") | Q(kind__in=STOPPING, state__in=open_states)
    rows = PersonRequest.objects.filter(LIVE, in_force, own_consents(kind, ids))
    return set(rows.values_list(f"{kind.consents}_id", flat=True))


def _statements(
    kind: PersonKind, ids: Collection[uuid.UUID], purpose: Purpose, channel: str
) -> dict[uuid.UUID, list[Statement]]:
    rows = Consent.objects.filter(
        LIVE, own_consents(kind, ids), purpose=purpose, channel__in={Channel.ANY.value, channel}
    )
    columns = (f"{kind.consents}_id", "state", "is_separate", "given_at", "withdrawn_at")
    found: dict[uuid.UUID, list[Statement]] = defaultdict(list)
    for person_id, state, is_separate, given_at, withdrawn_at in rows.values_list(*columns):
        is_given = state == ConsentState.GIVEN
        found[person_id].append(Statement(is_given, is_separate, given_at if is_given else withdrawn_at or given_at))
    return found


def open_requests() -> QuerySet[PersonRequest]:
    """Return the requests that nobody has answered, those due first."""
    return PersonRequest.objects.filter(LIVE, state__in=OPEN_STATES).order_by("due_on", "pk")


def is_person(object_name: str, record: Any) -> bool:
    """Say whether a record, given as an object or as a row, stands for a person."""
    kind = person_kinds.get(object_name)
    if kind is None:
        return False
    value = record.get if isinstance(record, dict) else lambda name: getattr(record, name)
    return all(value(name) == wanted for name, wanted in kind.condition.items())


def kinds_with_specs(actor: Actor) -> Iterable[tuple[PersonKind, Any]]:
    """Return the kinds of persons with their objects, as the organization uses them."""
    return [(kind, spec_for(actor.organization, kind.object_name)) for kind in person_kinds]


def _model_of(kind: PersonKind) -> Any:
    return objects[kind.object_name].model
