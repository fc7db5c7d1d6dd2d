"""The interface's root; the paths below it come from the route registry, organization by organization."""

from __future__ import annotations

from django.urls import re_path

from banyan.core.api.gateway import gateway

# A dot would not match line ends, which a path may contain as well as any other nonsense.
urlpatterns = [re_path(r"^(?P<path>[\s\S]*)\Z", gateway, name="api")]
