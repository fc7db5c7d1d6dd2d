"""What programs ask the server: health, measures, the installed app, notices."""

from __future__ import annotations

import dataclasses
import json

import pytest
from django.conf import settings
from django.test import Client, override_settings

from banyan.core.tenancy.scope import organization_scope
from banyan.teamwork.choices import NotificationKind
from banyan.teamwork.models import Notification
from banyan.teamwork.notices import notify
from tests.cast import Cast, sign_in


def test_server_is_healthy_and_ready(db: None) -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}
    assert Client().get("/readyz").json() == {"status": "ok", "checks": {"database": True, "migrations": True}}


def test_measures_count_requests_by_route(cast: Cast) -> None:
    Client().get("/sign-in")

    text = Client().get("/metrics").text

    assert 'banyan_requests_total{method="GET",route="sign_in",status="200"}' in text
    assert 'banyan_request_seconds_bucket{le="0.005",route="sign_in"}' in text
    assert "banyan_oldest_waiting_job_seconds" in text


def test_measures_are_not_shown_to_other_machines(db: None) -> None:
    assert Client(REMOTE_ADDR="192.0.2.7").get("/metrics").status_code == 404
    assert Client(headers={"X-Forwarded-For": "127.0.0.1"}).get("/metrics").status_code == 404


def test_measures_are_shown_to_whoever_has_the_token(db: None) -> None:
    configuration = dataclasses.replace(settings.CONFIGURATION, metrics_token="a long token")
    with override_settings(CONFIGURATION=configuration):
        right = Client(headers={"Authorization": "Bearer a long token"}, REMOTE_ADDR="192.0.2.7")
        wrong = Client(headers={"Authorization": "Bearer another"})

        assert right.get("/metrics").status_code == 200
        assert wrong.get("/metrics").status_code == 404


def test_app_can_be_installed(cast: Cast) -> None:
    manifest = json.loads(sign_in(cast, "owner").get("/manifest.webmanifest").text)
    assert manifest["name"] == cast.organization.name
    assert json.loads(Client().get("/manifest.webmanifest").text)["start_url"] == "/"

    worker = Client().get("/service-worker.js")
    assert worker.headers["Content-Type"] == "text/javascript"
    assert "/offline" in worker.text
    assert Client().get("/offline").status_code == 200


@pytest.fixture
def notice(cast: Cast) -> Notification:
    with organization_scope(cast.organization.pk):
        notify([cast.users["owner"]], kind=NotificationKind.SYSTEM, text="Look <b>here</b>", actor_id=None)
        return Notification.objects.get()


def test_notices_are_shown_to_their_person_alone(cast: Cast, notice: Notification) -> None:
    mine = sign_in(cast, "owner").get("/notifications", headers={"HX-Request": "true"}).text
    assert "Look &lt;b&gt;here&lt;/b&gt;" in mine
    assert "is-unread" in mine
    assert "Look" in sign_in(cast, "owner").get("/notifications").text
    assert "Look" not in sign_in(cast, "admin").get("/notifications").text


def test_notice_is_read_once_it_was_opened(cast: Cast, notice: Notification) -> None:
    sign_in(cast, "admin").get(f"/notifications/{notice.pk}")
    with organization_scope(cast.organization.pk):
        notice.refresh_from_db()
    assert notice.read_at is None

    sign_in(cast, "owner").get(f"/notifications/{notice.pk}")
    with organization_scope(cast.organization.pk):
        notice.refresh_from_db()
    assert notice.read_at is not None


def test_notice_leads_to_its_record(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        about = f"customer:{cast.organization.pk}"
        notify([cast.users["owner"]], kind=NotificationKind.SYSTEM, text="See", about=about)
        notice = Notification.objects.get()

    response = sign_in(cast, "owner").get(f"/notifications/{notice.pk}")

    assert response.headers["Location"] == f"/customers/{cast.organization.pk}"


def test_all_notices_are_read_at_once(cast: Cast, notice: Notification) -> None:
    answer = sign_in(cast, "owner").post("/notifications/read", headers={"HX-Request": "true"}).text

    assert "is-unread" not in answer
    assert 'id="unread-count"' in answer
