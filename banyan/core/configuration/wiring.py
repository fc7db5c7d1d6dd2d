"""The parts that the configuration of every organization has; rooms and apps above register their own."""

from __future__ import annotations

from banyan.core.configuration.parts.demo_records import DEMO_RECORDS_PART
from banyan.core.configuration.parts.fields import CONDITIONAL_PART, ENCRYPTED_PART, FIELDS_PART, PICK_LISTS_PART
from banyan.core.configuration.parts.objects import OBJECTS_PART
from banyan.core.configuration.parts.organization import ORGANIZATION_PART, SIGN_IN_PART
from banyan.core.configuration.parts.records import setting_parts
from banyan.core.configuration.parts.roles import ROLES_PART
from banyan.core.configuration.parts.sharing import SHARING_RULES_PART, VIEWS_PART
from banyan.core.configuration.parts.structure import DEPARTMENTS_PART, LEVELS_PART, POSTS_PART, TERRITORIES_PART
from banyan.core.configuration.parts.wording import WORDING_PART
from banyan.core.objects.configuration_parts import part_families, register_part


def register_own_parts() -> None:
    """Register what belongs to the rooms of the core, and one part for each object of the set-up."""
    for part in (
        ORGANIZATION_PART,
        SIGN_IN_PART,
        DEPARTMENTS_PART,
        TERRITORIES_PART,
        OBJECTS_PART,
        FIELDS_PART,
        PICK_LISTS_PART,
        CONDITIONAL_PART,
        ENCRYPTED_PART,
        ROLES_PART,
        LEVELS_PART,
        POSTS_PART,
        SHARING_RULES_PART,
        WORDING_PART,
        VIEWS_PART,
        DEMO_RECORDS_PART,
    ):
        register_part(part)
    part_families.add("settings", setting_parts)
