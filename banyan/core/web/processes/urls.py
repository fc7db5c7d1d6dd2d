"""Addresses of the settings of processes."""

from __future__ import annotations

from django.urls import path

from banyan.core.web.processes import editor, publishing, stage_pages

_ONE = "processes/<uuid:process_id>"

routes = (
    path("processes", editor.processes, name="settings-processes"),
    path("processes/new", editor.new_process, name="settings-process-new"),
    path("processes/examples/<slug:key>", editor.begin_from_example, name="settings-process-example"),
    path("processes/order/<slug:object_name>", editor.sort, name="settings-process-sort"),
    path(_ONE, editor.process, name="settings-process"),
    path(f"{_ONE}/times", editor.times, name="settings-process-times"),
    path(f"{_ONE}/records", editor.records, name="settings-process-records"),
    path(f"{_ONE}/order", editor.order, name="settings-process-order"),
    path(f"{_ONE}/delete", editor.remove, name="settings-process-delete"),
    path(f"{_ONE}/stage", stage_pages.stage, name="settings-process-stage"),
    path(f"{_ONE}/stage/new", stage_pages.add_stage, name="settings-process-stage-new"),
    path(f"{_ONE}/stage/remove", stage_pages.remove_stage, name="settings-process-stage-remove"),
    path(f"{_ONE}/check", stage_pages.check, name="settings-process-check"),
    path(f"{_ONE}/publish", publishing.publish_page, name="settings-process-publish"),
    path(f"{_ONE}/toggle", publishing.toggle, name="settings-process-toggle"),
    path(f"{_ONE}/discard", publishing.discard, name="settings-process-discard"),
    path(f"{_ONE}/progress", publishing.progress, name="settings-process-progress"),
)
