"""What those who manage security do with the organization's own key pairs for SAML."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.identity.providers.keys import fingerprint, make_key
from banyan.core.identity.providers.models import IdentityProvider, SigningKey
from banyan.core.kernel.errors import Conflict, Missing, Refused
from banyan.core.tenancy.models import Organization

SUBJECT = "signing_key"
#: One in use, and one that providers get to know before it is.
MOST_KEYS = 2


def has_key() -> bool:
    """Say whether the organization in scope has a key pair of its own."""
    return SigningKey.objects.exists()


@transaction.atomic
def add_key(actor: Actor) -> SigningKey:
    """Make a key pair: the first is used at once, a second one waits until providers know it.

    Raises ``NotAllowed``, and ``Conflict`` when there are two already.
    """
    require_ability(actor, Ability.MANAGE_SECURITY)
    keys = _locked_keys(actor)
    if len(keys) >= MOST_KEYS:
        raise Conflict("too_many_keys", _("There is a prepared key pair already. Use it, or remove one of the two."))
    key = make_key(actor.organization_id, name=actor.organization.name, is_used=not keys)
    tell_setup_changed(actor, SUBJECT, key.pk, "create", values={"fingerprint": (None, fingerprint(key.certificate))})
    return key


@transaction.atomic
def use_key(actor: Actor, key_id: uuid.UUID) -> SigningKey:
    """Sign with a key pair from now on; what was encrypted for the other one is still read."""
    require_ability(actor, Ability.MANAGE_SECURITY)
    keys = _locked_keys(actor)
    key = _chosen(keys, key_id)
    if not key.is_used:
        SigningKey.objects.filter(pk__in=[other.pk for other in keys]).update(is_used=False)
        key.is_used = True
        key.save(update_fields=["is_used"])
        tell_setup_changed(actor, SUBJECT, key.pk, "update", values={"is_used": (False, True)})
    return key


@transaction.atomic
def remove_key(actor: Actor, key_id: uuid.UUID) -> None:
    """Remove a key pair for good.

    Raises ``Conflict`` for the one in use while another one is prepared, and ``Refused`` for the last one while a
    provider has to encrypt.
    """
    require_ability(actor, Ability.MANAGE_SECURITY)
    keys = _locked_keys(actor)
    key = _chosen(keys, key_id)
    if key.is_used and len(keys) > 1:
        raise Conflict("key_in_use", _("This key pair is in use. Use the other one first."))
    if len(keys) == 1:
        needing = IdentityProvider.objects.filter(settings__needs_encryption=True).first()
        if needing is not None:
            message = _(
                "%(name)s has to encrypt its assertions, and this is the only key pair. Make another one first."
            )
            raise Refused("key_needed", message % {"name": needing.name})
    print_of_key = fingerprint(key.certificate)
    key.delete()
    tell_setup_changed(actor, SUBJECT, key_id, "delete", values={"fingerprint": (print_of_key, None)})


def _locked_keys(actor: Actor) -> list[SigningKey]:
    """Return the organization's key pairs, of which no other request may make or choose one meanwhile."""
    Organization.objects.select_for_update(no_key=True).get(pk=actor.organization_id)
    return list(SigningKey.objects.all())


def _chosen(keys: list[SigningKey], key_id: uuid.UUID) -> SigningKey:
    for key in keys:
        if key.pk == key_id:
            return key
    raise Missing("not_found", _("There is no such key pair any more."))
