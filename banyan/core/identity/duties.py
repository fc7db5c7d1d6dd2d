"""Separation of duties: who runs the system, who guards it, and who watches both are three people.

The rule is about rights, not about names of roles, so that a role made like another one falls under it too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.utils.translation import gettext as _

from banyan.core.identity.models import Role
from banyan.core.kernel.errors import Refused
from banyan.core.tenancy.models import Organization

SETTING = "separate_duties"
SYSTEM, SECURITY, AUDIT = "system", "security", "audit"
#: Abilities by duty; those that are missing here go with any.
DUTIES = {
    "manage_people": SYSTEM,
    "manage_organization": SYSTEM,
    "customise": SYSTEM,
    "run_jobs": SYSTEM,
    "manage_security": SECURITY,
    "manage_privacy": SECURITY,
    "see_audit": AUDIT,
}


def are_separated(organization: Organization) -> bool:
    """Say whether nobody in the organization may have two of the three duties."""
    return bool(organization.settings.get(SETTING))


def duties_of(abilities: Iterable[str]) -> set[str]:
    """Return the duties that abilities belong to."""
    return {DUTIES[ability] for ability in abilities if ability in DUTIES}


def require_one_duty(roles: Collection[Role]) -> None:
    """Raise ``Refused`` when roles together carry more than one duty."""
    together = duties_of(ability for role in roles for ability in role.abilities)
    if len(together) > 1:
        message = _(
            "Duties are separated here: nobody may be system, security and audit administrator at once, or two of them."
            " Choose one of: %(roles)s."
        )
        names = ", ".join(role.name for role in roles if duties_of(role.abilities))
        raise Refused("duties_not_separate", message % {"roles": names})
