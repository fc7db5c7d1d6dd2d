"""The people of the organization, and who is calling."""

from __future__ import annotations

import base64
import binascii
import uuid
from typing import Any

import orjson
from django.db.models import Q
from django.utils.translation import gettext as _

from banyan.core.access.decisions import effective_scope
from banyan.core.access.scopes import Action
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.problems import BadParameters
from banyan.core.identity.models import Role, User
from banyan.core.kernel.errors import FieldError, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.modules import specs_on

DEFAULT_LIMIT = 50
MAXIMUM_LIMIT = 1000
COLUMNS = ("id", "name", "email", "title", "department_id", "department__name", "is_active")


def list_users(call: Call) -> Answer:
    """Answer with the people in order of their names."""
    call.allow_only(("search", "is_active", "department", "email", "limit", "cursor"))
    limit = call.whole_number("limit", default=DEFAULT_LIMIT, maximum=MAXIMUM_LIMIT)
    found = User.objects.filter(_condition(call)).order_by("name", "id")
    if call.parameter("cursor"):
        name, last_id = _read_cursor(call.parameter("cursor"))
        found = found.filter(Q(name__gt=name) | Q(name=name, pk__gt=last_id))
    rows = list(found.values(*COLUMNS)[: limit + 1])
    page = rows[:limit]
    following = _cursor(page[-1]) if len(rows) > limit else None
    return Answer({"items": [_person(row) for row in page], "next": following})


def show_user(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with one person."""
    call.allow_only(())
    row = User.objects.filter(pk=id).values(*COLUMNS).first()
    if row is None:
        raise Missing("not_found", _("This person does not exist."))
    return Answer(_person(row))


def show_me(call: Call) -> Answer:
    """Answer with who is calling, for which organization, and what they may do with each object."""
    call.allow_only(())
    actor = call.actor
    user = actor.user
    if user is None:
        raise Missing("not_found", _("This person does not exist."))
    organization = actor.organization
    roles = Role.objects.filter(pk__in=user.roles.through.objects.filter(user=user).values("role_id"))
    return Answer(
        {
            "id": user.pk,
            "name": user.name,
            "email": user.email,
            "department": user.department_id,
            "language": actor.language,
            "time_zone": actor.time_zone,
            "roles": [{"key": role.key, "name": role.name} for role in roles],
            "abilities": sorted(actor.abilities),
            "rights": {
                spec.plural: {action.value: effective_scope(actor, spec, action).key for action in Action}
                for spec in specs_on(organization).values()
            },
            "organization": {
                "id": organization.pk,
                "name": organization.name,
                "language": organization.language,
                "currency": organization.currency,
                "time_zone": organization.time_zone,
                "edition": organization.edition,
            },
        }
    )


def _condition(call: Call) -> Q:
    condition = Q()
    text = call.parameter("search").strip()
    if text:
        condition &= Q(name__icontains=text) | Q(email__icontains=text)
    if call.parameter("email"):
        condition &= Q(email__iexact=call.parameter("email").strip())
    if "is_active" in call.parameters:
        condition &= Q(is_active=call.switch("is_active"))
    if call.parameter("department"):
        condition &= Q(department_id=_id_of(call, "department"))
    return condition


def _person(row: dict[str, Any]) -> dict[str, Any]:
    department = {"id": row["department_id"], "name": row["department__name"]} if row["department_id"] else None
    return {
        "id": row["id"],
        "name": row["name"],
        "email": row["email"],
        "title": row["title"],
        "department": department,
        "is_active": row["is_active"],
    }


def _id_of(call: Call, name: str) -> uuid.UUID:
    found = parse_id(call.parameter(name))
    if found is None:
        raise BadParameters([FieldError(name, "not_an_id", _("“%(member)s” needs an id.") % {"member": name})])
    return found


def _cursor(row: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([row["name"], row["id"]])).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[str, uuid.UUID]:
    try:
        name, last_id = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, TypeError):
        name, last_id = None, None
    found = parse_id(last_id) if isinstance(last_id, str) else None
    if not isinstance(name, str) or "\x00" in name or found is None:
        raise BadParameters([FieldError("cursor", "bad_cursor", _("This cursor does not belong to this list."))])
    return name, found
