"""What all pages for people outside have in common: no session, the reader's language, and headers that keep addresses secret."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from banyan.core.kernel.languages import LANGUAGES

POLICY = "; ".join(  # noqa: FLY002 one rule per line reads better than one long string
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


def for_outside(response: HttpResponse) -> HttpResponse:
    """Give a page for people outside its headers, where it has none of its own."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def language_of(request: HttpRequest, usual: str) -> str:
    """Return the language that the reader chose, else the usual one, else what the browser asks for."""
    known = {code for code, _name in LANGUAGES}
    asked = request.GET.get("lang", "")
    if asked in known:
        return asked
    return usual if usual in known else translation.get_language_from_request(request)


def languages_of(path: str, language: str) -> list[dict[str, object]]:
    """Return the languages between which the reader of a page may choose."""
    return [{"label": name, "url": f"{path}?lang={code}", "active": code == language} for code, name in LANGUAGES]


def plain_page(request: HttpRequest, language: str, title: str, text: str, *, status: int) -> HttpResponse:
    """Answer with a page that has nothing but a sentence, and leads nowhere."""
    languages = languages_of(request.path, language)
    context = {"title": title, "text": text, "language": language, "languages": languages}
    return render(request, "portal/nothing.html", context, status=status)
