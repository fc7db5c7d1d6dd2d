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
    sealed = {start for start, names in SOURCES.items() if _is_any(spec, names, "sensitive")}
    return [_sealed(spec, key) if key[:2] in sealed else key for key in keys]


def keys_to_look_up(spec: ObjectSpec, keys: Sequence[str]) -> list[str]:
    """Return all forms that keys may have in the database: while a field is being encrypted, two of them."""
    found: list[str] = []
    for key in keys:
        names = SOURCES.get(key[:2], ())
        if not _is_any(spec, names, "is_sealed"):
            found.append(key)
            continue
        found += [f"{key[:2]}{_MARK}{made}" for made in fingerprints(_organization(), _purpose(spec, key), key)]
        if _is_any(spec, names, "in_transition"):
            found.append(key)
    return found


def _is_any(spec: ObjectSpec, names: Sequence[str], what: str) -> bool:
    return any(getattr(spec.all_fields[name], what) for name in names if name in spec.all_fields)


def _sealed(spec: ObjectSpec, key: str) -> str:
    return f"{key[:2]}{_MARK}{fingerprint(_organization(), _purpose(spec, key), key)}"


def _purpose(spec: ObjectSpec, key: str) -> str:
    return f"{spec.name}.match.{key[:1]}"


def _organization() -> uuid.UUID:
    found = current_organization_id()
    if found is None:
        raise RuntimeError("Match keys are made within an organization's scope.")
    return found
