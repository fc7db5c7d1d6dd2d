"""Addresses of pages. Fixed words come first; everything else is an object's path segment."""

from __future__ import annotations

from django.urls import include, path

from banyan.core.web.views import (
    boards,
    bulk,
    editing,
    finding,
    inline,
    lists,
    merging,
    records,
    recycling,
    saved_views,
)

RECORD = "<slug:plural>/<uuid:record_id>"

urlpatterns = [
    path("", include("banyan.core.web.accounts.urls")),
    path("settings/", include("banyan.core.web.settings.urls")),
    path("welcome/", include("banyan.core.web.guide.urls")),
    path("", include("banyan.core.web.service_urls")),
    path("undo/<uuid:batch_id>", recycling.take_back, name="undo"),
    path("unmerge/<uuid:batch_id>", recycling.take_back_merge, name="unmerge"),
    path("recycle-bin", recycling.recycle_bin, name="recycle-bin"),
    path("recycle-bin/<slug:plural>", recycling.recycle_bin_of, name="recycle-bin-of"),
    path("recycle-bin/<slug:plural>/restore", recycling.restore, name="restore"),
    path("palette", finding.palette, name="palette"),
    path("pick/tags", finding.pick_tags, name="pick-tags"),
    path("pick/<slug:target>", finding.pick_records, name="pick"),
    path("<slug:plural>", lists.list_page, name="list"),
    path("<slug:plural>/rows", lists.rows_part, name="list-rows"),
    path("<slug:plural>/figures", lists.figures_part, name="list-figures"),
    path("<slug:plural>/columns", saved_views.columns, name="list-columns"),
    path("<slug:plural>/views", saved_views.create_view, name="views"),
    path("<slug:plural>/views/new", saved_views.new_view, name="view-new"),
    path("<slug:plural>/views/<uuid:view_id>", saved_views.change_view, name="view"),
    path("<slug:plural>/views/<uuid:view_id>/delete", saved_views.remove_view, name="view-delete"),
    path("<slug:plural>/board", boards.board_part, name="board"),
    path("<slug:plural>/cards", boards.cards_part, name="board-cards"),
    path("<slug:plural>/move", boards.move, name="board-move"),
    path("<slug:plural>/events", boards.events, name="calendar-events"),
    path("<slug:plural>/reschedule", boards.reschedule, name="calendar-move"),
    path("<slug:plural>/bulk/edit", bulk.edit, name="bulk-edit"),
    path("<slug:plural>/bulk/control", bulk.control, name="bulk-control"),
    path("<slug:plural>/bulk/assign", bulk.assign, name="bulk-assign"),
    path("<slug:plural>/bulk/tags", bulk.tags, name="bulk-tags"),
    path("<slug:plural>/bulk/delete", bulk.delete, name="bulk-delete"),
    path("<slug:plural>/bulk/merge", bulk.merge, name="bulk-merge"),
    path("<slug:plural>/merge", merging.merge_page, name="merge"),
    path("<slug:plural>/merge/choose", merging.choose, name="merge-choose"),
    path("<slug:plural>/new", editing.new, name="new"),
    path("<slug:plural>/duplicates", editing.duplicates, name="duplicates"),
    path(RECORD, records.record_page, name="record"),
    path(f"{RECORD}/edit", editing.edit, name="edit"),
    path(f"{RECORD}/copy", editing.copy, name="copy"),
    path(f"{RECORD}/delete", recycling.delete, name="delete"),
    path(f"{RECORD}/stage", inline.stage, name="stage"),
    path(f"{RECORD}/history", records.history_page, name="history"),
    path(f"{RECORD}/timeline", records.timeline_part, name="timeline"),
    path(f"{RECORD}/children/<str:name>/<str:link>", records.children_part, name="children"),
    path(f"{RECORD}/cells/<str:name>", inline.cell, name="cell"),
    path(f"{RECORD}/facts/<str:name>", inline.fact_line, name="fact"),
    path(f"{RECORD}/facts/<str:name>/edit", inline.fact, name="fact-edit"),
]
