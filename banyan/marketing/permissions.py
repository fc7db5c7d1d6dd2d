"""The role of those who run campaigns: what they see and what they may do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.access.ready_roles import OWN_WORK, ReadyRole, make_ready_role
from banyan.core.access.roles import ALL_ACTIONS, grants
from banyan.core.access.scopes import Action, FieldAccess, Scope
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization
from banyan.marketing.choices import MODULE

#: For whom campaigns are, and what became of them.
READ = ("customer", "contact_role", "relationship", "product", "purpose", "opportunity", "opportunity_line")
EVERYTHING = grants(Scope.ALL, *ALL_ACTIONS)

MARKETING = ReadyRole(
    "marketing",
    _("Marketing"),
    _("Segments, campaigns and leads; sees customers and contacts, and the opportunities that came of them."),
    MODULE,
    {
        **dict.fromkeys(READ, grants(Scope.ALL, Action.VIEW)),
        "segment": EVERYTHING,
        "campaign": EVERYTHING,
        "lead": EVERYTHING,
        "consent": grants(Scope.ALL, Action.VIEW, Action.CREATE, Action.EDIT),
        "contact": grants(Scope.ALL, Action.VIEW, Action.CREATE, Action.EDIT, Action.EXPORT),
        "task": OWN_WORK,
        "activity": OWN_WORK,
    },
    field_grants={"product.cost": FieldAccess.HIDDEN.key},
)
READY = (MARKETING,)


def prepare_organization(organization: Organization) -> None:
    """Give a new organization the roles of its edition."""
    if module_is_on(organization, MODULE):
        for role in READY:
            make_ready_role(organization, role)
