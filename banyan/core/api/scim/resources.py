"""People and groups as SCIM writes them, and its filters as conditions on our tables."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from banyan.core.access.directory_people import PersonFacts
from banyan.core.api.scim.rules import BadFilter, Combination, Comparison, Condition, as_bool
from banyan.core.identity.models import User
from banyan.core.identity.providers.models import ProvisionedGroup, ProvisionedMember, ProvisionedPerson
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.text.cleaning import clean_line

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

#: Attributes of filters to our fields; the value says how a text is compared.
USER_FIELDS = {
    "username": "email",
    "emails": "email",
    "emails.value": "email",
    "displayname": "name",
    "name.formatted": "name",
    "title": "title",
    "phonenumbers.value": "phone",
    "externalid": "external",
    "id": "pk",
    "active": "is_active",
}
GROUP_FIELDS = {
    "displayname": "name",
    "externalid": "external_id",
    "id": "pk",
    "members.value": "members",
    "members": "members",
}
LOOKUPS = {"eq": "iexact", "co": "icontains", "sw": "istartswith", "ew": "iendswith"}


def user_resource(
    user: User, *, location: str, external_id: str, groups: list[ProvisionedGroup], superior: User | None
) -> dict[str, Any]:
    """Return a person as a SCIM resource."""
    employment: dict[str, Any] = {"department": user.department.name} if user.department else {}
    if superior is not None:
        employment["manager"] = {
            "value": str(superior.pk),
            "displayName": superior.name,
            "$ref": f"{location}/Users/{superior.pk}",
        }
    phones = [{"value": user.phone, "type": "work"}] if user.phone else []
    resource: dict[str, Any] = {
        "schemas": [USER, ENTERPRISE],
        "id": str(user.pk),
        "userName": user.email,
        "name": {"formatted": user.name},
        "displayName": user.name,
        "title": user.title,
        "active": user.is_active,
        "emails": [{"value": user.email, "type": "work", "primary": True}],
        "phoneNumbers": phones,
        "groups": [{"value": str(group.pk), "display": group.name} for group in groups],
        ENTERPRISE: employment,
        "meta": {
            "resourceType": "User",
            "created": user.created_at.isoformat(),
            "location": f"{location}/Users/{user.pk}",
        },
    }
    return {**resource, "externalId": external_id} if external_id else resource


def group_resource(group: ProvisionedGroup, *, location: str, members: list[User] | None) -> dict[str, Any]:
    """Return a group as a SCIM resource; without its members when they are not wanted."""
    resource: dict[str, Any] = {
        "schemas": [GROUP],
        "id": str(group.pk),
        "displayName": group.name,
        "meta": {"resourceType": "Group", "location": f"{location}/Groups/{group.pk}"},
    }
    if members is not None:
        resource["members"] = [{"value": str(user.pk), "display": user.name, "type": "User"} for user in members]
    return {**resource, "externalId": group.external_id} if group.external_id else resource


def read_person(resource: dict[str, Any], *, key: str = "") -> PersonFacts:
    """Return what a resource says of a person, under the key by which others told of with them refer to them."""
    name = resource.get("name") if isinstance(resource.get("name"), dict) else {}
    name = name or {}
    parts = [_text(name.get("givenName")), _text(name.get("familyName"))]
    full = (
        _text(resource.get("displayName")) or _text(name.get("formatted")) or " ".join(part for part in parts if part)
    )
    extension = resource.get(ENTERPRISE)
    return PersonFacts(
        email=_email(resource),
        name=full[:120],
        title=_text(resource.get("title"))[:120],
        phone=_first_value(resource.get("phoneNumbers"))[:40],
        department=_text(extension.get("department")) if isinstance(extension, dict) else "",
        is_active=as_bool(resource.get("active", True)),
        external_id=_text(resource.get("externalId"))[:255],
        manager=_manager(extension),
        key=key,
    )


def read_members(resource: dict[str, Any]) -> list[uuid.UUID]:
    """Return the ids of a group's members; raise ``Invalid`` for what is no id."""
    members = resource.get("members") or []
    if not isinstance(members, list):
        raise Invalid([FieldError("members", "not_a_list", _("The members are no list."))])
    found = [parse_id(entry.get("value") if isinstance(entry, dict) else None) for entry in members]
    if any(one is None for one in found):
        raise Invalid([FieldError("members", "not_an_id", _("A member is not a person of this organization."))])
    return [one for one in found if one is not None]


def user_condition(condition: Condition) -> Q:
    """Return a filter of people as a condition; raise ``BadFilter`` for attributes that cannot be searched."""
    return _condition(condition, USER_FIELDS)


def group_condition(condition: Condition) -> Q:
    """Return a filter of groups as a condition; raise ``BadFilter`` for attributes that cannot be searched."""
    return _condition(condition, GROUP_FIELDS)


def _condition(condition: Condition, fields: dict[str, str]) -> Q:
    if isinstance(condition, Combination):
        parts = [_condition(part, fields) for part in condition.parts]
        if condition.operator == "not":
            return ~parts[0]
        joined = parts[0]
        for part in parts[1:]:
            joined = joined & part if condition.operator == "and" else joined | part
        return joined
    name = condition.attribute.rpartition(":")[2]
    # Types of addresses are not kept: every address is the one at work.
    if name in {"emails.type", "emails.primary"} and fields is USER_FIELDS:
        return Q()
    if name not in fields:
        raise BadFilter(condition.attribute)
    return _comparison(condition, fields[name])


def _comparison(condition: Comparison, field: str) -> Q:
    operator, value = condition.operator, condition.value
    negated = operator == "ne"
    if field == "is_active":
        found = Q(is_active=as_bool(value)) if operator != "pr" else Q()
    elif field in {"pk", "members"}:
        key = parse_id(str(value))
        found = Q(pk__in=[])
        if key is not None and operator in {"eq", "ne"}:
            groups = ProvisionedMember.objects.filter(user_id=key).values("group_id")
            found = Q(pk=key) if field == "pk" else Q(pk__in=groups)
    elif field == "external":
        people = ProvisionedPerson.objects.exclude(external_id="")
        if operator != "pr":
            people = people.filter(**{f"external_id__{_lookup(operator, exact='exact')}": str(value)})
        found = Q(pk__in=people.values("user_id"))
    elif operator == "pr":
        found = ~Q(**{field: ""})
    else:
        found = Q(**{f"{field}__{_lookup(operator)}": str(value)})
    return ~found if negated else found


def _lookup(operator: str, *, exact: str = "iexact") -> str:
    lookup = {**LOOKUPS, "eq": exact, "ne": exact}.get(operator)
    if lookup is None:
        raise BadFilter(operator)
    return lookup


def _email(resource: dict[str, Any]) -> str:
    user_name = _text(resource.get("userName"))
    return user_name if "@" in user_name else _first_value(resource.get("emails")) or user_name


def _manager(extension: Any) -> str | None:
    """Return the id of the manager, empty for nobody, None when nothing is said; some directories send the bare id."""
    if not isinstance(extension, dict) or "manager" not in extension:
        return None
    told = extension["manager"]
    return _text(told.get("value") if isinstance(told, dict) else told)


def _first_value(values: Any) -> str:
    """Return the primary entry of a list with several values, or else the first."""
    entries = [entry for entry in values or [] if isinstance(entry, dict)] if isinstance(values, list) else []
    entries.sort(key=lambda entry: not as_bool(entry.get("primary")))
    return _text(entries[0].get("value")) if entries else ""


def _text(value: Any) -> str:
    return clean_line(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""
