"""The paths that the interface has by itself; rooms and apps above add theirs in the same way."""

from __future__ import annotations

from banyan.core.api.openapi import operations
from banyan.core.api.routes import NO_BODY, Route, api_routes, register_route
from banyan.core.api.views import (
    access_reviews,
    alerts,
    approvals,
    audit,
    bulk,
    configuration,
    custom_fields,
    custom_objects,
    description,
    export_requests,
    exports,
    files,
    finding,
    history,
    imports,
    locks,
    merging,
    people,
    records,
    saved_views,
    shares,
    stages,
    tags,
)
from banyan.core.objects.custom_objects import path_sources


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
        *approvals.ROUTES,
        *files.ROUTES,
        *imports.ROUTES,
        *saved_views.ROUTES,
        *shares.ROUTES,
        *locks.ROUTES,
        *stages.ROUTES,
        *tags.ROUTES,
        *configuration.ROUTES,
        *exports.ROUTES,
        *audit.ROUTES,
        *custom_objects.ROUTES,
        *custom_fields.ROUTES,
        *alerts.ROUTES,
        *access_reviews.ROUTES,
        *export_requests.ROUTES,
    ):
        register_route(route)
    path_sources.add("api", first_segments)


def first_segments() -> set[str]:
    """Return the words with which the interface's own paths begin: no object may be called so."""
    return {route.segments[0] for route in api_routes if not route.segments[0].startswith("{")}
