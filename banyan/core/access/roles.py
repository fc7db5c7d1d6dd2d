"""The roles that every organization starts with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from banyan.core.access.scopes import Ability, Action, Scope

ALL_ACTIONS = tuple(Action)


def grants(scope: Scope, *actions: Action) -> dict[str, str]:
    """Return a grant of several actions with one scope."""
    return {action.value: scope.key for action in actions}


@dataclass(frozen=True)
class StartingRole:
    """A role as it is made for a new organization; administrators may change it afterwards."""

    key: str
    name: Any
    grants: dict[str, dict[str, str]]
    abilities: tuple[Ability, ...] = ()


STARTING_ROLES = (
    StartingRole("administrator", _("Administrator"), {"*": grants(Scope.ALL, *ALL_ACTIONS)}, tuple(Ability)),
    StartingRole(
        "manager",
        _("Manager"),
        {
            "*": {
                **grants(Scope.DEPARTMENT_AND_BELOW, *ALL_ACTIONS),
                **grants(Scope.ALL, Action.CREATE),
            },
            "product": grants(Scope.ALL, *ALL_ACTIONS),
        },
        (Ability.SHARE_VIEWS,),
    ),
    StartingRole(
        "member",
        _("Member"),
        {
            "*": {
                **grants(Scope.ALL, Action.VIEW, Action.CREATE, Action.EDIT, Action.IMPORT, Action.BULK),
                **grants(Scope.ALL, Action.TRANSFER, Action.SHARE),
                **grants(Scope.OWN, Action.DELETE, Action.EXPORT),
            },
        },
    ),
    StartingRole(
        "salesperson",
        _("Salesperson (own customers)"),
        {
            "*": {
                **grants(Scope.OWN, Action.VIEW, Action.EDIT, Action.DELETE, Action.BULK, Action.EXPORT),
                **grants(Scope.OWN, Action.TRANSFER, Action.SHARE),
                **grants(Scope.ALL, Action.CREATE, Action.IMPORT),
            },
            "product": grants(Scope.ALL, Action.VIEW),
        },
    ),
    StartingRole("read_only", _("Read only"), {"*": grants(Scope.ALL, Action.VIEW)}),
)

#: Three administrators none of whom sees business data, for organizations that separate these duties.
DUTY_ROLES = (
    StartingRole(
        "system_administrator",
        _("System administrator"),
        {},
        (Ability.MANAGE_PEOPLE, Ability.MANAGE_ORGANIZATION, Ability.CUSTOMISE, Ability.SHARE_VIEWS, Ability.RUN_JOBS),
    ),
    StartingRole(
        "security_administrator", _("Security administrator"), {}, (Ability.MANAGE_SECURITY, Ability.MANAGE_PRIVACY)
    ),
    StartingRole("audit_administrator", _("Audit administrator"), {}, (Ability.SEE_AUDIT,)),
)
