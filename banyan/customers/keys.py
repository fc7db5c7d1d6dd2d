"""Match keys as they lie in the database: those made from encrypted fields are fingerprints."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from banyan.core.encryption.sealing import fingerprint, fingerprints
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.scope import current_organization_id

#: What an exact key begins with, and the fields that it is made from.
SOURCES = {"p:": ("phone", "mobile"), "e:": ("email",), "t:": ("tax_number",)}
_MARK = "§"


def keys_to_keep(spec: ObjectSpec, keys: Sequence[str]) -> list[str]:
    """Return the keys of a record as they are stored; phones are fingerprints as soon as one of them is encrypted."""
    sealed = _starts_of(spec, "sensitive")
    return [_sealed(spec, key) if key[:2] in sealed else key for key in keys] if sealed else list(keys)


def keys_to_look_up(spec: ObjectSpec, keys: Sequence[str]) -> list[str]:
    """Return all forms that keys may have in the database: while a field is being encrypted, two of them."""
    sealed = _starts_of(spec, "is_sealed")
    if not sealed:
        return list(keys)
    in_transition = _starts_of(spec, "in_transition")
    found: list[str] = []
    for key in keys:
        if key[:2] not in sealed:
            found.append(key)
            continue
        found += [f"{key[:2]}{_MARK}{made}" for made in fingerprints(_organization(), _purpose(spec, key), key)]
        if key[:2] in in_transition:
            found.append(key)
    return found


def _starts_of(spec: ObjectSpec, what: str) -> set[str]:
    """Return what the keys begin with that are made from a field that is so."""
    fields = spec.all_fields
    return {
        start for start, names in SOURCES.items() for name in names if name in fields and getattr(fields[name], what)
    }


def _sealed(spec: ObjectSpec, key: str) -> str:
    return f"{key[:2]}{_MARK}{fingerprint(_organization(), _purpose(spec, key), key)}"


def _purpose(spec: ObjectSpec, key: str) -> str:
    return f"{spec.name}.match.{key[:1]}"


def _organization() -> uuid.UUID:
    found = current_organization_id()
    if found is None:
        raise RuntimeError("Match keys are made within an organization's scope.")
    return found
