"""The keys of an organization in memory: unwrapped once, kept for a minute, never written anywhere."""

from __future__ import annotations

import os
import time
import uuid
from collections import OrderedDict
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from django.conf import settings
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Q

from banyan.core.ciphers.master import MasterKeys
from banyan.core.ciphers.suites import DEFAULT, KEY_BYTES, Suite, Unreadable, suites
from banyan.core.encryption.instants import TransactionTimestamp
from banyan.core.encryption.models import DataKey, KeyPurpose
from banyan.core.kernel.ids import new_id
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import current_organization_id, organization_scope

SUITE_SETTING = "cipher_suite"
#: Another process may have made a new key meanwhile; until then this one goes on with the one before.
KEPT_SECONDS = 60.0
MOST_KEYRINGS = 200
MOST_KEYS = 1_000


@dataclass(frozen=True, repr=False)
class Key:
    """One key, ready for use."""

    number: int
    suite: Suite
    secret: bytes


@dataclass(frozen=True, repr=False)
class Keyring:
    """All keys of an organization by number; ``data[-1]`` and ``index[-1]`` are those in use."""

    organization_id: uuid.UUID
    data: tuple[Key, ...]
    index: tuple[Key, ...]

    def data_key(self, number: int) -> Key:
        """Return a key by its number; raise ``Unreadable`` when the organization has none such."""
        for key in reversed(self.data):
            if key.number == number:
                return key
        raise Unreadable


#: Keyrings with keys of the present transaction, together with the list of what it does on commit. Django puts
#: another list in its place whenever something is committed or rolled back, and they are no longer trusted.
_unsettled: ContextVar[tuple[object, dict[uuid.UUID, Keyring]] | None] = ContextVar("unsettled_keys", default=None)
_kept: OrderedDict[uuid.UUID, tuple[float, Keyring]] = OrderedDict()
_lock = Lock()


def master_keys() -> MasterKeys:
    """Return the installation's master keys."""
    return MasterKeys(settings.CONFIGURATION)


def keyring_of(organization_id: uuid.UUID, *, fresh: bool = False) -> Keyring:
    """Return an organization's keys, made when there are none yet; works inside and outside of its scope.

    Costs one query a minute for each organization. Keys that were made in the present transaction are not
    kept: it may be rolled back, and what was sealed with them would be lost. Raises ``KeyUnavailable``
    when the master key is not at hand.
    """
    with _lock:
        found = _kept.get(organization_id)
        if found and not fresh and time.monotonic() - found[0] < KEPT_SECONDS:
            _kept.move_to_end(organization_id)
            return found[1]
    if current_organization_id() == organization_id:
        known = None if fresh else _of_transaction().get(organization_id)
        return known or _load(organization_id)
    with organization_scope(organization_id):
        return _load(organization_id)


def forget_keys(organization_id: uuid.UUID) -> None:
    """Read the organization's keys anew next time."""
    _of_transaction().pop(organization_id, None)
    with _lock:
        _kept.pop(organization_id, None)


def forget_all_keys() -> None:
    """Read every key anew, and unwrap it anew, next time."""
    _unsettled.set(None)
    with _lock:
        _kept.clear()
    unwrapped.cache_clear()


def add_key(organization_id: uuid.UUID, purpose: str, suite: str) -> DataKey:
    """Make a new version of a key, which is the one in use when the transaction commits."""
    # Two people who do so at once get two versions, one after the other.
    Organization.objects.select_for_update().get(pk=organization_id)
    last = DataKey.objects.filter(organization_id=organization_id, purpose=purpose).last()
    row = _new_row(organization_id, purpose, (last.number if last else 0) + 1, suite)
    row.save(force_insert=True)
    forget_keys(organization_id)
    return row


def suite_of(organization: Organization) -> Suite:
    """Return the suite that an organization has chosen."""
    return suites.get(organization.settings.get(SUITE_SETTING, DEFAULT)) or suites[DEFAULT]


def _load(organization_id: uuid.UUID) -> Keyring:
    rows = _rows(organization_id)
    if {row.purpose for row, _settled in rows} != set(KeyPurpose.values):
        _make_first(organization_id)
        rows = _rows(organization_id)
    keys: dict[str, list[Key]] = {purpose: [] for purpose in KeyPurpose.values}
    for row, _settled in rows:
        keys[row.purpose].append(Key(row.number, suites[row.suite], unwrapped(row.wrapped)))
    ring = Keyring(organization_id, tuple(keys[KeyPurpose.DATA]), tuple(keys[KeyPurpose.INDEX]))
    if all(settled for _row, settled in rows):
        _keep(ring)
    else:
        _of_transaction()[organization_id] = ring
    return ring


def _of_transaction() -> dict[uuid.UUID, Keyring]:
    """Return the keyrings that hold as long as the present transaction, or its savepoint, is not rolled back."""
    found = _unsettled.get()
    if found is None or found[0] is not connection.run_on_commit:
        found = (connection.run_on_commit, {})
        _unsettled.set(found)
    return found[1]


def _rows(organization_id: uuid.UUID) -> list[tuple[DataKey, bool]]:
    settled = ExpressionWrapper(Q(created_at__lt=TransactionTimestamp()), output_field=BooleanField())
    found = DataKey.objects.filter(organization_id=organization_id).annotate(is_settled=settled)
    return [(row, bool(row.is_settled)) for row in found.order_by("purpose", "number")]


def _make_first(organization_id: uuid.UUID) -> None:
    """Make the first keys; of two processes that do so at once, one finds the other's."""
    organization = Organization.objects.get(pk=organization_id)
    name = suite_of(organization).name
    rows = [_new_row(organization_id, purpose, 1, name) for purpose in KeyPurpose.values]
    DataKey.objects.bulk_create(rows, ignore_conflicts=True)


def _new_row(organization_id: uuid.UUID, purpose: str, number: int, suite: str) -> DataKey:
    wrapped = master_keys().wrap(os.urandom(KEY_BYTES))
    return DataKey(
        id=new_id(), organization_id=organization_id, purpose=purpose, number=number, suite=suite, wrapped=wrapped
    )


def _keep(ring: Keyring) -> None:
    with _lock:
        _kept[ring.organization_id] = (time.monotonic(), ring)
        _kept.move_to_end(ring.organization_id)
        while len(_kept) > MOST_KEYRINGS:
            _kept.popitem(last=False)


@lru_cache(maxsize=MOST_KEYS)
def unwrapped(wrapped: str) -> bytes:
    """Unwrap a key once; the same text always gives the same key, whatever becomes of transactions."""
    return master_keys().unwrap(wrapped)
