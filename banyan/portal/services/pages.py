"""The pages that links lead to: registered by the apps whose records they show."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.kernel.registry import Registry
from banyan.core.objects.spec import ObjectSpec
from banyan.documents.public import Head, head_of, picture_address
from banyan.portal.models import PortalLink
from banyan.portal.references import form_key, token_of
from banyan.portal.services.outside import languages_of

COMMENT = "comment"
#: What is said after something was done; pages add theirs with ``notices``.
DONE = {"commented": gettext_lazy("Thank you. Your comment was sent.")}


@dataclass(frozen=True)
class Visit:
    """Somebody at a link: the request, the record, and what the answer needs.

    ``actor`` is the system, which may do everything: whatever a handler does is what the page is for. ``row`` is the record
    as ``fetch_row`` gives it. ``problem`` says why the last form was refused.
    """

    request: HttpRequest
    link: PortalLink
    page: PortalPage
    actor: Actor
    spec: ObjectSpec
    row: Mapping[str, Any]
    language: str
    network: str
    problem: str = ""

    @property
    def record_id(self) -> uuid.UUID:
        """Return the id of the record that the page is about."""
        return self.link.record_id

    @property
    def token(self) -> str:
        """Return what stands in the address."""
        return token_of(self.link.organization_id, self.link.pk, self.link.token_hash)

    @property
    def head(self) -> Head:
        """Return the letterhead in the reader's language."""
        return head_of(self.actor.organization, self.language)

    @property
    def logo(self) -> str:
        """Return the company's logo as part of the page: there is no address that gives it to everybody."""
        return picture_address(self.head.logo) if self.head.logo else ""

    def url(self, action: str = "", **query: str) -> str:
        """Return the address of the page, or of one of its actions, in the reader's language."""
        path = f"/p/{self.token}" + (f"/{action}" if action else "")
        return f"{path}?{urlencode({'lang': self.language, **query})}"

    def answer(self, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
        """Return a page; the template extends ``portal/base.html``."""
        return render(self.request, template, {**self.frame(), **context}, status=status)

    def done(self, notice: str) -> HttpResponse:
        """Lead back to the page after something was done; ``notice`` is a key of ``DONE`` or of the page's ``notices``."""
        return HttpResponseRedirect(self.url(done=notice), status=303)

    def frame(self) -> dict[str, Any]:
        """Return what ``portal/base.html`` needs."""
        return {
            "head": self.head,
            "visit": self,
            "form_key": form_key(self.token),
            "language": self.language,
            "languages": languages_of(f"/p/{self.token}", self.language),
            "problem": self.problem,
            "done_text": ""
            if self.problem
            else {**DONE, **self.page.notices}.get(self.request.GET.get("done", ""), ""),
        }


Handler = Callable[[Visit], HttpResponse]


@dataclass(frozen=True)
class PortalPage:
    """A page for people without an account.

    Args:
        purpose: Its code, which links carry.
        object_name: The object whose records it is about.
        module: The module that must be on beside that of links.
        label: What it is called in the list of links.
        render: Answers a visit with the page.
        actions: What forms of the page do, by the last part of their address (POST). A ``DomainError`` undoes it and is
            shown on the page.
        downloads: What the page gives away (GET), such as its PDF.
        notices: What is said after something was done, by the word given to ``Visit.done``.
        has_comments: Whether visitors may write; what they write is on the record's page and told to its owner.
        valid_days: For how long a link holds unless something else is said.
        may_be_made: Says whether a record can be given away now.
        expires_on: The last day that is proposed for a record; None for ``valid_days``.
        recipient: Name, e-mail address and language of whom a link of a record is proposed to; empty where nobody knows.
    """

    purpose: str
    object_name: str
    module: str
    label: Any
    render: Handler
    actions: Mapping[str, Handler] = field(default_factory=dict)
    downloads: Mapping[str, Handler] = field(default_factory=dict)
    notices: Mapping[str, Any] = field(default_factory=dict)
    has_comments: bool = False
    valid_days: int = 30
    may_be_made: Callable[[Actor, Mapping[str, Any]], bool] = lambda actor, row: True
    expires_on: Callable[[Actor, Mapping[str, Any]], Any] = lambda actor, row: None
    recipient: Callable[[Actor, Mapping[str, Any]], tuple[str, str, str]] = lambda actor, row: ("", "", "")


portal_pages: Registry[PortalPage] = Registry("portal pages")


def pages_of(object_name: str) -> list[PortalPage]:
    """Return the pages that records of an object can have."""
    return [page for page in portal_pages if page.object_name == object_name]
