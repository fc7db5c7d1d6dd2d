"""How many requests to the interface a token, a person and a network address may make."""

from __future__ import annotations

from django.conf import settings

from banyan.core.kernel.rate_limits import RateLimiter

#: Somebody with several tokens and windows gets more than each of them, but not as much as all of them.
TIMES_FOR_A_PERSON = 2

limiter = RateLimiter(settings.CONFIGURATION.api_requests_per_minute)
people = RateLimiter(settings.CONFIGURATION.api_requests_per_minute * TIMES_FOR_A_PERSON)
