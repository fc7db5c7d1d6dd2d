"""Addresses of imports and exports."""

from __future__ import annotations

from django.urls import path

from banyan.core.web.transfer import exports, imports

urlpatterns = [
    path("imports", imports.import_list, name="imports"),
    path("imports/new", imports.new_import, name="import-new"),
    path("imports/<uuid:import_id>", imports.import_page, name="import"),
    path("imports/<uuid:import_id>/columns/<int:position>", imports.column, name="import-column"),
    path("imports/<uuid:import_id>/read-again", imports.reread, name="import-read-again"),
    path("imports/<uuid:import_id>/start", imports.start, name="import-start"),
    path("imports/<uuid:import_id>/progress", imports.progress, name="import-progress"),
    path("imports/<uuid:import_id>/stop", imports.stop, name="import-stop"),
    path("imports/<uuid:import_id>/continue", imports.go_on, name="import-continue"),
    path("imports/<uuid:import_id>/undo", imports.undo, name="import-undo"),
    path("imports/<uuid:import_id>/errors", imports.errors_file, name="import-errors"),
    path("imports/<uuid:import_id>/rows", imports.mend_all, name="import-mend-all"),
    path("imports/<uuid:import_id>/rows/<uuid:row_id>", imports.mend, name="import-mend"),
    path("exports", exports.export_list, name="exports"),
    path("exports/<uuid:request_id>", exports.export_page, name="export-request"),
    path("exports/<uuid:request_id>/decide", exports.decide, name="export-decide"),
    path("exports/<uuid:request_id>/file", exports.download, name="export-file"),
    path("<slug:plural>/bulk/export", exports.choose, name="bulk-export"),
    path("<slug:plural>/export", exports.export, name="export"),
]
