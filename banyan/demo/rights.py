"""Rights in volume for the large demo organization: many roles, and a hundred thousand shared records."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence

from banyan.core.access.models import GranteeKind, Share, SharedAccess
from banyan.core.identity.models import Role, User, UserRole
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import new_id
from banyan.core.records.storage import insert_rows
from banyan.core.tenancy.models import Organization
from banyan.customers.public import Customer

ROLES = 50
#: One record in ten is shared with somebody besides its owner.
RECORDS_PER_SHARE = 10
SHARED_WITH_SALESPERSON = 50
PIECE = 10_000


def load_rights(organization: Organization, people: Sequence[User]) -> None:
    """Make the roles and the shares, unless they are there; runs within the organization's scope.

    The third of the people is the salesperson, with whom 50 records are shared one by one.
    """
    if Share.objects.exists():
        return
    roles = _roles(organization)
    others = people[3:] or people
    UserRole.objects.bulk_create(
        UserRole(organization=organization, user=user, role=roles[position % len(roles)])
        for position, user in enumerate(others)
    )
    rows: list[dict[str, object]] = []
    for row in _shares(organization, people, roles):
        rows.append(row)
        if len(rows) == PIECE:
            insert_rows(Share, rows)
            rows = []
    if rows:
        insert_rows(Share, rows)


def _roles(organization: Organization) -> list[Role]:
    """Return as many roles as make fifty, each a salesperson's with something less or more."""
    grants = Role.objects.get(key="salesperson").grants
    missing = range(ROLES - Role.objects.count())
    return Role.objects.bulk_create(
        Role(
            organization=organization,
            key=f"role_{position}",
            name=f"角色 {position + 1}",
            grants={"*": grants["*"], "product": {"view": "all"}},
            position=100 + position,
        )
        for position in missing
    )


def _shares(organization: Organization, people: Sequence[User], roles: Sequence[Role]) -> Iterator[dict[str, object]]:
    choose = random.Random(23)  # noqa: S311 invented data
    salesperson = people[min(2, len(people) - 1)]
    departments = [user.department_id for user in people if user.department_id]
    customers = Customer.objects.order_by("pk").values_list("pk", flat=True)
    for position, customer in enumerate(customers.iterator(chunk_size=PIECE)):
        if position % RECORDS_PER_SHARE:
            continue
        kind, grantee = GranteeKind.PERSON, choose.choice(people[3:] or people).pk
        if position < SHARED_WITH_SALESPERSON * RECORDS_PER_SHARE:
            grantee = salesperson.pk
        elif choose.random() < 0.02:
            kind, grantee = GranteeKind.DEPARTMENT, _some(choose, departments, grantee)
        elif choose.random() < 0.02:
            kind, grantee = GranteeKind.ROLE, choose.choice(roles).pk
        yield {
            "id": new_id(),
            "organization_id": organization.pk,
            "object_name": "customer",
            "record_id": customer,
            "grantee_kind": kind.value,
            "grantee_id": grantee,
            "access": choose.choice([SharedAccess.VIEW, SharedAccess.EDIT]).value,
            "team_role": "",
            "ends_on": None,
            "shared_by_id": None,
            "created_at": now(),
        }


def _some(choose: random.Random, ids: Sequence[uuid.UUID], otherwise: uuid.UUID) -> uuid.UUID:
    return choose.choice(ids) if ids else otherwise
