"""What somebody wishes about modules, from a page, a program or the command line, as a mixture; or the way out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.choosing import in_edition, require_consistent, require_known, switched_off, switched_on
from banyan.core.objects.modules import EVERY_EDITION, Mixture, edition_modules, mixing


def wished(
    current: Mixture,
    *,
    edition: str = "",
    exactly: Collection[str] | None = None,
    on: Sequence[str] = (),
    off: Sequence[str] = (),
    plain: bool = False,
) -> Mixture:
    """Return the mixture that somebody means.

    Args:
        current: What the organization uses.
        edition: The edition, if it is to be another one.
        exactly: The modules that are to be on, no more and no fewer.
        on: Modules to switch on, with all that they need.
        off: Modules to switch off, with all that need them.
        plain: Whether what was chosen besides or without the former edition is dropped.

    Raises:
        Invalid: An edition or module is unknown, or a module is wished for without what it needs.
    """
    chosen = edition or current.edition
    names = frozenset((*(exactly or ()), *on))
    require_known(Mixture(chosen, names, frozenset(off)))
    # The same module on and off at once.
    require_consistent(Mixture(chosen, frozenset(on) & frozenset(off), frozenset(on) & frozenset(off)))
    if exactly is not None:
        require_consistent(exact(chosen, exactly))
        mixture = mixing(chosen, exactly)
    elif plain:
        mixture = Mixture(chosen)
    else:
        mixture = in_edition(current, chosen) if chosen != current.edition else current
    for name in on:
        mixture = switched_on(mixture, name)
    for name in off:
        mixture = switched_off(mixture, name)
    return mixture


def exact(edition: str, names: Collection[str]) -> Mixture:
    """Return a mixture that asks for exactly these modules, contradictions included."""
    own = edition_modules(edition) if edition in EVERY_EDITION else frozenset()
    return Mixture(edition, frozenset(names), own - frozenset(names))


NAMES_OF = ("modules", "switch_on", "switch_off")
MEMBERS = ("edition", "plain", *NAMES_OF)


def wished_of(current: Mixture, body: Mapping[str, Any]) -> Mixture:
    """Return the mixture that a program means by a JSON object; see ``wished`` for what it raises besides."""
    errors = [
        FieldError(
            str(name)[:60],
            "unknown_field",
            _("There is no such member. There are: %(known)s.") % {"known": ", ".join(MEMBERS)},
        )
        for name in body
        if name not in MEMBERS
    ]
    for name in NAMES_OF:
        value = body.get(name)
        if value is not None and not (isinstance(value, list) and all(isinstance(entry, str) for entry in value)):
            errors.append(FieldError(name, "not_a_list", _("Give a list of names of modules.")))
    if not isinstance(body.get("edition", ""), str):
        errors.append(FieldError("edition", "not_a_text", _("Give the name of an edition.")))
    if not isinstance(body.get("plain", False), bool):
        errors.append(FieldError("plain", "not_boolean", _("Give true or false.")))
    if errors:
        raise Invalid(errors)
    return wished(
        current,
        edition=body.get("edition", ""),
        exactly=body.get("modules"),
        on=body.get("switch_on") or (),
        off=body.get("switch_off") or (),
        plain=body.get("plain", False),
    )
