"""The endpoints of SCIM: who asks, what is asked for, one transaction around it, errors in SCIM's own form."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import orjson
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.directory_people import change_provisioned, provision_person
from banyan.core.access.models import ReportingLine
from banyan.core.access.people import find_person
from banyan.core.access.provisioning import (
    find_group,
    release_person,
    remove_group,
    save_group,
    set_members,
)
from banyan.core.api import limits
from banyan.core.api.problems import MethodNotAllowed, Unauthenticated
from banyan.core.api.scim import documents
from banyan.core.api.scim.resources import (
    ENTERPRISE,
    group_condition,
    group_resource,
    read_members,
    read_person,
    user_condition,
    user_resource,
)
from banyan.core.api.scim.rules import BadFilter, BadPath, apply_patch, parse_filter
from banyan.core.identity.models import User
from banyan.core.identity.providers.models import (
    ProvisionedGroup,
    ProvisionedMember,
    ProvisionedPerson,
    ProvisioningToken,
)
from banyan.core.identity.secrets import read_secret
from banyan.core.identity.visitors import client_address, visitor_of
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, DomainError, FieldError, Invalid
from banyan.core.kernel.rate_limits import TooManyRequests
from banyan.core.tenancy.scope import organization_scope

logger = logging.getLogger("banyan.scim")

CONTENT_TYPE = "application/scim+json"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
MOST_RESULTS, USUAL_RESULTS = 200, 100
#: What one request may hold, and how many operations a bulk of them.
MOST_BYTES, MOST_OPERATIONS = 2_097_152, 1_000
NOTE_USE_EVERY = timedelta(hours=1)


NOTHING: Final = object()


class TooLarge(DomainError):
    """A request that holds more than we take at once."""

    status = 413


@dataclass(frozen=True)
class Ask:
    """One request of a directory, within its organization's scope."""

    request: HttpRequest
    actor: Actor
    location: str
    #: What an operation of a bulk carries, which is a request in a request.
    data: Any = NOTHING

    @property
    def body(self) -> dict[str, Any]:
        """Return the body as an object; raise ``Invalid``, ``TooLarge``."""
        found = self.data
        if found is NOTHING:
            _require_bounded(self.request)
            try:
                found = orjson.loads(self.request.body)
            except ValueError:
                found = None
        if not isinstance(found, dict):
            raise Invalid([FieldError("body", "invalidSyntax", _("The body is no JSON object."))])
        return found


Handler = Callable[..., HttpResponse]


def endpoint(**handlers: Handler) -> Callable[..., HttpResponse]:
    """Return a view that answers a directory's requests, each method by its handler."""

    @csrf_exempt
    def view(request: HttpRequest, **arguments: Any) -> HttpResponse:
        return answer_or_error(lambda: _serve(request, handlers, arguments))

    return view


def answer_or_error(work: Callable[[], HttpResponse]) -> HttpResponse:
    """Return what the work answers, or SCIM's form of what it raised."""
    try:
        return work()
    except DomainError as problem:
        return problem_answer(problem)
    except (BadFilter, BadPath) as problem:
        kind = "invalidFilter" if isinstance(problem, BadFilter) else "invalidPath"
        return error(400, _("This cannot be understood: %(text)s") % {"text": str(problem)[:100]}, kind)
    except IntegrityError:
        return error(409, _("This contradicts what somebody else has just written. Try again."), "uniqueness")


def _serve(request: HttpRequest, handlers: dict[str, Handler], arguments: dict[str, Any]) -> HttpResponse:
    address = f"scim-address:{client_address(request)}"
    limits.limiter.require_room(address)
    try:
        organization_id, secret_hash = _claimed(request)
        limits.limiter.take(f"scim:{secret_hash}")
        with organization_scope(organization_id):
            actor = _actor(secret_hash)
            handler = handlers.get(str(request.method).lower())
            if handler is None:
                raise MethodNotAllowed("method_not_allowed", _("This address does not know this method."), allow=[])
            return handler(Ask(request, actor, request.build_absolute_uri("/scim/v2")), **arguments)
    except Unauthenticated:
        limits.limiter.take(address)
        raise


def _claimed(request: HttpRequest) -> tuple[uuid.UUID, str]:
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    found = read_secret(secret) if scheme.lower() == "bearer" else None
    if found is None:
        raise Unauthenticated("invalid_token", _("This token is not valid or was revoked."))
    return found


