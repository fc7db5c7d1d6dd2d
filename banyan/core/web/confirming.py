"""Warnings: what speaks against a write is asked about, and the person goes on or thinks again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import DomainError, FieldError, Invalid, Unconfirmed
from banyan.core.web.answers import into_dialog, is_partial, page, part, refused

CONFIRMED = "confirmed"
ASKED = "/confirm"
PROBLEM_TYPE = "application/problem+json"
#: How long a question that was asked of a script can be answered.
SECONDS = 3_600
NOT_KEPT = {"csrfmiddlewaretoken"}
_SALT = "banyan.web.confirming"


def complaints(error: DomainError) -> list[FieldError]:
    """Return what is said against a write, field by field."""
    return error.errors if isinstance(error, (Invalid, Unconfirmed)) else []


def codes_of(errors: Iterable[FieldError]) -> str:
    """Return the codes of warnings as an address takes them."""
    return ",".join(dict.fromkeys(error.code for error in errors))


def with_confirmation(path: str, errors: Sequence[FieldError], asked: QueryDict) -> str:
    """Return an address to which a form is sent once more, this time with its warnings confirmed."""
    before = [code for code in asked.get(CONFIRMED, "").split(",") if code]
    rest = [(name, value) for name, values in asked.lists() if name != CONFIRMED for value in values]
    codes = ",".join(dict.fromkeys((*before, *codes_of(errors).split(","))))
    return f"{path}?{urlencode([*rest, (CONFIRMED, codes)])}"


def ask(
    request: HttpRequest,
    error: Unconfirmed,
    *,
    action: str = "",
    fields: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Ask whether a write shall be done in spite of its warnings; what was sent travels along.

    ``action`` is where the answer goes, this address without it; ``fields`` what is sent there, by default the same.
    """
    target = with_confirmation(action or request.path, error.errors, QueryDict() if action else request.GET)
    form = _form(error, target, _pairs(request.POST) if fields is None else _listed(fields))
    if is_partial(request) or request.headers.get("HX-Boosted") == "true":
        answer = into_dialog(part(request, "layout/form_dialog.html", {"form": form}, status=422))
        answer.headers["HX-Push-Url"] = "false"
        return refused(answer)
    return refused(page(request, "layout/form.html", {"form": form}, status=422))


def ask_script(request: HttpRequest, error: Unconfirmed, *, action: str, fields: Mapping[str, Any]) -> HttpResponse:
    """Answer a script, such as one that moved a card, with the address of the question to open."""
    what = {
        "action": with_confirmation(action, error.errors, QueryDict()),
        "fields": _listed(fields),
        "text": [str(entry.message) for entry in error.errors],
    }
    url = f"{ASKED}?{urlencode({'what': signing.dumps(what, salt=_SALT, compress=True)})}"
    document = {"status": error.status, "code": error.code, "detail": str(error.message), "dialog": url}
    return refused(JsonResponse(document, status=error.status, content_type=PROBLEM_TYPE))


def asked_by_script(request: HttpRequest) -> dict[str, Any]:
    """Return the form of a question that a script was told to open; raise ``BadSignature`` for one that is not ours."""
    what = signing.loads(request.GET.get("what", ""), salt=_SALT, max_age=SECONDS)
    return _described(what["text"], what["action"], [tuple(pair) for pair in what["fields"]])


def _form(error: Unconfirmed, action: str, fields: list[tuple[str, str]]) -> dict[str, Any]:
    return _described([str(entry.message) for entry in error.errors], action, fields)


def _described(texts: Iterable[str], action: str, fields: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "title": _("Save all the same?"),
        "text": " ".join(texts),
        "action": action,
        "hidden": [{"name": name, "value": value} for name, value in fields],
        "sections": [],
        "errors": [],
        "submit_label": _("Save all the same"),
        "cancel_url": "/",
    }


def _pairs(sent: QueryDict) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, values in sent.lists() for value in values if name not in NOT_KEPT]


def _listed(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name, values in fields.items()
        for value in (values if isinstance(values, (list, tuple)) else [values])
        if value is not None
    ]
