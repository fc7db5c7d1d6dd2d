"""Beginning with a module that is new: its guide, the rights that roles lack, and records for trying it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.ready_roles import ready_roles
from banyan.core.access.rights import EVERY_OBJECT, read_grants
from banyan.core.access.role_editing import change_role
from banyan.core.access.scopes import Ability, Action, Scope
from banyan.core.identity.models import Role
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, DomainError, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.registry import Registry
from banyan.core.objects.events import ModulesSwitched
from banyan.core.objects.modules import Module, module_is_on, modules, specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import recycle
from banyan.core.tenancy.models import Organization
from banyan.editions.models import ModuleStart

#: Makes a few records for trying a module, and returns object and id of each in the order in which they were made.
Sampler = Callable[[Actor], Sequence[tuple[str, Any]]]
samplers: Registry[Sampler] = Registry("samplers")


@dataclass(frozen=True)
class Proposal:
    """What a role could be given for the objects of a module: the same as it has for an object it knows already."""

    role: Role
    like: ObjectSpec
    objects: tuple[ObjectSpec, ...]


def note_switched(event: ModulesSwitched) -> None:
    """Remember what has come, so that its guide is offered; what went needs none."""
    organization = Organization.objects.get(pk=event.organization_id)
    rows = ModuleStart.objects.filter(module__in=event.on | event.off)
    rows.filter(module__in=event.off).update(put_away_at=now())
    known = {row.module: row for row in rows}
    for name in sorted(event.on):
        row = known.get(name) or ModuleStart(organization=organization, module=name)
        row.switched_on_at, row.switched_on_by_id, row.put_away_at = now(), event.actor_id, None
        row.save()


def new_modules(actor: Actor) -> list[Module]:
    """Return the modules that are new and whose guide nobody has put away, the latest first."""
    names = ModuleStart.objects.filter(put_away_at=None).values_list("module", flat=True)
    return [modules[name] for name in names if name in modules and module_is_on(actor.organization, name)]


def put_away(actor: Actor, name: str) -> None:
    """Let the guide of a new module rest; its page stays where modules are chosen."""
    require_ability(actor, Ability.MANAGE_ORGANIZATION)
    ModuleStart.objects.filter(module=name).update(put_away_at=now())


def objects_of(actor: Actor, name: str) -> list[ObjectSpec]:
    """Return the objects of a module that people have rights on, as the organization uses them."""
    return [
        spec
        for spec in specs_on(actor.organization).values()
        if spec.module == name and not spec.is_setting and not spec.inherits_from
    ]


def proposals(actor: Actor, name: str) -> list[Proposal]:
    """Return which roles cannot see the objects of a module, with the object whose rights would fit them.

    Roles that grant all objects at once need nothing. Others are proposed what they have for an object of a module that
    this one requires, or else for customers; a role that has no such right, such as that of an auditor, is left alone,
    and so are ready-made roles, which name what their work needs.
    """
    specs = specs_on(actor.organization)
    wanted = tuple(objects_of(actor, name))
    near = [
        spec for module in (*modules[name].requires, "customers") for spec in specs.values() if spec.module == module
    ]
    found = []
    for role in Role.objects.exclude(key__in=list(ready_roles.keys())):
        lacking = tuple(spec for spec in wanted if not _sees(role, spec.name))
        like = next((spec for spec in near if spec.name in role.grants and _sees(role, spec.name)), None)
        if lacking and like is not None:
            found.append(Proposal(role, like, lacking))
    return found


def _sees(role: Role, name: str) -> bool:
    actions = role.grants.get(name, role.grants.get(EVERY_OBJECT, {}))
    return any(grant.scope is not Scope.NONE for grant in read_grants(actions.get(Action.VIEW.value)))


@transaction.atomic
def give_rights(actor: Actor, name: str, role_ids: Iterable[str]) -> list[Role]:
    """Give chosen roles the rights proposed for a module and return them.

    Raises ``NotAllowed`` unless the actor manages people, and what changing roles raises.
    """
    require_ability(actor, Ability.MANAGE_PEOPLE)
    chosen = {parse_id(role_id) for role_id in role_ids}
    changed = []
    for proposal in proposals(actor, name):
        role = proposal.role
        if role.pk not in chosen:
            continue
        given = {spec.name: role.grants[proposal.like.name] for spec in proposal.objects}
        changed.append(
            change_role(
                actor,
                role.pk,
                name=role.name,
                grants={**role.grants, **given},
                field_grants=role.field_grants,
                abilities=list(role.abilities),
            )
        )
    return changed


def has_samples(name: str) -> bool:
    """Say whether records for trying a module can be made."""
    return name in samplers


def samples_of(name: str) -> list[tuple[str, Any]]:
    """Return the records that were made for trying a module."""
    row = ModuleStart.objects.filter(module=name).first()
    return [(entry[0], parse_id(entry[1])) for entry in row.samples] if row else []


@transaction.atomic
def make_samples(actor: Actor, name: str) -> int:
    """Make records for trying a module, and return how many.

    Raises ``NotAllowed``, ``Missing`` when the module is off or has none, ``Conflict`` while the former ones are there.
    """
    require_ability(actor, Ability.MANAGE_ORGANIZATION)
    if not has_samples(name) or not module_is_on(actor.organization, name):
        raise Missing("not_found", _("There are no examples of this module."))
    row, _made = ModuleStart.objects.get_or_create(
        organization=actor.organization, module=name, defaults={"put_away_at": now()}
    )
    row = ModuleStart.objects.select_for_update(no_key=True).get(pk=row.pk)
    if row.samples:
        raise Conflict("samples_exist", _("The examples are there already. Remove them first to get new ones."))
    made = samplers[name](actor)
    row.samples = [[object_name, str(pk)] for object_name, pk in made]
    row.save(update_fields=["samples"])
    return len(row.samples)


@transaction.atomic
def remove_samples(actor: Actor, name: str) -> tuple[int, int]:
    """Move the records made for trying a module to the recycle bin, the last first.

    Return how many went, and how many stay because something else uses them.
    """
    require_ability(actor, Ability.MANAGE_ORGANIZATION)
    row = ModuleStart.objects.select_for_update(no_key=True).filter(module=name).first()
    if row is None or not row.samples:
        return 0, 0
    specs = specs_on(actor.organization)
    count, left = 0, []
    for object_name, text in reversed(row.samples):
        spec, pk = specs.get(object_name), parse_id(text)
        if spec is None or pk is None:
            continue
        manager = spec.model._default_manager  # noqa: SLF001 Django's own name for it
        if not manager.filter(pk=pk, deleted_at__isnull=True).exists():
            continue
        try:
            recycle.delete(actor, spec, [pk])
            count += 1
        except DomainError:
            left.append([object_name, text])
    row.samples = left[::-1]
    row.save(update_fields=["samples"])
    return count, len(left)
