"""What makes the pages an app on a phone or a desktop: its description, its worker, its page without network."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from banyan.core.web.assets import asset

KEPT = ("vendor.css", "app.css", "theme.js", "app.js", "img/icon.svg")


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Describe the app: name, icons, colours; in the reader's language."""
    actor = getattr(request, "actor", None)
    context = {"organization": actor.organization.name if actor else "", "language": get_language()}
    return render(request, "layout/manifest.webmanifest", context, content_type="application/manifest+json")


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the worker that keeps static files and the page without network; a new build has a new one."""
    kept = [asset(name) for name in KEPT]
    context = {"version": _version(tuple(kept)), "kept_urls": kept}
    response = render(request, "layout/service-worker.js", context, content_type="text/javascript")
    response.headers["Service-Worker-Allowed"] = "/"
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Return the page that is shown without network; it is the same for everybody."""
    return render(request, "errors/offline.html", {"actor": None, "language": get_language()})


@lru_cache(maxsize=4)
def _version(urls: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join((settings.STATIC_URL, *urls)).encode()).hexdigest()[:12]
