"""What an organization has besides the records of objects: found by walking the models, so nothing is forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.apps import apps
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from banyan.core.objects.models import CustomRecord
from banyan.core.objects.registry import objects
from banyan.core.tenancy.models import OrganizationOwned

ROWS_AT_ONCE = 2_000

#: What lets somebody in, and what only the machine needs. Whoever moves elsewhere needs neither.
LEFT_OUT = frozenset(
    {
        "identity.apitoken",
        "identity.invitation",
        "api.idempotencykey",
        "encryption.datakey",
        "jobs.jobrun",
        "tenancy.sequence",
        "files.filetext",
        # Whoever may see the audit log exports it from its page.
        "audit.entry",
        "audit.segment",
        "audit.head",
        "audit.activity",
        "audit.alert",
    }
)
#: Columns by any of these names are never exported, wherever they turn up. Checksums of files are no secrets.
_SECRET = re.compile(r"secret|password|token|credential|private_key|(?<!sha256)_hash$")
_INTERNAL = frozenset({"organization", "search"})

#: Folder and file for what people look for; everything else is ``other/<table>``.
NAMES = {
    "identity.user": "settings/users",
    "identity.department": "settings/departments",
    "identity.role": "settings/roles",
    "identity.userrole": "settings/user_roles",
    "objects.customfield": "settings/custom_fields",
    "objects.picklist": "settings/pick_lists",
    "listing.savedview": "settings/saved_views",
    "records.change": "history/changes",
    "records.merge": "history/merges",
    "files.attachment": "files/attachments",
    "files.file": "files/files",
}


@dataclass(frozen=True)
class PlainTable:
    """A model of an organization that is no object, with the columns to export."""

    path: str
    model: type[models.Model]
    columns: tuple[str, ...]


def plain_tables() -> list[PlainTable]:
    """Return every table of organizations that holds no records of an object, in a stable order."""
    of_objects = {CustomRecord, *(spec.model for spec in objects)}
    found = [
        PlainTable(NAMES.get(model._meta.label_lower, f"other/{model._meta.db_table}"), model, columns_of(model))  # noqa: SLF001
        for model in apps.get_models()
        if issubclass(model, OrganizationOwned) and model not in of_objects and model._meta.label_lower not in LEFT_OUT  # noqa: SLF001
    ]
    return sorted(found, key=lambda table: table.path)


def columns_of(model: type[models.Model]) -> tuple[str, ...]:
    """Return a model's columns without secrets and without what only the database needs."""
    return tuple(
        column.attname
        for column in model._meta.concrete_fields  # noqa: SLF001
        if column.name not in _INTERNAL
        and not isinstance(column, SearchVectorField)
        and not _SECRET.search(column.name)
    )


def rows_of(model: type[models.Model], columns: Sequence[str]) -> Iterator[list[Sequence[Any]]]:
    """Yield all rows of the current organization by a cursor of the database, up to 2,000 at a time.

    Read them to the end within one transaction.
    """
    rows = model._base_manager.order_by("pk").values_list(*columns)  # noqa: SLF001
    # ``QuerySet.iterator`` would read everything at once behind PgBouncer; see ``listing.export``.
    compiler = rows.query.get_compiler("default")
    found = compiler.results_iter(tuple_expected=True, chunked_fetch=True, chunk_size=ROWS_AT_ONCE)
    while part := list(islice(found, ROWS_AT_ONCE)):
        yield part


def count_of(model: type[models.Model]) -> int:
    """Return how many rows the current organization has."""
    return int(model._base_manager.count())  # noqa: SLF001
