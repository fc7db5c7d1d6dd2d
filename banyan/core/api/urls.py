"""The interface's root; the paths below it come from the route registry, organization by organization."""

from __future__ import annotations

from django.urls import re_path

from banyan.core.api.gateway import gateway

urlpatterns = [re_path(r"^(?P<path>.*)$", gateway, name="api")]
