"""What was refused: written down after the transaction of the refused request was undone."""

from __future__ import annotations

import re
import uuid

from banyan.core.access.actor import Actor
from banyan.core.audit.counting import count
from banyan.core.audit.models import Result
from banyan.core.audit.notes import note
from banyan.core.kernel.errors import DomainError, Missing, NotAllowed
from banyan.core.kernel.masking import masked
from banyan.core.tenancy.scope import organization_scope

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MOST_PATH = 200


def note_refusal(actor: Actor, error: DomainError, *, path: str, method: str) -> None:
    """Write down that somebody was refused something, or tried to open a record that is not there for them.

    Call it outside of the request's transaction. Other errors, and addresses without an id, tell nothing.
    """
    found = _ID.search(path.lower())
    if isinstance(error, NotAllowed):
        kind = "access.refused"
    elif isinstance(error, Missing) and found is not None:
        kind = "access.missing"
    elif error.code == "malware_found":
        kind = "file.infected"
    else:
        return
    with organization_scope(actor.organization_id):
        note(
            actor,
            kind,
            record_id=uuid.UUID(found.group()) if found else None,
            result=Result.REFUSED,
            details={"path": masked(path)[:MOST_PATH], "method": method, "code": error.code, **_malware(error)},
        )
        count(actor, refusals=1, at_once=True)


def _malware(error: DomainError) -> dict[str, str]:
    """Return which file held which malware, where that was the reason."""
    return {key: str(error.details[key]) for key in ("file", "threat") if error.code == "malware_found"}
