"""What people call the things and values that the log of the set-up tells of; an app registers its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.kernel.registry import Registry

#: Kinds of things by the subject under which their changes are told.
subjects: Registry[Any] = Registry("subjects of the set-up log")
#: Values by their names; others stand as they are.
value_names: Registry[Any] = Registry("values of the set-up log")

for _subject, _name in {
    "user": _("Team member"),
    "role": _("Role"),
    "department": _("Department"),
    "territory": _("Territory"),
    "post": pgettext_lazy("position", "Post"),
    "level": _("Level"),
    "deputyship": _("Deputy"),
    "share": _("Sharing"),
    "sharing_rule": _("Sharing rule"),
    "organization": _("Organization"),
    "access_review": _("Access review"),
    "sign_in_policy": _("Rules for signing in"),
    "identity_provider": _("Single sign-on"),
    "signing_key": _("Key pair for single sign-on"),
    "provisioning_token": _("Token of the directory"),
    "provisioned_group": _("Group of the directory"),
    "sensitive_field": _("Encryption"),
    "encryption_keys": _("Encryption"),
    "custom_field": _("Field"),
    "custom_object": _("Own object"),
    "pick_list": _("Pick list"),
    "api_token": _("API token"),
    "backup": _("Backup"),
    "export": _("Export of everything"),
}.items():
    subjects.add(_subject, _name)

for _value, _name in {
    "name": _("Name"),
    "email": _("E-mail"),
    "title": _("Post"),
    "is_active": _("Active"),
    "roles": _("Roles"),
    "department": _("Department"),
    "parent": _("Part of"),
    "posts": _("Posts"),
    "superiors": _("Superiors"),
    "territories": _("Territories"),
    "level": _("Level"),
    "rank": _("Rank"),
    "user": _("Person on leave"),
    "deputy": _("Deputy"),
    "days": _("Days"),
    "with_rights": _("with roles"),
    "object": _("Object"),
    "with": _("With whom"),
    "grantees": _("With whom"),
    "access": _("What they may do"),
    "until": _("Until"),
    "ends_on": _("Until"),
    "condition": _("Condition"),
    "options": _("Values"),
    "label": _("Label"),
    "grants": _("Rights"),
    "field_grants": _("Rights to fields"),
    "abilities": _("Further rights"),
    "networks": _("Networks"),
    "language": _("Language"),
    "currency": _("Currency"),
    "time_zone": _("Time zone"),
    "country": _("Country"),
    "industry": _("Industry"),
    "headcount": _("Headcount"),
    "is_encrypted": _("Encrypted"),
    "is_indexed": _("Indexed"),
    "labels": _("Label"),
    "labels_plural": _("Plural"),
    "title_labels": _("What its name is called"),
    "descriptions": _("Explanation"),
    "help_texts": _("Explanation"),
    "icon": _("Icon"),
    "number_pattern": _("Numbers"),
    "main_labels": _("Belongs to"),
    "main_required": _("Each must belong to a record"),
    "follows_main": _("Whoever sees that record sees this one"),
    "shape": _("List, board and calendar"),
    "in_menu": _("In the menu"),
    "kind": _("Kind"),
    "definition": _("What is computed"),
    "settings": _("Limits and defaults"),
    "default": _("Value of new records"),
    "is_unique": _("No value twice"),
    "position": _("Sequence"),
    "required": _("Needed"),
    "access_review_months": _("Months between two reviews"),
    "decision": _("Decision"),
    "remark": _("Remark"),
    "person": _("Team member"),
    "confirmed": _("Confirmed"),
    "reduced": _("Roles to be taken away"),
    "ended": _("Access to be ended"),
}.items():
    value_names.add(_value, _name)


def name_values(names: Mapping[str, Any]) -> None:
    """Say what values are called; rooms whose values have the same name share what it is called first."""
    for value, name in names.items():
        if value not in value_names:
            value_names.add(value, name)


ACTIONS = {
    "create": _("created"),
    "update": _("changed"),
    "publish": _("put into effect"),
    "delete": _("deleted"),
    "download": _("downloaded"),
    "see_as": _("pages seen as this"),
    "see_as_end": _("no longer seen as this"),
}


def named_subjects() -> list[tuple[str, Any]]:
    """Return the kinds of things with what they are called, as choices."""
    names = subjects.keys()
    return [(name, subjects[name]) for name in names]


def name_of_subject(subject: str) -> str:
    """Return what a kind of thing is called, as it is stored when nobody has named it."""
    return str(subjects.get(subject) or subject)


def name_of_value(name: str) -> str:
    """Return what a value is called, as it is stored when nobody has named it."""
    return str(value_names.get(name) or name)
