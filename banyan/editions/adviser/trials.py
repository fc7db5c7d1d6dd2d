"""Trial organizations: what the adviser recommends, founded as it is, with the demo data of the industry.

They end by themselves. Whoever may make one is a setting of the installation (``BANYAN_TRIALS``), and how many there may be
in a day, in all and from one network address, is bounded, because each is an organization of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import override

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.founding import found_organization
from banyan.core.access.guards import catalogue_changed
from banyan.core.access.scopes import Ability
from banyan.core.configuration.demo_records import has_demo_records
from banyan.core.configuration.emptying import empty_organization
from banyan.core.configuration.templates import apply_industry
from banyan.core.identity.models import Account, Role, User
from banyan.core.identity.services import add_user, connect, register_account
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import Conflict, DomainError, FieldError, Invalid, NotAllowed
from banyan.core.kernel.registry import Registry
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.editions.adviser.advising import Advice
from banyan.editions.adviser.answers import plain_answers
from banyan.editions.choices import EDITION_LABELS

OFF, ADMINISTRATORS, VISITORS = "off", "administrators", "visitors"
#: In the settings of an organization: that it is a trial, until when, and of which answers.
MARK = "adviser_trial"
DAYS = 30
MOST_IN_A_DAY, MOST_OF_AN_ADDRESS = 50, 3
#: Any number that no other lock of the product uses: two visitors at once are counted one after the other.
LOCK = 6_281_961
ADMINISTRATOR = "administrator"
#: What an organization begins with, by the language of its people and the currency of the answers.
PLACES = {
    "zh-hans": {"time_zone": "Asia/Shanghai", "country": "CN"},
    "en": {"time_zone": "America/New_York", "country": "US"},
}
ZONES = {"CNY": ("Asia/Shanghai", "CN"), "EUR": ("Europe/Berlin", "DE")}

#: Gives an organization without demo records of its industry a few of any business; the demo app registers it.
general_demo_data: Registry[Callable[[Actor], None]] = Registry("general demo data")


class TooManyTrials(DomainError):
    """So many trial organizations have been made today that nobody makes another one."""

    status = 429


@dataclass(frozen=True)
class Founder:
    """Who tries: somebody who has an account here, or a visitor who chooses a password."""

    name: str
    email: str
    password: str = ""
    account: Account | None = None
    address: str = ""


def may_found(actor: Actor | None) -> bool:
    """Say whether somebody, or a visitor without an account, may make a trial organization on this installation."""
    mode = settings.CONFIGURATION.trials
    if mode == VISITORS:
        return True
    return mode == ADMINISTRATORS and actor is not None and actor.has(Ability.MANAGE_ORGANIZATION)


def is_adviser_trial(organization: Organization) -> bool:
    """Say whether an organization is a trial that ends by itself."""
    return MARK in organization.settings


def ends_on(organization: Organization) -> date:
    """Return the last day of a trial."""
    return date.fromisoformat(organization.settings[MARK]["until"])


@transaction.atomic
def found_trial(actor: Actor | None, advice: Advice, founder: Founder, *, name: str, language: str) -> User:
    """Found an organization with exactly what the advice says, and return its administrator.

    Edition and modules, language, currency, the template of the industry and its demo data: all of it or nothing.
    Outside of any scope, or within that of whoever asks.

    Raises:
        NotAllowed: The installation does not let this person make trials.
        TooManyTrials: There were too many today.
        Conflict: A visitor's e-mail address has an account already.
        Invalid: The address or the password is not good enough.
    """
    if not may_found(actor):
        raise NotAllowed(
            "not_allowed", _("This installation does not let you make trial organizations. Ask its administrator.")
        )
    _count(founder)
    account = founder.account or _new_account(founder)
    organization = _found(advice, founder, name=name, language=language)
    with organization_scope(organization.pk), override(language):
        user = add_user(
            organization,
            name=founder.name,
            email=founder.email,
            roles=[Role.objects.get(key=ADMINISTRATOR)],
            language=language,
        )
        connect(user, account)
        _fill(organization, advice)
    return user


def due_trials() -> list[Organization]:
    """Return the trials whose last day has passed."""
    rows = Organization.objects.filter(settings__has_key=MARK)
    return [row for row in rows if not row.settings[MARK].get("ended") and ends_on(row) < today(row.time_zone)]


def end_trial(organization: Organization) -> None:
    """Delete everything in a trial but its audit log, which the law keeps, and accounts that were nowhere else."""
    with transaction.atomic(), organization_scope(organization.pk):
        accounts = list(
            Account.objects.filter(organization_ids__contains=[organization.pk]).values_list("pk", flat=True)
        )
        empty_organization(organization)
        organization.name = _("Ended trial")
        organization.settings = {MARK: {"until": organization.settings[MARK]["until"], "ended": True}}
        organization.save(update_fields=["name", "settings"])
    Account.objects.filter(pk__in=accounts, organization_ids=[]).delete()


def _count(founder: Founder) -> None:
    """Refuse when there were too many trials in the last day, in all or from one network address."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    recent = Organization.objects.filter(settings__has_key=MARK, created_at__gt=now() - timedelta(days=1))
    of_address = (
        recent.filter(**{f"settings__{MARK}__from": mark_of(founder.address)}) if founder.address else recent.none()
    )
    if recent.count() >= MOST_IN_A_DAY or of_address.count() >= MOST_OF_AN_ADDRESS:
        message = _("Too many trial organizations were made today. Try again tomorrow.")
        raise TooManyTrials("too_many_trials", message, retry_after=24 * 3600)


