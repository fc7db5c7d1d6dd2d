"""New versions of an organization's keys, and data keys wrapped anew after the master key changed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from banyan.core.ciphers.master import KeyUnavailable, MasterKeys
from banyan.core.encryption.keyring import SUITE_SETTING, add_key, forget_all_keys, master_keys, suite_of
from banyan.core.encryption.models import DataKey, InstallationKey, KeyPurpose
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope

KEYS_CHANGED = "encryption_keys"
#: What the installation is called where organizations are listed by their names.
INSTALLATION = "-"


@dataclass(frozen=True)
class KeyState:
    """What may be told of a key: its purpose, version, suite and age, and whether today's master key wraps it."""

    organization: str
    purpose: str
    number: int
    suite: str
    created_at: datetime
    is_in_use: bool
    is_wrapped_by_current: bool


@transaction.atomic
def make_new_keys(organization: Organization) -> None:
    """Make new versions of the data and the index key, with the suite that the organization has chosen.

    They are used at once; what the old ones sealed is still read, and sealed anew in the background.
    """
    suite = suite_of(organization).name
    for purpose in KeyPurpose.values:
        add_key(organization.pk, purpose, suite)


def choose_suite(organization: Organization, name: str) -> None:
    """Let an organization seal with another suite from its next keys on."""
    organization.settings = {**organization.settings, SUITE_SETTING: name}
    organization.save(update_fields=["settings"])


def key_states(organization: Organization) -> list[KeyState]:
    """Return the state of an organization's keys, newest last; needs the master key's name, not the key."""
    master = master_keys()
    with organization_scope(organization.pk):
        rows = list(DataKey.objects.filter(organization_id=organization.pk).order_by("purpose", "number"))
    latest = {row.purpose: row.number for row in rows}
    return [
        KeyState(
            organization.name,
            row.purpose,
            row.number,
            row.suite,
            row.created_at,
            row.number == latest[row.purpose],
            master.is_current(row.wrapped),
        )
        for row in rows
    ]


def installation_key_states() -> list[KeyState]:
    """Return the state of the installation's own keys, newest last."""
    master, rows = master_keys(), list(InstallationKey.objects.all())
    return [
        KeyState(
            INSTALLATION,
            "secrets",
            row.number,
            row.suite,
            row.created_at,
            row == rows[-1],
            master.is_current(row.wrapped),
        )
        for row in rows
    ]


def rewrap_all(master: MasterKeys) -> int:
    """Wrap every data key, and the installation's own, by the master key in use; return how many were not yet.

    Each organization is a transaction of its own; interrupted, it can be run again.
    """
    with transaction.atomic():
        changed = _wrap_anew(master, InstallationKey.objects.select_for_update())
    for organization_id in Organization.objects.values_list("pk", flat=True):
        changed += _rewrap(master, organization_id)
    forget_all_keys()
    return changed


def _rewrap(master: MasterKeys, organization_id: uuid.UUID) -> int:
    with organization_scope(organization_id):
        return _wrap_anew(master, DataKey.objects.select_for_update())


def _wrap_anew(master: MasterKeys, keys: Iterable[DataKey | InstallationKey]) -> int:
    rows = [row for row in keys if not master.is_current(row.wrapped)]
    for row in rows:
        row.wrapped = master.wrap(master.unwrap(row.wrapped))
        row.save(update_fields=["wrapped"])
    return len(rows)


def unreadable_keys(master: MasterKeys) -> list[str]:
    """Return the keys that do not unwrap, by the name of their organization or of the installation."""
    found = [f"{INSTALLATION} ({row})" for row in InstallationKey.objects.all() if not _unwraps(master, row)]
    for organization in Organization.objects.all():
        with organization_scope(organization.pk):
            found += [f"{organization.name} ({row})" for row in DataKey.objects.all() if not _unwraps(master, row)]
    return found


def _unwraps(master: MasterKeys, row: DataKey | InstallationKey) -> bool:
    try:
        master.unwrap(row.wrapped)
    except KeyUnavailable:
        return False
    return True
