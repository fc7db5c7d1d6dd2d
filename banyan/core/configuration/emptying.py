"""Emptying an organization that was made for trying or practising: everything goes but the logs that the law keeps."""

from __future__ import annotations

import uuid

from django.db import connection

from banyan.core.database.append_only import append_only_tables
from banyan.core.database.ownership import ORGANIZATION_TABLE, owned_tables
from banyan.core.identity.models import Account, Session
from banyan.core.tenancy.models import Organization


def lock_out(organization_id: uuid.UUID) -> None:
    """Let nobody sign in to an organization any more, and end the sessions in it."""
    Session.objects.filter(organization_id=organization_id).delete()
    for account in Account.objects.filter(organization_ids__contains=[organization_id]).select_for_update():
        account.organization_ids = [entry for entry in account.organization_ids if entry != organization_id]
        account.save(update_fields=["organization_ids"])


def empty_organization(organization: Organization) -> None:
    """Delete the rows of all tables of an organization whose scope is open, save for those that are only added to."""
    lock_out(organization.pk)
    connection.ensure_connection()
    raw = connection.connection
    kept = set(append_only_tables(raw, with_kept=True))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in reversed(owned_tables(raw)):
            if not table.is_shared and table.name != ORGANIZATION_TABLE and table.name not in kept:
                cursor.execute(f'DELETE FROM "{table.name}" WHERE organization_id = %s', [organization.pk])  # noqa: S608
