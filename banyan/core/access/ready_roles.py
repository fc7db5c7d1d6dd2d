"""Ready-made roles of apps, such as finance: an organization has them from the start, or takes them when it needs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability, require_own_abilities
from banyan.core.access.scopes import Ability, Action, Scope
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.registry import Registry
from banyan.core.tenancy.models import Organization

ROLE = "role"
#: Tasks and follow-ups are everybody's own work.
OWN_WORK: dict[str, str] = {
    **{action.value: Scope.OWN.key for action in (Action.VIEW, Action.EDIT, Action.DELETE)},
    Action.CREATE.value: Scope.ALL.key,
}


@dataclass(frozen=True)
class ReadyRole:
    """A role that an app knows how to fill; ``module`` is what has to be on for it to make sense."""

    key: str
    name: Any
    hint: Any
    module: str
    grants: dict[str, dict[str, str]]
    abilities: tuple[Ability, ...] = ()
    field_grants: dict[str, Any] = field(default_factory=dict)


ready_roles: Registry[ReadyRole] = Registry("ready-made roles")


def make_ready_role(organization: Organization, ready: ReadyRole) -> Role:
    """Give an organization a ready-made role, named in its language; one that is there stays as it is."""
    with override(organization.language):
        name = str(ready.name)
    return Role.objects.get_or_create(
        organization=organization,
        key=ready.key,
        defaults={
            "name": name,
            "grants": ready.grants,
            "field_grants": ready.field_grants,
            "abilities": [ability.value for ability in ready.abilities],
            "position": Role.objects.count(),
        },
    )[0]


@transaction.atomic
def add_ready_role(actor: Actor, key: str) -> Role:
    """Take a ready-made role; raises ``Missing`` when there is none of that name.

    Whoever takes it must have its abilities; what it may do is changed afterwards like that of any other.
    """
    require_ability(actor, Ability.MANAGE_PEOPLE)
    if key not in ready_roles:
        raise Missing("not_found", _("There is no such role."))
    require_own_abilities(actor, [Role(abilities=[ability.value for ability in ready_roles[key].abilities])])
    role = make_ready_role(actor.organization, ready_roles[key])
    tell_setup_changed(actor, ROLE, role.pk, "create", values={"name": (None, role.name)})
    return role
