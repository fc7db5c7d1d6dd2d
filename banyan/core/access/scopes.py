"""How far a right reaches, and what a right is for."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Scope(IntEnum):
    """Whose records a right covers, from none to all.

    ``REPORTS`` are one's own and those of everybody who reports to one, at whatever distance; ``TERRITORY``
    one's own and those that lie in one's territories.
    """

    NONE = 0
    OWN = 1
    REPORTS = 2
    DEPARTMENT = 3
    DEPARTMENT_AND_BELOW = 4
    TERRITORY = 5
    ALL = 6

    @property
    def key(self) -> str:
        """Return the name under which roles store the scope."""
        return self.name.lower()


SCOPES = {scope.key: scope for scope in Scope}


class Action(StrEnum):
    """What a right allows to do with the records of an object."""

    VIEW = "view"
    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"
    EXPORT = "export"
    IMPORT = "import"
    BULK = "bulk"
    TRANSFER = "transfer"
    SHARE = "share"


class FieldAccess(IntEnum):
    """What somebody may do with one field, from nothing to everything."""

    HIDDEN = 0
    MASKED = 1
    READ_ONLY = 2
    EDITABLE = 3

    @property
    def key(self) -> str:
        """Return the name under which roles store the level."""
        return self.name.lower()


FIELD_ACCESS = {level.key: level for level in FieldAccess}


class Ability(StrEnum):
    """Rights that belong to no object."""

    MANAGE_PEOPLE = "manage_people"
    MANAGE_ORGANIZATION = "manage_organization"
    CUSTOMISE = "customise"
    SHARE_VIEWS = "share_views"
    RUN_JOBS = "run_jobs"
    MANAGE_SECURITY = "manage_security"
    SEE_AUDIT = "see_audit"
    MANAGE_PRIVACY = "manage_privacy"
    KEEP_ACCOUNTS = "keep_accounts"
