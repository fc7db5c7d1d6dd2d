"""Measures of the server in the format of Prometheus."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from banyan.core.jobs.status import waiting_seconds
from banyan.core.kernel.registry import Registry
from banyan.core.web.accounts.client import is_at_this_machine

Handler = Callable[[HttpRequest], HttpResponse]

registry = CollectorRegistry()
REQUESTS = Counter(
    "banyan_requests",
    "Requests answered, by route, method and status.",
    ("route", "method", "status"),
    registry=registry,
)
SECONDS = Histogram(
    "banyan_request_seconds",
    "Seconds until a request was answered, by route.",
    ("route",),
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
    registry=registry,
)
OLDEST_JOB = Gauge(
    "banyan_oldest_waiting_job_seconds", "How long the oldest job that could run has been waiting.", registry=registry
)
#: Who else is told how long each request took, after its transaction has ended.
request_watchers: Registry[Callable[[HttpRequest, float], None]] = Registry("request watchers")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def measure_requests(get_response: Handler) -> Handler:
    """Count requests and their duration by the name of their route, which has no ids in it."""

    def handle(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        route = (match.view_name or match.route) if match else "none"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(route, method, response.status_code).inc()
        seconds = time.perf_counter() - started
        SECONDS.labels(route).observe(seconds)
        for watch in request_watchers:
            watch(request, seconds)
        return response

    return handle


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the measures to this machine, or to whoever has the token; to nobody else."""
    if not _may_read(request):
        return HttpResponse(status=404)
    OLDEST_JOB.set(waiting_seconds())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    token = settings.CONFIGURATION.metrics_token
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    return is_at_this_machine(request)
