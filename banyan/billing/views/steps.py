"""Steps of records in dialogs and by buttons: what all of them share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import DomainError, Missing, Unconfirmed
from banyan.core.objects.modules import module_is_on
from banyan.core.web.answers import done
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer

MODULE = "billing"
CHANGED = ("payments", "payment-plans", "invoices", "orders", "subscriptions", "customers")


def require_module(request: SignedInRequest) -> None:
    """Raise ``Missing`` where the module is off: its pages are absent then."""
    if not module_is_on(request.actor.organization, MODULE):
        raise Missing("not_found", _("There is no such page."))


def posted(request: SignedInRequest) -> QueryDict | None:
    """Return what was sent with a form, even if it is nothing; None while the form is only looked at."""
    return request.POST if request.method == "POST" else None


def step_done(request: SignedInRequest, text: str, url: str) -> HttpResponse:
    """Answer that a step succeeded, and show the page again on which it was taken."""
    return done(request, text, next_url=url, changed=CHANGED, close_dialog=True, visit={"url": url})


def form_step(
    request: SignedInRequest,
    form: forms.Form,
    run: Callable[[dict[str, Any]], tuple[str, str]],
    *,
    title: str,
    **details: Any,
) -> HttpResponse:
    """Show the form of a step, or take the step with what was sent; ``run`` returns what is said and where to go."""
    if request.method == "POST" and form.is_valid():
        try:
            text, url = run(form.cleaned_data)
        except Unconfirmed:
            raise
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return step_done(request, text, url)
    return form_answer(request, form, title=title, **details)


def named_line(line: Any) -> str:
    """Return a line as a form asks for its quantity: its name, and in which unit it is counted where it has one."""
    return f"{line.name} ({line.unit})" if line.unit else str(line.name)
