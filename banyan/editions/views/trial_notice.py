"""What stands above the pages of whoever tries the product: one notice, whichever trial it is."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Invalid
from banyan.core.kernel.languages import written_day
from banyan.core.web.panels import FrameNotice
from banyan.editions.adviser.answers import query_of, read_answers
from banyan.editions.adviser.trials import answers_of, ends_on, is_adviser_trial
from banyan.editions.choices import AfterTrial
from banyan.editions.licences.services import NOTICE_DAYS, TRIAL
from banyan.editions.views.adviser import RESULT

LICENCE = "/settings/licence"


def trial_notice(actor: Actor) -> FrameNotice | None:
    """Return until when the trial lasts and what follows, the earliest end first; nothing where nobody tries anything.

    Everybody in a trial organization is told, since it is deleted; of the trial of a licence those who can extend it.
    """
    organization = actor.organization
    licence = organization.settings.get(TRIAL) if actor.has(Ability.MANAGE_ORGANIZATION) else None
    ends = date.fromisoformat(licence["ends_on"]) if licence else None
    if is_adviser_trial(organization):
        last = ends_on(organization)
        begins = _("This is a trial organization.")
        text = _("%(begins)s %(when)s What is in it is deleted then.") % {"begins": begins, "when": _when(actor, last)}
        return FrameNotice(text, f"{RESULT}?{_query(actor)}", _("See the advice"), "info")
    if licence is None or ends is None or (ends - today(actor.time_zone)).days > NOTICE_DAYS:
        return None
    if ends >= today(actor.time_zone):
        return FrameNotice(_when(actor, ends), LICENCE, _("What happens then"), "info")
    return FrameNotice(_over(actor, ends, licence["after"]), LICENCE, _("See the licence"), "info")


def _when(actor: Actor, last: date) -> str:
    """Return when a trial ends: the day, and how many are left."""
    days = (last - today(actor.time_zone)).days
    if days <= 0:
        return _("The trial ends today.")
    text = ngettext("The trial ends in %(days)d day, on %(day)s.", "The trial ends in %(days)d days, on %(day)s.", days)
    return text % {"days": days, "day": written_day(last, actor.language)}


def _over(actor: Actor, last: date, after: str) -> str:
    if after == AfterTrial.BASIC:
        text = _("The trial ended on %(day)s. You use the Basic edition; what goes beyond rests with all its records.")
    else:
        text = _("The trial ended on %(day)s. Everything goes on, and nothing is lost.")
    return text % {"day": written_day(last, actor.language)}


def _query(actor: Actor) -> str:
    try:
        return query_of(read_answers(answers_of(actor.organization)))
    except Invalid:
        # Questions change with the product; a trial of before is no worse for it.
        return ""
