"""The paths that the interface has by itself; rooms and apps above add theirs in the same way."""

from __future__ import annotations

from banyan.core.api.openapi import operations
from banyan.core.api.routes import NO_BODY, Route, register_route
from banyan.core.api.views import (
    alerts,
    audit,
    bulk,
    description,
    export_requests,
    exports,
    files,
    finding,
    history,
    imports,
    merging,
    people,
    records,
    shares,
    tags,
)


def register_own_routes() -> None:
    """Register the paths of every object, of people, search, undo and the description."""
    for route in (
        Route("GET", "/me", people.show_me, operations.me_operation),
        Route("GET", "/users", people.list_users, operations.users_operation),
        Route("GET", "/users/{id}", people.show_user, operations.user_operation),
        Route("GET", "/search", finding.search, operations.search_operation),
        Route("POST", "/undo/{batch}", merging.undo_batch, operations.undo_operation, consumes=NO_BODY),
        Route("GET", "/openapi.json", description.show_document, operations.document_operation),
        Route("GET", "/bulk/{id}", bulk.show_task, operations.show_task_operation),
        Route("POST", "/bulk/{id}/stop", bulk.stop_task, operations.stop_task_operation, consumes=NO_BODY),
        Route("GET", "/{plural}", records.list_records, operations.list_operation),
        Route("POST", "/{plural}", records.create_record, operations.create_operation),
        Route("POST", "/{plural}/bulk", bulk.change_many, operations.bulk_operation),
        Route("POST", "/{plural}/merge", merging.merge_records, operations.merge_operation),
        Route("GET", "/{plural}/{id}", records.show_record, operations.show_operation),
        Route("PATCH", "/{plural}/{id}", records.change_record, operations.change_operation),
        Route("DELETE", "/{plural}/{id}", records.delete_record, operations.delete_operation),
        Route("GET", "/{plural}/{id}/history", history.show_history, operations.history_operation),
        Route("POST", "/{plural}/{id}/restore", records.restore_record, operations.restore_operation, consumes=NO_BODY),
        *files.ROUTES,
        *imports.ROUTES,
        *shares.ROUTES,
        *tags.ROUTES,
        *exports.ROUTES,
        *audit.ROUTES,
        *alerts.ROUTES,
        *export_requests.ROUTES,
    ):
        register_route(route)
