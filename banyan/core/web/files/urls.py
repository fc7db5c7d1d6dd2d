"""Addresses of files."""

from __future__ import annotations

from django.urls import path

from banyan.core.web.files import views

urlpatterns = [
    path("files/<uuid:file_id>", views.download, name="file"),
    path("files/<uuid:file_id>/preview", views.preview, name="file-preview"),
    path("attachments/<uuid:attachment_id>/remove", views.remove, name="attachment-remove"),
    path("attachments/<uuid:attachment_id>/restore", views.bring_back, name="attachment-restore"),
    path("<slug:plural>/<uuid:record_id>/files", views.files_of_record, name="record-files"),
]
