"""Links for people without an account: who gets in, what is logged, what is said, and what nobody learns."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client, override_settings

from banyan.core.kernel import clock
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import DomainError, Invalid, NotAllowed
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.core.tenancy.scope import organization_scope
from banyan.portal.models import PortalComment, PortalLink, PortalVisit
from banyan.portal.references import form_key, token_of
from banyan.portal.services.links import Recipient, create_link, withdraw_link
from banyan.portal.services.mailing import send_link
from banyan.portal.services.pages import PortalPage, Visit, portal_pages
from banyan.portal.services.visits import network_of
from banyan.portal.views import visitors
from banyan.teamwork.models import Notification
from tests.cast import Cast, sign_in

NAME = "Harbor Light Trading"


def show(visit: Visit):
    return visit.answer("portal/nothing.html", {"title": visit.row["name"], "text": visit.language})


def rename(visit: Visit):
    door.update(visit.actor, visit.spec, visit.record_id, {"name": visit.request.POST["name"]})
    return visit.done("commented")


@pytest.fixture
def page() -> Iterator[PortalPage]:
    made = PortalPage(
        "test_page", "customer", "customers", "Customer", show, actions={"rename": rename}, has_comments=True
    )
    yield portal_pages.add(made.purpose, made)
    portal_pages.remove(made.purpose)


@pytest.fixture
def company(cast: Cast) -> Cast:
    cast.organization.edition = "standard"
    cast.organization.save(update_fields=["edition"])
    return cast


@pytest.fixture
def link(company: Cast, page: PortalPage) -> PortalLink:
    with organization_scope(company.organization.pk):
        owner = company.actor("owner")
        customer = door.create(owner, spec_for(owner.organization, "customer"), {"name": NAME})
        return create_link(
            owner, "customer", customer.pk, purpose=page.purpose, recipient=Recipient("Wang Li", language="en")
        )


def path_of(link: PortalLink) -> str:
    return f"/p/{token_of(link.organization_id, link.pk)}"


def key_in(text: str) -> str:
    return form_key(text.removeprefix("/p/"))


def test_visitor_sees_the_page_in_either_language_without_a_cookie(link: PortalLink) -> None:
    visitor = Client()

    english, chinese = visitor.get(path_of(link)), visitor.get(path_of(link), {"lang": "zh-hans"})

    assert english.status_code == chinese.status_code == 200
    assert NAME in english.content.decode()
    assert 'lang="en"' in english.content.decode()
    assert 'lang="zh-CN"' in chinese.content.decode()
    assert not visitor.cookies
    assert english["Cache-Control"] == "no-store"
    assert english["X-Robots-Tag"] == "noindex, nofollow"
    assert english["Referrer-Policy"] == "no-referrer"
    assert "unsafe" not in english["Content-Security-Policy"]


def test_secret_has_256_bits_and_is_stored_as_a_hash_alone(link: PortalLink) -> None:
    secret = link.url.rpartition("/")[2].partition("_")[2]
    address, earlier = link.url, settings.SECRET_KEY
    with override_settings(SECRET_KEY="the next secret of the installation", SECRET_KEY_FALLBACKS=[earlier]):
        assert link.url == address

    assert len(secret) == 43
    with organization_scope(link.organization_id):
        stored = PortalLink.objects.filter(pk=link.pk).values().get()
    assert not [name for name, value in stored.items() if secret in str(value)]


def test_forged_expired_withdrawn_and_missing_links_are_answered_alike(
    company: Cast, link: PortalLink, strangers: Cast
) -> None:
    visitor, path = Client(), path_of(link)
    assert visitor.get(path).status_code == 200
    answers = {
        "forged": visitor.get(path[:-2] + ("AA" if path[-2:] != "AA" else "BB")),
        "another organization": visitor.get(path.replace(link.organization_id.hex, strangers.organization.pk.hex)),
        "no organization": visitor.get(path.replace(link.organization_id.hex, uuid.uuid4().hex)),
        "no token": visitor.get("/p/hello"),
        "unknown action": visitor.get(path + "/secret"),
    }
    with organization_scope(company.organization.pk):
        PortalLink.objects.update(expires_at=now() - timedelta(seconds=1))
    answers["expired"] = visitor.get(path)
    with organization_scope(company.organization.pk):
        PortalLink.objects.update(expires_at=now() + timedelta(days=1))
        withdraw_link(company.actor("owner"), link.pk)
    answers["withdrawn"] = visitor.get(path)
    answers["comment at a withdrawn one"] = visitor.post(path + "/comment", {"text": "x", "form_key": key_in(path)})

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 404)
    texts = {re.sub(r'href="/p/[^"]*"', "", answer.content.decode()) for answer in answers.values()}
    assert len(texts) == 1
    assert NAME not in texts.pop()


def test_deleted_record_and_module_that_is_off_lead_nowhere(company: Cast, link: PortalLink) -> None:
    visitor = Client()
    company.organization.modules_off = ["portal"]
    company.organization.save(update_fields=["modules_off"])
    assert visitor.get(path_of(link)).status_code == 404
    company.organization.modules_off = []
    company.organization.save(update_fields=["modules_off"])
    assert visitor.get(path_of(link)).status_code == 200
    with organization_scope(company.organization.pk):
        admin = company.actor("admin")
        recycle.delete(admin, spec_for(admin.organization, "customer"), [link.record_id])

    assert visitor.get(path_of(link)).status_code == 404


def test_looks_are_logged_without_the_whole_address_and_the_first_is_told(company: Cast, link: PortalLink) -> None:
    for _time in range(3):
        Client(REMOTE_ADDR="203.0.113.77").get(path_of(link))
    Client(REMOTE_ADDR="203.0.113.77").get(path_of(link), headers={"user-agent": "SafeLinks scanner"})

    with organization_scope(company.organization.pk):
        assert PortalLink.objects.get(pk=link.pk).looks == 3
        assert [(row.kind, row.network) for row in PortalVisit.objects.all()] == [("look", "203.0.113.0/24")]
        notices = Notification.objects.filter(user=company.users["owner"])
        assert [NAME in str(row.text) for row in notices] == [True]


def test_address_is_shortened_for_both_kinds_and_nonsense_is_nothing() -> None:
    assert network_of("2001:db8:1:2:3::4") == "2001:db8:1::/48"
    assert network_of("nonsense") == ""


def test_form_without_the_key_of_the_link_changes_nothing(company: Cast, link: PortalLink) -> None:
    visitor, path = Client(), path_of(link)

    refused = visitor.post(path + "/rename", {"name": "Hacked", "form_key": "0" * 40})
    wrong_method = visitor.get(path + "/rename")
    done = visitor.post(path + "/rename", {"name": "Harbor Dark", "form_key": key_in(path)})

    assert (refused.status_code, wrong_method.status_code, done.status_code) == (403, 405, 303)
    assert NAME in refused.content.decode()
    assert "Harbor Dark" in visitor.get(path).content.decode()


def test_refusal_of_an_action_is_shown_on_the_page_and_undone(company: Cast, link: PortalLink) -> None:
    visitor, path = Client(), path_of(link)

    answer = visitor.post(path + "/rename", {"name": "", "form_key": key_in(path)})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert NAME in answer.content.decode()


def test_conversation_goes_both_ways(company: Cast, link: PortalLink) -> None:
    visitor, path = Client(), path_of(link)
    sent = visitor.post(
        path + "/comment", {"name": "Wang", "text": "Is <b>delivery</b> included?", "form_key": key_in(path)}
    )
    assert sent.status_code == 303
    assert "Thank you" in visitor.get(sent["Location"]).content.decode()
    empty = visitor.post(path + "/comment", {"text": "  ", "form_key": key_in(path)})
    assert empty.status_code == 422

    browser = sign_in(company, "owner")
    with organization_scope(company.organization.pk):
        plural = spec_for(company.organization, "customer").plural
    shown = browser.get(f"/portal/{plural}/{link.record_id}/panel").content.decode()
    assert "Is &lt;b&gt;delivery&lt;/b&gt; included?" in shown
    assert f'data-copy="{link.url}"' in shown
    answered = browser.post(f"/portal/{plural}/{link.record_id}/answer", {"text": "Yes, it is."})
    assert answered.status_code in {204, 303}
    with organization_scope(company.organization.pk):
        assert list(PortalComment.objects.values_list("text", flat=True)) == [
            "Is <b>delivery</b> included?",
            "Yes, it is.",
        ]
        told = Notification.objects.filter(user=company.users["owner"])
        assert any("Is <b>delivery</b>" in str(row.text) for row in told)


def test_too_many_comments_and_too_long_ones_are_refused(link: PortalLink) -> None:
    visitor, path = Client(), path_of(link)
    long = visitor.post(path + "/comment", {"text": "x" * 5_000, "form_key": key_in(path)})
    for number in range(30):
        visitor.post(path + "/comment", {"text": f"{number}", "form_key": key_in(path)})
    late = visitor.post(path + "/comment", {"text": "one more", "form_key": key_in(path)})

    assert (long.status_code, late.status_code) == (422, 422)


def test_who_asks_too_often_has_to_wait(link: PortalLink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors.links, "limit", 2)
    visitor = Client()

    statuses = [visitor.get(path_of(link)).status_code for _time in range(3)]

    assert statuses == [200, 200, 429]


def test_who_tries_addresses_has_to_wait(link: PortalLink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors.misses, "limit", 2)
    visitor = Client(REMOTE_ADDR="198.51.100.9")

    statuses = [visitor.get(f"/p/{number}").status_code for number in range(4)]

    assert statuses == [404, 404, 429, 429]


def test_message_carries_the_link_and_answers_go_to_the_sender(company: Cast, link: PortalLink) -> None:
    with organization_scope(company.organization.pk):
        PortalLink.objects.update(email="wang@customer.example")
        actor = company.actor("owner")
    send_link(
        organization_id=str(actor.organization_id), user_id=str(actor.user_id), link_id=str(link.pk), message="Hi"
    )

    (message,) = mail.outbox
    assert link.url in message.body
    assert message.to == ["wang@customer.example"]
    assert message.reply_to == [company.users["owner"].email]
    assert "&" not in message.subject


def test_link_is_made_sent_and_withdrawn_on_the_record(company: Cast, link: PortalLink) -> None:
    browser = sign_in(company, "owner")
    with organization_scope(company.organization.pk):
        plural = spec_for(company.organization, "customer").plural
    url = f"/portal/{plural}/{link.record_id}/links/test_page/new"
    assert browser.get(url).status_code == 200
    day = today("Asia/Shanghai") + timedelta(days=5)
    made = browser.post(url, {"recipient": "Li", "language": "en", "expires_on": day.isoformat()})
    assert made.status_code == 200
    found = re.search(r'value="[^"]*(/p/[^"]+)"', made.content.decode())
    assert found is not None
    assert Client().get(found[1]).status_code == 200
    late = browser.post(
        url, {"recipient": "Li", "language": "en", "expires_on": (day - timedelta(days=20)).isoformat()}
    )
    assert late.status_code == 422

    log = browser.get(f"/portal/links/{link.pk}/visits")
    gone = browser.post(f"/portal/links/{link.pk}/withdraw")
    assert (log.status_code, gone.status_code) == (200, 303)
    assert Client().get(path_of(link)).status_code == 404


def test_only_who_may_change_the_record_gives_it_away(company: Cast, link: PortalLink, strangers: Cast) -> None:
    with organization_scope(company.organization.pk):
        viewer = company.actor("viewer")
        with pytest.raises(DomainError):
            create_link(viewer, "customer", link.record_id, purpose="test_page")
        with pytest.raises((NotAllowed, DomainError)):
            withdraw_link(viewer, link.pk)
        owner = company.actor("owner")
        with pytest.raises(Invalid):
            create_link(
                owner, "customer", link.record_id, purpose="test_page", expires_on=clock.today("UTC").replace(year=1999)
            )
    answer = sign_in(strangers, "admin").post(f"/portal/links/{link.pk}/withdraw")
    assert answer.status_code == 404
    assert Client().get(path_of(link)).status_code == 200


def test_session_of_somebody_does_not_matter_at_a_link(link: PortalLink, strangers: Cast) -> None:
    browser = sign_in(strangers, "admin")

    assert NAME in browser.get(path_of(link)).content.decode()
    assert browser.get("/settings/me").status_code == 200
