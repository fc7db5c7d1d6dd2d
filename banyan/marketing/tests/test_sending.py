"""Mail to many, through a real mail server: who gets it, who does not, and never twice."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import Message
from typing import Any

import pytest
from django.test import Client

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Invalid, Refused
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.leads.public import LeadConsent
from banyan.marketing.models import BlockedAddress, Delivery, Mailing
from banyan.marketing.services import mailings, sending
from banyan.marketing.services.members import add_records
from banyan.marketing.services.refusals import enter_addresses, unblock
from banyan.marketing.services.settings import save_setting
from banyan.marketing.tests.conftest import Mailbox, campaign_of, make, member_of, person
from banyan.privacy.public import MARKETING, Consent, Purpose, may_contact

BODY = "Dear {name|friend},\n\n**Come** to [our stand](https://fair.example/stand?a=1&b=2), or see https://fair.example/map.\n"


def started(actor: Actor, campaign: Any, **values: Any) -> Mailing:
    given = mailings.MailValues(values.pop("subject", "See you, {name}"), values.pop("body", BODY), **values)
    mailing = mailings.save_mailing(actor, campaign.pk, None, given)
    return mailings.start(actor, mailing.pk)


def portion(actor: Actor, mailing: Mailing) -> int:
    return sending.send_portion(actor.organization_id, mailing.pk)


def text_of(message: Message) -> str:
    part = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    return part.get_payload(decode=True).decode()


def html_of(message: Message) -> str:
    part = next(part for part in message.walk() if part.get_content_type() == "text/html")
    return part.get_payload(decode=True).decode()


def path_of(address: str) -> str:
    return re.sub(r"^https?://[^/]+", "", address)


def test_only_who_agreed_gets_the_mail_each_with_own_words(admin: Actor, mailbox: Mailbox) -> None:
    ann, bob = person(admin, "Ann Lee"), person(admin, "Bob", agrees=False)
    stopped = person(admin, "Cid", do_not_contact=True)
    addressless = person(admin, "Dan", email="")
    twin = person(admin, "Ann Twin", email="ANN.lee@a.example")
    campaign = campaign_of(admin, ann, bob, stopped, addressless, twin)
    mailing = started(admin, campaign)

    assert portion(admin, mailing) == 1
    assert mailbox.to == ["ann.lee@a.example"]
    message = mailbox.messages[0][1]
    assert message["Subject"] == "AD: See you, Ann Lee"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Dear Ann Lee" in text_of(message)
    assert "<strong>Come</strong>" in html_of(message)
    assert 'href="https://fair.example' not in html_of(message)
    reasons = dict(Delivery.objects.filter(mailing=mailing).values_list("member__contact__name", "reason"))
    assert reasons == {
        "Ann Lee": "", "Bob": "no_consent", "Cid": "do_not_contact", "Dan": "no_address", "Ann Twin": "twice",
    }  # fmt: skip
    assert member_of(campaign, ann).state == "sent"
    assert member_of(campaign, bob).reason == "no_consent"
    assert Mailing.objects.get(pk=mailing.pk).state == "done"


def test_consent_withdrawn_while_waiting_counts_at_once(admin: Actor, mailbox: Mailbox) -> None:
    ann, bob = person(admin, "Ann"), person(admin, "Bob")
    mailing = started(admin, campaign_of(admin, ann, bob))
    consent = Consent.objects.get(contact=bob.pk)
    door.update(admin, spec_for(admin.organization, "consent"), consent.pk, {"state": "withdrawn"})

    portion(admin, mailing)

    assert mailbox.to == ["ann@a.example"]


def test_block_list_wins_and_a_persons_own_word_stays_on_it(admin: Actor, mailbox: Mailbox) -> None:
    ann, bob = person(admin, "Ann"), person(admin, "Bob")
    campaign = campaign_of(admin, ann, bob)
    with pytest.raises(Invalid, match="no e-mail address"):
        enter_addresses(admin, "ann@a.example\nnot an address")
    assert not BlockedAddress.objects.exists()
    assert enter_addresses(admin, "ANN@a.example\nann@a.example\n") == 1

    mailing = started(admin, campaign)
    portion(admin, mailing)

    assert mailbox.to == ["bob@a.example"]
    row = BlockedAddress.objects.get()
    assert "ann@" not in row.hint
    unblock(admin, row.pk)
    assert not BlockedAddress.objects.exists()


def test_way_out_needs_a_press_and_withdraws_the_consent(admin: Actor, mailbox: Mailbox) -> None:
    ann = person(admin, "Ann")
    namesake = person(admin, "Ann again", email="ann@a.example")
    campaign = campaign_of(admin, ann)
    portion(admin, started(admin, campaign))
    message = mailbox.messages[0][1]
    address = path_of(message["List-Unsubscribe"].strip(" \r\n<>"))
    outside = Client(enforce_csrf_checks=True)

    assert outside.get(address).status_code == 200
    assert may_contact("contact", ann.pk, "email", MARKETING).allowed
    assert outside.get(address[:-3] + "abc").status_code == 404
    answer = outside.post(address, {"List-Unsubscribe": "One-Click"})
    outside.post(address)

    assert answer.status_code == 200
    assert may_contact("contact", ann.pk, "email", MARKETING).reason == "withdrawn"
    assert "Spring fair" in Consent.objects.filter(contact=ann.pk, state="withdrawn").latest("created_at").evidence
    assert BlockedAddress.objects.get().reason == "unsubscribed"
    assert member_of(campaign, ann).state == "unsubscribed"
    with pytest.raises(Refused, match="None of the members"):
        started(admin, campaign_of(admin, ann, namesake, name="Next fair"))


def test_links_count_people_and_lead_nowhere_else(admin: Actor, mailbox: Mailbox) -> None:
    ann = person(admin, "Ann")
    campaign = campaign_of(admin, ann)
    portion(admin, started(admin, campaign))
    links = [path_of(link) for link in re.findall(r'href="([^"]+/m/[^"]+/\d+)"', html_of(mailbox.messages[0][1]))]
    browser = {"user-agent": "Mozilla/5.0 (Windows NT 10.0)"}

    assert len(links) == 2
    for headers in ({"user-agent": "Barracuda Link Scanner"}, {**browser, "sec-purpose": "prefetch"}):
        assert Client(headers=headers).get(links[0]).status_code == 302
    assert member_of(campaign, ann).clicks == 0
    assert Client(headers=browser).get(links[0])["Location"] == "https://fair.example/stand?a=1&b=2"
    assert Client(headers=browser).get(links[1])["Location"] == "https://fair.example/map"
    member = member_of(campaign, ann)
    assert (member.clicks, member.state) == (2, "clicked")
    assert Client(headers=browser).get(links[0][:-1] + "7").status_code == 404


def test_interrupted_mail_is_told_and_never_sent_again(admin: Actor, mailbox: Mailbox) -> None:
    ann, bob, eve = person(admin, "Ann"), person(admin, "Bob"), person(admin, "Eve")
    campaign = campaign_of(admin, ann, bob, eve)
    mailing = started(admin, campaign)
    mailbox.broken.add("ann@a.example")

    portion(admin, mailing)
    assert Delivery.objects.get(mailing=mailing, member__contact_id=ann.pk).state == "unknown"
    claimed = sending.claim(admin.organization_id, mailing.pk)
    assert claimed is not None
    Delivery.objects.filter(pk=claimed.delivery_id).update(begun_at=now() - timedelta(hours=1))
    portion(admin, mailing)
    portion(admin, mailing)

    assert sorted(mailbox.to) == ["ann@a.example", "eve@a.example"]
    states = Delivery.objects.filter(mailing=mailing).order_by("pk").values_list("state", flat=True)
    assert list(states) == ["unknown", "unknown", "sent"]
    assert Mailing.objects.get(pk=mailing.pk).state == "done"


def test_refused_address_is_blocked_and_the_others_get_it(admin: Actor, mailbox: Mailbox) -> None:
    ann, bob = person(admin, "Ann"), person(admin, "Bob")
    mailbox.refused.add("ann@a.example")
    campaign = campaign_of(admin, ann, bob)

    portion(admin, started(admin, campaign))

    assert mailbox.to == ["bob@a.example"]
    assert member_of(campaign, ann).state == "failed"
    assert BlockedAddress.objects.get().reason == "bounced"


def test_limits_hold_throttle_frequency_and_quiet_hours(admin: Actor, mailbox: Mailbox) -> None:
    people = [person(admin, name) for name in ("Ann", "Bob", "Eve")]
    save_setting(admin, per_minute=2, cap_mails=1, cap_days=7)
    mailing = started(admin, campaign_of(admin, *people))
    assert (portion(admin, mailing), portion(admin, mailing)) == (2, 0)
    Delivery.objects.update(begun_at=now() - timedelta(minutes=2))
    mailings.pause(admin, mailing.pk)
    assert portion(admin, mailing) == 0
    mailings.resume(admin, mailing.pk)
    save_setting(admin, quiet_from="00:00", quiet_until="23:59")
    assert portion(admin, mailing) == 0
    save_setting(admin, quiet_from="", quiet_until="")
    assert portion(admin, mailing) == 1
    with pytest.raises(Refused, match="None of the members"):
        started(admin, campaign_of(admin, *people, name="Too soon"))


def test_leads_and_companies_get_it_by_their_own_rules(admin: Actor, mailbox: Mailbox) -> None:
    agreed = make(admin, "lead", name="Li", email="li@b.example")
    silent = make(admin, "lead", name="Wu", email="wu@b.example")
    company = make(admin, "customer", name="Acme", email="info@acme.example")
    purpose = Purpose.objects.get(code=MARKETING)
    LeadConsent.objects.create(
        organization=admin.organization, lead_id=agreed.pk, purpose_id=purpose.pk, text="yes", evidence="form"
    )
    campaign = campaign_of(admin)
    add_records(admin, campaign.pk, "lead", [agreed.pk, silent.pk])
    add_records(admin, campaign.pk, "customer", [company.pk])
    portion(admin, started(admin, campaign))

    assert sorted(mailbox.to) == ["info@acme.example", "li@b.example"]


def test_what_cannot_be_sent_is_refused_before_anything_is(admin: Actor, mailbox: Mailbox, settings: Any) -> None:
    campaign = campaign_of(admin)
    values = mailings.MailValues
    with pytest.raises(Invalid) as refused:
        mailings.save_mailing(admin, campaign.pk, None, values("Hi {surname}", "https://a.example/{name}"))
    assert {error.code for error in refused.value.errors} == {"unknown_variable", "bad_link"}
    mailing = mailings.save_mailing(admin, campaign.pk, None, values("Hi", "Text"))
    with pytest.raises(Refused, match="no members"):
        mailings.start(admin, mailing.pk)
    server, settings.MAIL_SERVER = settings.MAIL_SERVER, type(settings.MAIL_SERVER)("console")
    with pytest.raises(Refused, match="No mail server"):
        mailings.start(admin, mailing.pk)
    settings.MAIL_SERVER = server
    mailings.send_test(admin, mailing.pk)
    assert mailbox.to == [admin.user.email]
    assert not Delivery.objects.exists()
