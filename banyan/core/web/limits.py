"""How many pages a person, and a network address without a session, may ask for."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.origin import current_origin
from banyan.core.kernel.rate_limits import RateLimiter, TooManyRequests
from banyan.core.web.accounts.client import is_loopback
from banyan.core.web.errors import domain_error

Handler = Callable[[HttpRequest], HttpResponse]

people = RateLimiter(settings.CONFIGURATION.page_requests_per_minute)
addresses = RateLimiter(settings.CONFIGURATION.public_requests_per_minute)
#: The interface has limits of its own, and whoever watches the server asks as often as it likes.
UNLIMITED = ("/api/v1/", "/healthz", "/readyz", "/metrics")


def limit_requests(get_response: Handler) -> Handler:
    """Answer with 429 before anything is done for whoever asks too often.

    The machine itself is not limited: where a proxy hides who asks, everybody would be.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(UNLIMITED):
            return get_response(request)
        account_id = parse_id(request.session.get("_auth_user_id"))
        address = current_origin().address
        try:
            if account_id is not None:
                people.take(f"account:{account_id}")
            elif address and not is_loopback(address):
                addresses.take(f"address:{address}")
        except TooManyRequests as error:
            with translation.override(translation.get_language_from_request(request)):
                return domain_error(request, error)
        return get_response(request)

    return handle