def _actor(secret_hash: str) -> Actor:
    token = ProvisioningToken.objects.select_related("organization").filter(secret_hash=secret_hash).first()
    if token is None:
        raise Unauthenticated("invalid_token", _("This token is not valid or was revoked."))
    if token.last_used_at is None or now() - token.last_used_at > NOTE_USE_EVERY:
        ProvisioningToken.objects.filter(pk=token.pk).update(last_used_at=now())
    return system_actor(token.organization, channel=Channel.API)


def list_users(ask: Ask) -> HttpResponse:
    """List people by filter and page."""
    people = User.objects.select_related("department").order_by("created_at", "pk")
    wanted = ask.request.GET.get("filter", "")
    if wanted:
        people = people.filter(user_condition(parse_filter(wanted)))
    start, count = _page(ask.request)
    found = list(people[start - 1 : start - 1 + count])
    return _list(_described_users(ask, found), total=people.count(), start=start)


def create_user(ask: Ask) -> HttpResponse:
    """Add a person."""
    user = provision_person(ask.actor, read_person(ask.body), visitor_of(ask.request))
    return answer(_described_users(ask, [user])[0], status=201)


def get_user(ask: Ask, user_id: uuid.UUID) -> HttpResponse:
    """Show a person."""
    return answer(_described_users(ask, [find_person(user_id)])[0])


def put_user(ask: Ask, user_id: uuid.UUID) -> HttpResponse:
    """Let a person be what the directory says."""
    user = change_provisioned(ask.actor, user_id, read_person(ask.body))
    return answer(_described_users(ask, [user])[0])


def patch_user(ask: Ask, user_id: uuid.UUID) -> HttpResponse:
    """Change parts of a person."""
    known = _described_users(ask, [find_person(user_id)])[0]
    patched = apply_patch(known, _operations(ask.body))
    _follow_what_changed(known, patched)
    _tell_manager_if_changed(known[ENTERPRISE], patched.setdefault(ENTERPRISE, {}))
    user = change_provisioned(ask.actor, user_id, read_person(patched))
    return answer(_described_users(ask, [user])[0])


def delete_user(ask: Ask, user_id: uuid.UUID) -> HttpResponse:
    """Deactivate a person, who stays as the owner of what they own."""
    release_person(ask.actor, user_id)
    return HttpResponse(status=204)


def list_groups(ask: Ask) -> HttpResponse:
    """List groups by filter and page."""
    groups = ProvisionedGroup.objects.order_by("name", "pk")
    wanted = ask.request.GET.get("filter", "")
    if wanted:
        groups = groups.filter(group_condition(parse_filter(wanted)))
    start, count = _page(ask.request)
    found = list(groups[start - 1 : start - 1 + count])
    return _list([_described_group(ask, group) for group in found], total=groups.count(), start=start)


def create_group(ask: Ask) -> HttpResponse:
    """Add a group with its members."""
    body = ask.body
    group = save_group(
        ask.actor, name=str(body.get("displayName", "")), external_id=str(body.get("externalId", ""))[:255]
    )
    set_members(ask.actor, group, read_members(body))
    return answer(_described_group(ask, group), status=201)


def get_group(ask: Ask, group_id: uuid.UUID) -> HttpResponse:
    """Show a group."""
    return answer(_described_group(ask, find_group(group_id)))


def put_group(ask: Ask, group_id: uuid.UUID) -> HttpResponse:
    """Let a group be what the directory says."""
    return _saved_group(ask, find_group(group_id), ask.body)


def patch_group(ask: Ask, group_id: uuid.UUID) -> HttpResponse:
    """Change a group's name or members."""
    group = find_group(group_id)
    known = group_resource(group, location=ask.location, members=_members(group))
    return _saved_group(ask, group, apply_patch(known, _operations(ask.body)))


def delete_group(ask: Ask, group_id: uuid.UUID) -> HttpResponse:
    """Remove a group."""
    remove_group(ask.actor, find_group(group_id))
    return HttpResponse(status=204)


def service_provider_config(ask: Ask) -> HttpResponse:
    """Say what we can."""
    return answer(
        documents.service_provider_config(
            ask.location, most_results=MOST_RESULTS, most_operations=MOST_OPERATIONS, most_bytes=MOST_BYTES
        )
    )


def resource_types(ask: Ask) -> HttpResponse:
    """Say which resources there are."""
    found = documents.resource_types(ask.location)
    return _list(found, total=len(found), start=1)


def schemas(ask: Ask) -> HttpResponse:
    """Describe the resources."""
    found = documents.schemas(ask.location)
    return _list(found, total=len(found), start=1)


