"""Names of cookies behind HTTPS, and sessions that began under the plain names."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from django.test import Client

import banyan
from banyan.core.web.cookies import COOKIE_KEY
from tests.cast import PASSWORD, Cast

NAMES = {
    "SESSION_COOKIE_NAME": "banyan_session",
    "CSRF_COOKIE_NAME": "banyan_csrf",
    "LANGUAGE_COOKIE_NAME": "banyan_language",
}


@pytest.fixture
def behind_https(settings) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    for name, plain in NAMES.items():
        setattr(settings, name, f"__Host-{plain}")


@pytest.mark.parametrize(("address", "prefix"), [("https://crm.example", "__Host-"), ("http://127.0.0.1:8000", "")])
def test_names_have_the_prefix_when_the_address_is_https(monkeypatch, address: str, prefix: str) -> None:
    monkeypatch.setenv("BANYAN_BASE_URL", address)

    found = runpy.run_path(str(Path(banyan.__file__).parent / "settings.py"))

    assert {name: found[name] for name in NAMES} == {name: f"{prefix}{plain}" for name, plain in NAMES.items()}


def test_every_cookie_has_the_prefix_and_what_it_demands(cast: Cast, behind_https) -> None:
    client = Client()
    client.get("/sign-in?language=en")
    client.get("/sign-in")
    client.post("/sign-in", {"email": "ada@cast.test", "password": PASSWORD})

    assert {"__Host-banyan_session", "__Host-banyan_csrf", "__Host-banyan_device"} <= client.cookies.keys()
    wrong = {
        name
        for name, cookie in client.cookies.items()
        if not (name.startswith("__Host-") and cookie["secure"] and cookie["path"] == "/" and not cookie["domain"])
    }
    assert wrong == set()
    assert client.get("/customers").status_code == 200


def test_session_of_before_the_prefix_goes_on_under_the_new_name_once(cast: Cast, settings, request) -> None:
    begun = Client()
    begun.post("/sign-in", {"email": "ada@cast.test", "password": PASSWORD})
    key = begun.cookies["banyan_session"].value
    session = begun.session
    session["client"] = {name: value for name, value in session["client"].items() if name != COOKIE_KEY}
    session.save()
    request.getfixturevalue("behind_https")

    client = Client()
    client.cookies["banyan_session"] = key
    assert client.get("/customers").status_code == 200
    assert client.cookies["__Host-banyan_session"].value == key
    assert client.cookies["banyan_session"].value == ""
    assert client.get("/customers").status_code == 200
    # Whoever plants the plain name afterwards plants nothing.
    planted = Client()
    planted.cookies["banyan_session"] = key
    assert planted.get("/customers").status_code == 302


def test_session_that_began_under_the_prefix_is_not_known_by_the_plain_name(cast: Cast, behind_https) -> None:
    attacker = Client()
    attacker.post("/sign-in", {"email": "ada@cast.test", "password": PASSWORD})
    victim = Client()
    victim.cookies["banyan_session"] = attacker.cookies["__Host-banyan_session"].value

    assert victim.get("/customers").status_code == 302
