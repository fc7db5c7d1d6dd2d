"""Addresses beside the pages: health, measures, the installed app, notices."""

from __future__ import annotations

from django.urls import path

from banyan.core.web import health, installed_app, metrics, notifications

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("manifest.webmanifest", installed_app.manifest, name="manifest"),
    path("service-worker.js", installed_app.service_worker, name="service-worker"),
    path("offline", installed_app.offline, name="offline"),
    path("notifications", notifications.notifications, name="notifications"),
    path("notifications/<uuid:notice_id>/toggle", notifications.toggle_notice, name="notification-toggle"),
    path("notifications/read", notifications.read_all, name="notifications-read"),
    path("notifications/<uuid:notice_id>", notifications.open_notice, name="notification"),
]
