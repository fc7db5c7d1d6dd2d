"""What holds for every path: who may call, how errors look, and that a failed call leaves nothing behind."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client

from banyan.core.api import limits
from banyan.core.api.answers import Answer
from banyan.core.api.routes import MULTIPART, Operation, Route, api_routes, register_route
from banyan.core.identity.models import ApiToken
from banyan.core.kernel.clock import now
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.public import Customer
from tests.cast import sign_in

PROBLEM = "application/problem+json"


@pytest.fixture
def failing_route():
    """A path whose view writes a customer and then fails as told."""

    def install(error: Exception) -> None:
        def view(call):
            door.create(call.actor, call.spec("customers"), {"name": "Half written"})
            raise error

        register_route(Route("POST", "/failing", view, Operation("failing", "Fail", "Test", {})))

    yield install
    if "POST /failing" in api_routes:
        api_routes.remove("POST /failing")


def test_anonymous_call_says_how_to_sign_in_when_no_token_is_sent(cast):
    response = Client().get("/api/v1/customers", headers={"Accept-Language": "en"})

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="Banyan CRM"'
    assert response["Content-Type"] == PROBLEM
    assert response.json()["code"] == "not_signed_in"


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer bny_0_x", "Basic b2xnYTpvbGdh", "Bearer", "bny_x"])
def test_token_is_refused_when_it_is_none_of_ours(cast, header):
    response = Client().get("/api/v1/me", headers={"Authorization": header})

    assert response.status_code == 401
    assert response.json()["code"] == "invalid_token"


def test_token_is_refused_when_expired_or_revoked(cast, olga):
    assert olga.get("me").status_code == 200
    with organization_scope(cast.organization.pk):
        ApiToken.objects.update(expires_at=now() - timedelta(seconds=1))
    assert olga.get("me").json()["code"] == "invalid_token"
    with organization_scope(cast.organization.pk):
        ApiToken.objects.all().delete()
    assert olga.get("me").status_code == 401


def test_token_is_refused_when_its_person_has_left(cast, olga):
    with organization_scope(cast.organization.pk):
        cast.users["owner"].is_active = False
        cast.users["owner"].save()

    assert olga.get("me").status_code == 401


def test_token_tells_when_it_was_last_used(cast, olga):
    olga.get("me")

    with organization_scope(cast.organization.pk):
        first = ApiToken.objects.get().last_used_at
    assert now() - first < timedelta(minutes=1)
    olga.get("me")
    with organization_scope(cast.organization.pk):
        assert ApiToken.objects.get().last_used_at == first


def test_browser_session_may_read_and_with_its_proof_may_write(cast):
    browser = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    browser.cookies = sign_in(cast, "owner").cookies
    browser.cookies["banyan_csrf"] = "a" * 32
    new = {"data": '{"name": "From a page"}', "content_type": "application/json"}

    assert browser.get("/api/v1/me").json()["name"] == "Olga Owner"
    assert browser.post("/api/v1/customers", **new).json()["code"] == "csrf_failed"
    assert browser.post("/api/v1/customers", headers={"X-CSRFToken": "a" * 32}, **new).status_code == 201


def test_unknown_path_is_a_problem_document(olga):
    for path in ("nothing", "customers/x/y/z", "", "customers/", "customers//", "customers/%0A", "%0A", "me%0A"):
        response = olga.get(path)
        assert response.status_code == 404, path
        assert response["Content-Type"] == PROBLEM


def test_method_is_refused_with_those_that_exist(olga):
    response = olga.send("PUT", "customers", {})

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_options_lists_the_methods(olga):
    response = olga.send("OPTIONS", "customers")

    assert (response.status_code, response["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")


def test_head_answers_like_get_without_body(olga):
    head, get = olga.send("HEAD", "me"), olga.get("me")

    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Length"] == str(len(get.content))


def test_request_id_comes_back(olga):
    assert olga.get("me", X_Request_Id="order-42")["X-Request-Id"] == "order-42"
    problem = olga.get("nothing", X_Request_Id="order-43")
    assert problem.json()["request_id"] == problem["X-Request-Id"] == "order-43"
    assert olga.get("me", X_Request_Id='"><script>')["X-Request-Id"] != '"><script>'


def test_errors_speak_the_language_that_was_asked_for(cast, olga):
    assert olga.post("customers", {"x": 1}).json()["title"] == "Not acceptable"
    assert olga.post("customers", {"x": 1}, Accept_Language="zh-CN").json()["title"] == "无法接受"


def test_errors_speak_the_users_language_when_none_was_asked_for(cast, olga):
    with organization_scope(cast.organization.pk):
        cast.users["owner"].language = "zh-hans"
        cast.users["owner"].save()

    assert olga.post("customers", {"x": 1}, Accept_Language="").json()["title"] == "无法接受"


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "bad_json"),
        (b'{"name": "\\ud800"}', "application/json", 400, "bad_json"),
        (b'{"name": "a\\u0000b"}', "application/json", 400, "bad_text"),
        (b'{"name": "a", "name": "b"}', "application/json", 400, "duplicate_name"),
        (b"[1]", "application/json", 400, "not_object"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "application/json", 400, "too_deep"),
        (b"\xff\xfe", "application/json", 400, "bad_json"),
        (b"name=x", "application/x-www-form-urlencoded", 415, "unsupported_type"),
        (b'{"name": 1' + b" " * (10 * 1024 * 1024) + b"}", "application/json", 413, "too_large"),
    ],
)
def test_body_is_refused_when_it_is_not_clean_json(olga, body, content_type, status, code):
    response = olga.client.generic("POST", "/api/v1/customers", data=body, content_type=content_type)

    assert (response.status_code, response.json()["code"]) == (status, code)


def test_parameter_is_refused_when_it_contains_nul(olga):
    for query in ("search=%00", "name=a%00b", "%00=1", "sort=%00", "cursor=%00", "filter=%00"):
        assert olga.get(f"customers?{query}").status_code == 400, query


def test_failure_is_logged_under_the_requests_id_and_writes_nothing(cast, olga, failing_route, caplog):
    failing_route(RuntimeError("secret detail"))

    with caplog.at_level(logging.ERROR):
        response = olga.post("failing", X_Request_Id="boom-1")

    assert response.status_code == 500
    assert "secret detail" not in response.content.decode()
    assert "boom-1" in caplog.text
    with organization_scope(cast.organization.pk):
        assert not Customer.objects.exists()


def test_call_is_asked_to_come_again_when_the_database_is_away(olga, failing_route):
    failing_route(OperationalError("connection lost"))

    response = olga.post("failing")

    assert (response.status_code, response["Retry-After"]) == (503, "5")


def test_caller_is_slowed_down_when_asking_too_often(monkeypatch, olga, call):
    monkeypatch.setattr(limits, "limiter", limits.RateLimiter(2))
    manager = call("manager")

    assert olga.get("me")["RateLimit-Remaining"] == "1"
    assert olga.get("me")["RateLimit-Remaining"] == "0"
    refused = olga.get("me")

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused["Retry-After"]) <= 30
    assert manager.get("me").status_code == 200


def test_guessing_tokens_is_slowed_down_by_address(monkeypatch, olga):
    monkeypatch.setattr(limits, "limiter", limits.RateLimiter(5))
    assert olga.get("me").status_code == 200
    guess = {"Authorization": "Bearer bny_00000000000000000000000000000000_guess"}

    answers = [Client().get("/api/v1/me", headers={"Authorization": f"{guess['Authorization']}{n}"}) for n in range(7)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2
    assert olga.get("me").status_code == 200


def test_form_is_left_for_its_view_to_read(olga):
    def view(call):
        return Answer({"read": call.request.FILES["file"].read().decode()})

    register_route(Route("POST", "/uploads", view, Operation("upload", "Upload", "Test", {}), consumes=MULTIPART))
    try:
        sent = olga.client.post("/api/v1/uploads", {"file": SimpleUploadedFile("a.csv", b"name")})
        assert sent.json() == {"read": "name"}
        assert olga.post("uploads", {}).json()["code"] == "unsupported_type"
    finally:
        api_routes.remove("POST /uploads")
