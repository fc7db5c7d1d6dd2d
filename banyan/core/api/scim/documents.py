"""What we say about ourselves to directories: abilities, kinds of resources, their attributes."""

from __future__ import annotations

from typing import Any

from banyan.core.api.scim.resources import ENTERPRISE, GROUP, USER

CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"


def service_provider_config(
    location: str, *, most_results: int, most_operations: int, most_bytes: int
) -> dict[str, Any]:
    """Return what we can and what we cannot."""
    return {
        "schemas": [CONFIG],
        "patch": {"supported": True},
        "bulk": {"supported": True, "maxOperations": most_operations, "maxPayloadSize": most_bytes},
        "filter": {"supported": True, "maxResults": most_results},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": False},
        "authenticationSchemes": [
            {"type": "oauthbearertoken", "name": "Bearer token", "description": "Made in the settings", "primary": True}
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{location}/ServiceProviderConfig"},
    }


def resource_types(location: str) -> list[dict[str, Any]]:
    """Return the two kinds of resources."""
    extensions = [{"schema": ENTERPRISE, "required": False}]
    return [
        {
            "schemas": [RESOURCE_TYPE],
            "id": name,
            "name": name,
            "endpoint": f"/{name}s",
            "schema": schema,
            "schemaExtensions": extensions if name == "User" else [],
            "meta": {"resourceType": "ResourceType", "location": f"{location}/ResourceTypes/{name}"},
        }
        for name, schema in (("User", USER), ("Group", GROUP))
    ]


def schemas(location: str) -> list[dict[str, Any]]:
    """Return the attributes that are read and written."""
    value, primary = _attribute("value"), _attribute("primary", "boolean")
    name_parts = [_attribute(part) for part in ("formatted", "givenName", "familyName")]
    person = [
        _attribute("userName", required=True, unique="server"),
        _attribute("name", "complex", parts=name_parts),
        _attribute("displayName"),
        _attribute("title"),
        _attribute("active", "boolean"),
        _attribute("emails", "complex", many=True, parts=[value, primary]),
        _attribute("phoneNumbers", "complex", many=True, parts=[value]),
        _attribute("externalId"),
    ]
    group = [
        _attribute("displayName", required=True, unique="server"),
        _attribute("members", "complex", many=True, parts=[value, _attribute("display")]),
        _attribute("externalId"),
    ]
    manager = [value, _attribute("displayName")]
    found = (
        (USER, "User", person),
        (GROUP, "Group", group),
        (ENTERPRISE, "Enterprise User", [_attribute("department"), _attribute("manager", "complex", parts=manager)]),
    )
    return [
        {
            "schemas": [SCHEMA],
            "id": schema,
            "name": name,
            "attributes": attributes,
            "meta": {"resourceType": "Schema", "location": f"{location}/Schemas/{schema}"},
        }
        for schema, name, attributes in found
    ]


def _attribute(
    name: str,
    kind: str = "string",
    *,
    many: bool = False,
    required: bool = False,
    unique: str = "none",
    parts: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    described = {
        "name": name,
        "type": kind,
        "multiValued": many,
        "required": required,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": unique,
    }
    return {**described, "subAttributes": parts} if parts else described
