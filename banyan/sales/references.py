"""What sales and those above it ask of each other without knowing each other."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal

from banyan.core.kernel.registry import Registry
from banyan.core.tenancy.models import Organization

#: Returns the targets of people for some days, in the organization's currency: of what is ``won``, ``ordered`` or ``paid``.
Goals = Callable[[Organization, Collection[uuid.UUID], date, date, str], Mapping[uuid.UUID, Decimal]]

goals_of_people: Registry[Goals] = Registry("targets of people")
