"""The nightly work of contracts: remind of ends, let contracts expire, and renew those that renew themselves."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_noop

from banyan.contracts.choices import ContractStatus, Renewal
from banyan.contracts.models import Contract
from banyan.contracts.queries import due_for_reminder, ended_by, successor_of
from banyan.contracts.references import MODULE
from banyan.contracts.services.renewing import renew_by_itself
from banyan.contracts.services.steps import contract_spec, set_status
from banyan.core.access.actor import Actor
from banyan.core.identity.events import PeopleToTell
from banyan.core.jobs.registration import BULK, periodic
from banyan.core.kernel.clock import today
from banyan.core.kernel.events import publish
from banyan.core.objects.modules import module_is_on

ENDS = gettext_noop("%(contract)s ends on %(day)s. Renew it, or let it end.")
RENEWS = gettext_noop("%(contract)s renews itself after %(day)s unless it is terminated before.")
RENEWED = gettext_noop("%(contract)s has renewed itself: %(number)s.")
MOST_PERIODS = 60


@periodic("25 17 * * *", name="contracts.every_night", queue=BULK)
def every_night(actor: Actor) -> None:
    """Do the nightly work, twenty-five past one in the morning in China."""
    if module_is_on(actor.organization, MODULE):
        follow_calendar(actor, today(actor.time_zone))


def follow_calendar(actor: Actor, day: date) -> None:
    """Do what a day asks for; right to be done twice."""
    renew_ended(actor, day)
    over = [row.pk for row in ended_by(day)]
    set_status(actor, over, ContractStatus.EXPIRED.value)
    remind(actor, day)


def renew_ended(actor: Actor, day: date) -> None:
    """Let each contract that renews itself and is over be followed by the next, as often as needed."""
    for _period in range(MOST_PERIODS):
        due = [row for row in ended_by(day).filter(renewal=Renewal.AUTOMATIC) if successor_of(row.pk) is None]
        if not due:
            return
        for row in due:
            made = renew_by_itself(actor, row)
            if made is not None:
                _tell(actor, row, RENEWED, number=made.number, place=f"/{contract_spec(actor).plural}/{made.pk}")


def remind(actor: Actor, day: date) -> None:
    """Tell each owner once of a contract whose time of notice has begun."""
    found = due_for_reminder(day)
    for row in found:
        _tell(actor, row, RENEWS if row.renewal == Renewal.AUTOMATIC else ENDS)
    Contract.objects.filter(pk__in=[row.pk for row in found]).update(reminded_on=day)


def _tell(actor: Actor, row: Contract, text: str, *, place: str = "", **values: str) -> None:
    people = tuple(dict.fromkeys(pk for pk in (row.owner_id, row.our_signer_id) if pk is not None))
    if people:
        told = {"contract": str(row), "day": f"{row.ends_on:%Y-%m-%d}" if row.ends_on else "", **values}
        url = place or f"/{contract_spec(actor).plural}/{row.pk}"
        publish(PeopleToTell(actor.organization_id, people, text, url, told))
