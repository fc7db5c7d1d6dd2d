"""What keeps foreign code out of the browser is on every answer: the addresses are walked, so none can be forgotten."""

from __future__ import annotations

import re
import zlib
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from lxml import etree
from lxml.html import document_fromstring

from banyan.core.api.routes import NO_BODY, PLURAL, api_routes
from banyan.core.web.files.views import PDF_POLICY
from banyan.core.web.middleware import CONTENT_SECURITY_POLICY
from banyan.portal.services.outside import POLICY
from tests.architecture.test_isolation import addresses, example
from tests.cast import Cast, sign_in

#: Static files and the interface have tests of their own; an address with a regular expression is a static one.
PAGES = sorted({route for route in addresses(get_resolver()) if "(" not in route and not route.startswith("static/")})
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: Links for people without an account load nothing but styles and scripts of ours, and tell nobody where they lead.
LINKS = {**HEADERS, "Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
#: The browser's viewer of PDF is a plug-in, which the policy of pages would keep from working.
PAPERS = {**HEADERS, "Content-Security-Policy": PDF_POLICY}
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
#: What these show is the same for everybody, so it may be kept.
KEPT = {"/manifest.webmanifest", "/service-worker.js", "/offline"}


def foreign(page: bytes) -> set[str]:
    """Return the code and styles of a page that the policy would stop, and resources from elsewhere."""
    found: set[str] = set()
    for element in document_fromstring(page).iter(etree.Element):
        given, tag = element.attrib, str(element.tag)
        found |= {f"{tag} {name}" for name in given if name == "style" or name.startswith("on")}
        if (
            tag == "script"
            and "src" not in given
            and "json" not in given.get("type", "")
            and (element.text or "").strip()
        ):
            found.add("inline script")
        if tag == "style":
            found.add("style element")
        source = given.get("src") or (given.get("href") if tag == "link" else "") or ""
        if re.match(r"(https?:)?//", source):
            found.add(f"{tag} {source}")
    return found


def test_what_is_foreign_to_a_page_is_found() -> None:
    bad = """<body onload="x()"><style>p {}</style><p style="color: red">a<script>alert(1)</script>
        <img src="//elsewhere.example/a.png"><link href="https://elsewhere.example/a.css"></body>"""
    good = """<body><a href="https://elsewhere.example/">a</a><script type="application/json">{}</script>
        <script src="/static/app.js"></script></body>"""
    assert foreign(bad.encode()) == {
        "body onload", "style element", "p style", "inline script",
        "img //elsewhere.example/a.png", "link https://elsewhere.example/a.css",
    }  # fmt: skip
    assert foreign(good.encode()) == set()


def test_policy_allows_no_inline_code_and_nothing_from_elsewhere() -> None:
    policy = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))

    assert policy["script-src"] == policy["style-src"] == policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


@pytest.mark.slow
@pytest.mark.parametrize("is_signed_in", [True, False], ids=["signed in", "visitor"])
def test_every_page_has_the_headers_and_no_inline_code(cast: Cast, is_signed_in: bool) -> None:  # noqa: FBT001 a parameter
    client = sign_in(cast, "admin") if is_signed_in else Client()
    missing: dict[str, Any] = {}
    for route in PAGES:
        answer = client.get(example(route))
        wrong = {name for name, value in headers_of(route, answer).items() if answer.headers.get(name) != value}
        if answer.headers.get("Cache-Control") != "no-store" and example(route) not in KEPT:
            wrong |= set() if "no-store" in answer.headers.get("Cache-Control", "") else {"Cache-Control"}
        if not answer.streaming and "html" in answer.headers.get("Content-Type", ""):
            wrong |= foreign(answer.content) if answer.content else set()
        if answer.streaming:
            answer.getvalue()
        if wrong:
            missing[route] = wrong

    assert missing == {}


def headers_of(route: str, answer: Any) -> dict[str, str]:
    """Return the headers that an answer has to have."""
    if answer.headers.get("Content-Type") == "application/pdf":
        return PAPERS
    return LINKS if route.startswith(("p/", "m/")) else HEADERS


def refusals(route: str) -> set[int]:
    """Return how an address refuses: those that others call prove their callers in other ways than by a session."""
    if route.startswith("scim/"):
        return {401}
    if route.startswith(("hooks/", "p/", "f/")):
        # Programs and strangers call it; the secret within the address is the proof, and this one is none.
        return {404}
    if route.startswith("sso/oidc/"):
        return {400, 403, 405}
    # A provider posts signed answers to a visit, and a mail program the wish to get no more; neither is found here.
    return {403, 404, 405} if route.startswith(("sso/saml/", "m/")) else {403}


def other_method(route: str) -> str:
    """Return one of the methods beside POST; nothing that refuses asks for it, so each is tried at a third of the pages."""
    return UNSAFE[1 + zlib.crc32(route.encode()) % 3]


@pytest.mark.slow
def test_every_page_refuses_what_changes_something_without_proof(cast: Cast) -> None:
    signed_in = sign_in(cast, "admin")
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in.cookies
    open_to_others = {
        (method, route): answer.status_code
        for route in PAGES
        if not route.startswith("api/v1/")
        for method in ("POST", other_method(route))
        if (answer := client.generic(method, example(route))).status_code not in refusals(route)
    }

    assert open_to_others == {}


@pytest.mark.slow
def test_every_path_of_the_interface_refuses_a_session_without_proof(cast: Cast) -> None:
    signed_in = sign_in(cast, "admin")
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in.cookies
    wrong = {}
    for route in api_routes:
        if route.method not in UNSAFE:
            continue
        path = route.path.replace(f"{{{PLURAL}}}", "customers")
        path = re.sub(r"{\w+}", "00000000-0000-0000-0000-000000000001", path)
        content_type = route.consumes if route.consumes != NO_BODY else "application/json"
        answer = client.generic(route.method, f"/api/v1{path}", b"{}", content_type=content_type)
        if (answer.status_code, answer.json().get("code")) != (403, "csrf_failed"):
            wrong[route.method, route.path] = answer.status_code

    assert wrong == {}


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(cast: Cast) -> None:
    client = Client()
    page = client.get("/sign-in")
    client.post("/sign-in", {"email": "ada@cast.test", "password": "correct horse battery"})

    assert page.status_code == 200
    for name in ("banyan_session", "banyan_csrf"):
        cookie = client.cookies[name]
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name


def test_session_gets_a_new_key_when_somebody_signs_in(cast: Cast) -> None:
    client = Client()
    client.get("/sign-in")
    client.cookies["banyan_session"] = "chosen-by-an-attacker"
    client.post("/sign-in", {"email": "ada@cast.test", "password": "correct horse battery"})

    assert client.cookies["banyan_session"].value != "chosen-by-an-attacker"


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(cast: Cast, place: str) -> None:
    answer = Client().post("/sign-in", {"email": "ada@cast.test", "password": "correct horse battery", "next": place})

    assert answer.headers["Location"] == "/"


def test_https_is_demanded_once_it_is_in_use(db: None, settings: Any) -> None:
    assert "Strict-Transport-Security" not in Client().get("/sign-in").headers
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True

    answer = Client().get("/sign-in")

    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert all(cookie["secure"] for cookie in answer.cookies.values())