def error(status: int, detail: str, kind: str = "") -> HttpResponse:
    """Return an error as SCIM writes it."""
    body = {"schemas": [ERROR], "status": str(status), "detail": detail, **({"scimType": kind} if kind else {})}
    response = answer(body, status=status)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def problem_answer(problem: DomainError) -> HttpResponse:
    """Return a refusal as SCIM writes it."""
    if isinstance(problem, TooManyRequests):
        response = error(429, str(problem.message))
        response["Retry-After"] = str(problem.details.get("retry_after", 60))
        return response
    if isinstance(problem, Invalid):
        detail = "; ".join(f"{entry.field}: {entry.message}" for entry in problem.errors)
        return error(400, detail, "invalidValue")
    return error(problem.status, str(problem.message), "uniqueness" if isinstance(problem, Conflict) else "")


def _saved_group(ask: Ask, group: ProvisionedGroup, resource: dict[str, Any]) -> HttpResponse:
    changed = save_group(
        ask.actor,
        name=str(resource.get("displayName", group.name)),
        external_id=str(resource.get("externalId", ""))[:255],
        group=group,
    )
    set_members(ask.actor, changed, read_members(resource))
    return answer(_described_group(ask, changed))


def _described_users(ask: Ask, people: list[User]) -> list[dict[str, Any]]:
    known = ProvisionedPerson.objects.filter(user__in=people)
    external: dict[Any, str] = dict(known.values_list("user_id", "external_id"))
    groups: dict[Any, list[ProvisionedGroup]] = {}
    for member in ProvisionedMember.objects.filter(user__in=people).select_related("group"):
        groups.setdefault(member.user_id, []).append(member.group)
    lines = ReportingLine.objects.filter(user__in=people, is_main=True).select_related("superior")
    superiors = {line.user_id: line.superior for line in lines}
    return [
        user_resource(
            user,
            location=ask.location,
            external_id=external.get(user.pk, ""),
            groups=groups.get(user.pk, []),
            superior=superiors.get(user.pk),
        )
        for user in people
    ]


def _described_group(ask: Ask, group: ProvisionedGroup) -> dict[str, Any]:
    unwanted = "members" in ask.request.GET.get("excludedAttributes", "").split(",")
    return group_resource(group, location=ask.location, members=None if unwanted else _members(group))


def _members(group: ProvisionedGroup) -> list[User]:
    ids = ProvisionedMember.objects.filter(group=group).values("user_id")
    return list(User.objects.filter(pk__in=ids).order_by("name"))


def _follow_what_changed(known: dict[str, Any], patched: dict[str, Any]) -> None:
    """Let names and addresses that mean the same follow the one that was changed."""
    if patched.get("userName") == known["userName"] and patched.get("emails") != known["emails"]:
        patched["userName"] = ""
    name = patched.get("name") or {}
    if patched.get("displayName") == known["displayName"] and isinstance(name, dict) and name != known["name"]:
        patched["displayName"] = ""
        if name.get("formatted") == known["name"]["formatted"]:
            name.pop("formatted")


def _tell_manager_if_changed(known: dict[str, Any], patched: dict[str, Any]) -> None:
    """A patch tells of the whole person: a manager who is missing from it was taken away, the same one is no news."""
    if patched.get("manager") != known.get("manager"):
        patched.setdefault("manager", "")
    else:
        patched.pop("manager", None)


def _require_bounded(request: HttpRequest) -> None:
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES or len(request.body) > MOST_BYTES:
        message = _("The request is larger than the %(most)d bytes that are taken at once. Send it in parts.")
        raise TooLarge("too_large", message % {"most": MOST_BYTES})


def _operations(body: dict[str, Any]) -> list[Any]:
    operations = next((value for key, value in body.items() if key.lower() == "operations"), None)
    if not isinstance(operations, list) or not operations:
        raise BadPath("Operations")
    return operations


def _page(request: HttpRequest) -> tuple[int, int]:
    def number(name: str, usual: int) -> int:
        try:
            return int(request.GET.get(name, usual))
        except ValueError:
            raise Invalid([FieldError(name, "invalidValue", _("Write a number."))]) from None

    return max(1, number("startIndex", 1)), min(max(0, number("count", USUAL_RESULTS)), MOST_RESULTS)


def _list(resources: list[dict[str, Any]], *, total: int, start: int) -> HttpResponse:
    return answer(
        {
            "schemas": [LIST],
            "totalResults": total,
            "startIndex": start,
            "itemsPerPage": len(resources),
            "Resources": resources,
        }
    )


def answer(body: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a resource or a message as SCIM sends it."""
    response = HttpResponse(orjson.dumps(body), status=status, content_type=CONTENT_TYPE)
    if status == 201:
        response["Location"] = body["meta"]["location"]
    return response
