"""Addresses of types and layouts below the settings."""

from __future__ import annotations

from django.urls import path

from banyan.core.web.layouts import editor, overview, parts, preview, types

OBJECT = "layouts/<slug:object_name>"
LAYOUT = f"{OBJECT}/<uuid:layout_id>"

routes = (
    path("layouts", overview.objects, name="settings-layouts"),
    path(OBJECT, overview.object_page, name="settings-layouts-of"),
    path(f"{OBJECT}/new", overview.new_layout, name="settings-layout-new"),
    path(f"{OBJECT}/types/new", types.new_type, name="settings-record-type-new"),
    path(f"{OBJECT}/types/order", types.order_types, name="settings-record-types-order"),
    path(f"{OBJECT}/types/<uuid:type_id>", types.edit_type, name="settings-record-type"),
    path(f"{OBJECT}/types/<uuid:type_id>/delete", types.remove_type, name="settings-record-type-delete"),
    path(LAYOUT, editor.editor, name="settings-layout"),
    path(f"{LAYOUT}/step", editor.step, name="settings-layout-step"),
    path(f"{LAYOUT}/undo", editor.undo, name="settings-layout-undo"),
    path(f"{LAYOUT}/restart", editor.restart, name="settings-layout-restart"),
    path(f"{LAYOUT}/publish", editor.publish, name="settings-layout-publish"),
    path(f"{LAYOUT}/discard", editor.discard, name="settings-layout-discard"),
    path(f"{LAYOUT}/delete", editor.remove, name="settings-layout-delete"),
    path(f"{LAYOUT}/preview", preview.preview, name="settings-layout-preview"),
    path(f"{LAYOUT}/block", parts.block, name="settings-layout-block"),
    path(f"{LAYOUT}/figure", parts.figure, name="settings-layout-figure"),
    path(f"{LAYOUT}/columns", parts.columns, name="settings-layout-columns"),
    path(f"{LAYOUT}/fields/<slug:name>", parts.field, name="settings-layout-field"),
    path(f"{LAYOUT}/sections/<slug:key>", parts.section, name="settings-layout-section"),
    path(f"{LAYOUT}/tabs/<slug:key>", parts.tab, name="settings-layout-tab"),
    path(f"{LAYOUT}/conditions/<slug:of>/<slug:key>", parts.condition, name="settings-layout-condition"),
)
