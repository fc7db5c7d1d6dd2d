"""What all object pages share: who asks, for which object, and how refusals are answered."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.moments import one_moment
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import is_partial
from banyan.core.web.confirming import CONFIRMED
from banyan.core.web.errors import domain_error
from banyan.core.web.middleware import SignedInRequest

View = Callable[..., HttpResponseBase]

SIGN_IN = "/sign-in"


def signed_in(*methods: str) -> Callable[[View], View]:
    """Let a view answer only people who are signed in, only to these methods, and with errors told in words.

    Whoever is not signed in is sent to the sign-in page and comes back afterwards.
    """
    allowed = methods or ("GET",)

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: SignedInRequest, *args: Any, **values: Any) -> HttpResponseBase:
            if getattr(request, "actor", None) is None:
                return to_sign_in(request)
            if request.method not in allowed and not (request.method == "HEAD" and "GET" in allowed):
                return HttpResponseNotAllowed(allowed)
            if request.method == "POST" and CONFIRMED in request.GET:
                request.actor = request.actor.confirming(request.GET[CONFIRMED])
            try:
                if request.method in {"GET", "HEAD"}:
                    with one_moment():
                        return view(request, *args, **values)
                return view(request, *args, **values)
            except DomainError as error:
                return domain_error(request, error)

        return answer

    return decorate


def object_page(*methods: str, action: Action = Action.VIEW) -> Callable[[View], View]:
    """Give a view the specification that the address names; an unknown object, or one switched off, is not found."""

    def decorate(view: View) -> View:
        @signed_in(*methods)
        @wraps(view)
        def answer(request: SignedInRequest, plural: str, **values: Any) -> HttpResponseBase:
            spec = spec_of_path(request, plural)
            require(request.actor, spec, action)
            return view(request, spec, **values)

        return answer

    return decorate


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send somebody to the sign-in page; scripts are told by the status alone."""
    if is_partial(request):
        return HttpResponse(status=401)
    came_from = request.get_full_path() if request.method == "GET" else "/"
    return HttpResponseRedirect(f"{SIGN_IN}?{urlencode({'next': came_from})}")


def spec_of_path(request: SignedInRequest, plural: str) -> ObjectSpec:
    """Return the object whose path segment this is; raise ``Missing`` when there is none or its module is off."""
    for spec in specs_on(request.actor.organization).values():
        if spec.plural == plural:
            return spec
    raise Missing("not_found", _("There is no such page."))


def spec_named(request: SignedInRequest, name: str) -> ObjectSpec:
    """Return an object by its name; raise ``Missing`` when there is none or its module is off."""
    spec = specs_on(request.actor.organization).get(name)
    if spec is None:
        raise Missing("not_found", _("There is no such page."))
    return spec


def given_ids(values: list[str]) -> list[uuid.UUID]:
    """Return the ids among texts, each once, in order."""
    return list(dict.fromkeys(found for value in values if (found := parse_id(value)) is not None))
