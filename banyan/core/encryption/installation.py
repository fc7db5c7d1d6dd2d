"""Keys of the installation itself, for what belongs to no organization, such as an account's second factor.

Like the keys of organizations they lie in the database, wrapped by the master key, which may be in a KMS. They are
read anew each time and only unwrapped once: what was sealed under a key that is rolled back is rolled back with it.
"""

from __future__ import annotations

import os

from django.db import transaction

from banyan.core.ciphers.envelopes import context_of, from_text, key_number_of, open_envelope, seal, to_text
from banyan.core.ciphers.suites import DEFAULT, KEY_BYTES, Unreadable, suites
from banyan.core.encryption.keyring import Key, master_keys, unwrapped
from banyan.core.encryption.models import InstallationKey

SCOPE = "installation"


def seal_installation_text(purpose: str, text: str, *place: object) -> str:
    """Return a text that opens again for the same purpose and place; raise ``KeyUnavailable``."""
    key = _key(_latest())
    return to_text(seal(key.suite, key.secret, key.number, text.encode(), context_of(SCOPE, purpose, *place)))


def open_installation_text(purpose: str, sealed: str, *place: object) -> str:
    """Return what ``seal_installation_text`` was given.

    Raises ``Unreadable`` when the text was changed, or sealed for another purpose or place, and ``KeyUnavailable``
    when the master key is not at hand.
    """
    envelope = from_text(sealed)
    row = InstallationKey.objects.filter(number=key_number_of(envelope)).first()
    if row is None:
        raise Unreadable
    return open_envelope(_key(row).secret, envelope, context_of(SCOPE, purpose, *place)).decode()


def needs_installation_key(sealed: str) -> bool:
    """Say whether a sealed text was sealed with another key than the installation's one in use."""
    return key_number_of(from_text(sealed)) != _latest().number


@transaction.atomic
def add_installation_key() -> InstallationKey:
    """Make a new version of the key, which is the one in use when the transaction commits."""
    # Two who do so at once get two versions, one after the other.
    rows = list(InstallationKey.objects.select_for_update().order_by("number"))
    row = _new_row(rows[-1].number + 1 if rows else 1)
    row.save(force_insert=True)
    return row


def _latest() -> InstallationKey:
    found = InstallationKey.objects.last()
    if found is None:
        # Of two processes that do so at once, one finds the other's.
        InstallationKey.objects.bulk_create([_new_row(1)], ignore_conflicts=True)
        found = InstallationKey.objects.latest("number")
    return found


def _new_row(number: int) -> InstallationKey:
    return InstallationKey(number=number, suite=DEFAULT, wrapped=master_keys().wrap(os.urandom(KEY_BYTES)))


def _key(row: InstallationKey) -> Key:
    return Key(row.number, suites[row.suite], unwrapped(row.wrapped))
