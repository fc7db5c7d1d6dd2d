"""Whose customer a record of an app above is: those apps register how to find out."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from banyan.core.kernel.registry import Registry

CustomerFinder = Callable[[uuid.UUID], uuid.UUID | None]
customer_finders: Registry[CustomerFinder] = Registry("customer finders")


def customer_of(object_name: str, record_id: uuid.UUID) -> uuid.UUID | None:
    """Return the customer that a record belongs to; a customer belongs to itself."""
    if object_name == "customer":
        return record_id
    finder = customer_finders.get(object_name)
    return finder(record_id) if finder else None
