"""What administrators decide about their organization's keys, by the right to manage security."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.ciphers.suites import suites
from banyan.core.encryption.rotation import KEYS_CHANGED, choose_suite, make_new_keys
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import new_id


@transaction.atomic
def change_keys(actor: Actor, suite: str) -> None:
    """Make new keys of a cipher suite; what exists is encrypted anew in the background.

    Raises ``NotAllowed``, or ``Invalid`` when there is no such suite.
    """
    require_ability(actor, Ability.MANAGE_SECURITY)
    if suite not in suites:
        raise Invalid([FieldError("suite", "unknown_suite", _("Choose one of the methods in the list."))])
    choose_suite(actor.organization, suite)
    make_new_keys(actor.organization)
    tell_setup_changed(actor, KEYS_CHANGED, new_id(), "update", values={"name": (None, suites[suite].label)})


def note_recovery_copy(actor: Actor) -> None:
    """Log that somebody took a recovery copy of the master key."""
    require_ability(actor, Ability.MANAGE_SECURITY)
    tell_setup_changed(actor, KEYS_CHANGED, new_id(), "download", values={"name": (None, _("Recovery copy"))})
