"""What a new organization is given by each app: a pipeline, roles, pick lists."""

from __future__ import annotations

from collections.abc import Callable

from banyan.core.kernel.registry import Registry
from banyan.core.tenancy.models import Organization

#: Called in order of registration, within the scope of the new organization.
organization_preparations: Registry[Callable[[Organization], None]] = Registry("organization preparations")