def mark_of(address: str) -> str:
    """Return what tells network addresses apart without keeping them."""
    return salted_hmac("banyan.editions.trials", address).hexdigest()[:16]


def _new_account(founder: Founder) -> Account:
    if Account.objects.filter(email=founder.email.strip().lower()).exists():
        message = _("There is an account with this e-mail address already. Sign in with it, and make the trial then.")
        raise Conflict("account_exists", message)
    if not founder.name.strip():
        raise Invalid([FieldError("name", "required", _("Write your name."))])
    return register_account(email=founder.email, password=founder.password)


def _found(advice: Advice, founder: Founder, *, name: str, language: str) -> Organization:
    place = PLACES.get(language, PLACES["en"])
    zone, country = ZONES.get(advice.currency, (place["time_zone"], place["country"]))
    mark = {
        "until": (today(zone) + timedelta(days=DAYS)).isoformat(),
        "answers": plain_answers(advice.given),
        "from": mark_of(founder.address) if founder.address else "",
    }
    title = " ".join(name.split())[:200] or _trial_name(advice)
    return found_organization(
        name=title,
        settings={MARK: mark},
        edition=advice.choice.edition,
        language=language,
        currency=advice.currency,
        time_zone=zone,
        country=country,
        industry=str(advice.given.get("industry", "")),
        headcount=advice.scenario.headcount,
        setup_finished_at=now(),
    )


def _trial_name(advice: Advice) -> str:
    return _("Trial of the %(edition)s") % {"edition": EDITION_LABELS[advice.choice.edition]}


def _fill(organization: Organization, advice: Advice) -> None:
    """Give a new trial its template and data, and then exactly the modules of the advice; within its scope."""
    actor = system_actor(organization, channel=Channel.JOB)
    if advice.template is not None:
        apply_industry(actor, advice.template.key, with_demo_data=True)
    organization.refresh_from_db()
    if not has_demo_records(organization):
        for load in general_demo_data:
            load(system_actor(organization, channel=Channel.IMPORT))
        organization.refresh_from_db()
    organization.modules_on, organization.modules_off = advice.switches
    organization.edition = advice.choice.edition
    organization.save(update_fields=["modules_on", "modules_off", "edition"])
    catalogue_changed(organization)


def answers_of(organization: Organization) -> Mapping[str, Any]:
    """Return the answers that a trial was made from."""
    found: Mapping[str, Any] = organization.settings[MARK].get("answers", {})
    return found
