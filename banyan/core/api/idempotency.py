"""Doing a request once, however often a client sends it.

The key and its answer are written in the transaction of the work itself: either both are there or
neither. A second request with the same key waits at the unique index until the first one is done.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.models import IdempotencyKey
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, Refused

HEADER = "Idempotency-Key"
KEEP = timedelta(hours=24)
LONGEST_KEY = 255
FORGET_ROWS = 50


def answered_once(
    call: Call, user_id: uuid.UUID, key: str, perform: Callable[[], Answer | HttpResponseBase]
) -> Answer | HttpResponseBase:
    """Return the answer kept under a key, or perform the work and keep its answer for 24 hours.

    Raises ``DomainError`` (400) for a malformed key and ``Refused`` (422) for a key that belonged to
    another request. Work that fails keeps nothing, so that it can be tried again.
    """
    if not (key.isascii() and key.isprintable() and 1 <= len(key) <= LONGEST_KEY):
        raise DomainError("bad_idempotency_key", _("An idempotency key is 1 to 255 printable ASCII characters."))
    _forget_expired(call)
    claimed, is_new = _claim(call, user_id, key)
    if not is_new:
        return _replay(claimed)
    answer = perform()
    if not isinstance(answer, Answer):
        claimed.delete()
        return answer
    claimed.status, claimed.headers, claimed.answer = answer.status, answer.headers, answer.encoded().decode()
    claimed.save(update_fields=["status", "headers", "answer"])
    return answer


def _claim(call: Call, user_id: uuid.UUID, key: str) -> tuple[IdempotencyKey, bool]:
    mine = IdempotencyKey(
        organization_id=call.actor.organization_id,
        user_id=user_id,
        key=key,
        operation=f"{call.request.method} {call.path}"[:300],
        body_hash=hashlib.sha256(call.body).hexdigest(),
    )
    IdempotencyKey.objects.bulk_create([mine], ignore_conflicts=True)
    found = IdempotencyKey.objects.get(user_id=user_id, key=key)
    if (found.operation, found.body_hash) != (mine.operation, mine.body_hash):
        message = _("This idempotency key was used for another request. Use a new key for each request.")
        raise Refused("idempotency_mismatch", message)
    return found, found.pk == mine.pk


def _replay(kept: IdempotencyKey) -> Answer:
    return Answer(kept.answer.encode(), kept.status or 200, {**kept.headers, "Idempotency-Replayed": "true"})


def _forget_expired(call: Call) -> None:
    expired = IdempotencyKey.objects.filter(
        organization_id=call.actor.organization_id, created_at__lt=now() - KEEP
    ).order_by("created_at")
    ids = list(expired.select_for_update(skip_locked=True).values_list("pk", flat=True)[:FORGET_ROWS])
    if ids:
        IdempotencyKey.objects.filter(pk__in=ids).delete()
