"""Addresses of the customers app beside the generic ones."""

from __future__ import annotations

from django.urls import path

from banyan.customers.views import duplicates, follow_ups

urlpatterns = [
    path("follow-ups/quick", follow_ups.quick_follow_up, name="quick-follow-up"),
    path("<slug:plural>/duplicates-review", duplicates.review, name="duplicates-review"),
    path("<slug:plural>/duplicates-review/groups", duplicates.groups_part, name="duplicates-groups"),
    path("<slug:plural>/duplicates-review/distinct", duplicates.declare, name="duplicates-distinct"),
    path("<slug:plural>/<uuid:record_id>/duplicates", duplicates.hint_part, name="record-duplicates"),
]
