"""What administrators choose about service: hours, days off, promised times, and texts to answer with."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import FieldError, Invalid, Missing, Refused
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.tenancy.models import Organization
from banyan.service.models import CannedAnswer
from banyan.service.rules import BadPeriodsError, parse_periods, write_periods
from banyan.service.setting import SETTING, ServiceSetting, service_setting

MOST_ANSWERS, MOST_EXCEPTIONS = 100, 400
SUBJECT = "canned_answer"


@transaction.atomic
def save_setting(actor: Actor, **values: Any) -> ServiceSetting:
    """Change settings of service and return all of them. Raises ``NotAllowed``, ``Invalid`` for what makes no sense.

    ``week`` and the hours of ``exceptions`` are read as people write them.
    """
    require_ability(actor, Ability.CUSTOMISE)
    lock_organization(actor)
    organization = Organization.objects.get(pk=actor.organization_id)
    before = service_setting(organization)
    after = _checked(replace(before, **values))
    organization.settings = {**organization.settings, SETTING: after.stored()}
    organization.save(update_fields=["settings"])
    actor.organization.settings = organization.settings
    old, new = before.stored(), after.stored()
    changed = {name: (str(old[name]), str(new[name])) for name in new if old[name] != new[name]}
    tell_setup_changed(actor, "organization", organization.pk, "update", values=changed)
    return after


def _checked(setting: ServiceSetting) -> ServiceSetting:
    errors: list[FieldError] = []
    week = {day: _read(f"day_{day}", text, errors) for day, text in setting.week.items()}
    if not errors and not any(week.values()):
        errors.append(FieldError("day_1", "no_time", _("There has to be some service time in a week.")))
    for name, (reply, solve) in setting.targets.items():
        if reply < 0 or solve < 0:
            errors.append(FieldError(f"reply_{name}", "negative", _("A promised time cannot be shorter than nothing.")))
        elif reply and solve and solve < reply:
            message = _("The solution cannot be promised sooner than the first reply.")
            errors.append(FieldError(f"solve_{name}", "too_short", message))
    if setting.reassigns and not setting.supervisor:
        message = _("Choose the supervisor who gets the tickets.")
        errors.append(FieldError("supervisor", "required", message))
    days = _days(setting.exceptions, errors)
    if errors:
        raise Invalid(errors)
    return replace(setting, week=week, exceptions=days)


def _days(given: tuple[Mapping[str, str], ...], errors: list[FieldError]) -> tuple[Mapping[str, str], ...]:
    found: dict[str, Mapping[str, str]] = {}
    for entry in given:
        if entry["day"] in found:
            message = _("%(day)s stands there twice. Write all its hours in one line.") % {"day": entry["day"]}
            errors.append(FieldError("exceptions", "twice", message))
        found[entry["day"]] = {**entry, "hours": _read("exceptions", entry["hours"], errors)}
    if len(found) > MOST_EXCEPTIONS:
        message = _("There are at most %(most)d days.") % {"most": MOST_EXCEPTIONS}
        errors.append(FieldError("exceptions", "too_many", message))
    return tuple(found[day] for day in sorted(found))


def _read(field: str, text: str, errors: list[FieldError]) -> str:
    """Return periods in the usual way of writing; what is wrong becomes an error of the field."""
    try:
        return write_periods(parse_periods(text))
    except BadPeriodsError as problem:
        messages = {
            "form": _("“%(part)s” are no times. Write them like 9:00-12:00, 13:30-18:00."),
            "order": _("“%(part)s” ends before it begins. Write the earlier time first; midnight is 24:00."),
            "overlap": _("“%(part)s” overlap. Write them as one period, or apart."),
            "many": _("“%(part)s” are too many periods for a day."),
        }
        errors.append(FieldError(field, problem.code, messages[problem.code] % {"part": problem.part[:60]}))
        return ""


def read_days(text: str) -> tuple[Mapping[str, str], ...]:
    """Return days as they are written, one a line: ``2026-05-04 9:00-12:00 Name``; without times the day is off.

    Raises ``Invalid`` with the line that cannot be read.
    """
    found = []
    for line in filter(None, map(str.strip, clean_text(text).splitlines())):
        head, _space, rest = line.partition(" ")
        try:
            day = date.fromisoformat(head.replace("/", "-"))
        except ValueError:
            message = _("“%(line)s” does not begin with a day such as 2026-05-04.") % {"line": line[:60]}
            raise Invalid([FieldError("exceptions", "no_day", message)]) from None
        hours, name = _apart(rest)
        found.append({"day": day.isoformat(), "hours": hours, "name": name[:80]})
    return tuple(found)


def _apart(rest: str) -> tuple[str, str]:
    """Return the times at the beginning of a text, and the name after them."""
    words = rest.split()
    count = next(
        (place for place, word in enumerate(words) if not word[0].isdigit() or ":" not in word.replace("：", ":")),
        len(words),
    )
    return " ".join(words[:count]), " ".join(words[count:])


def write_days(days: tuple[Mapping[str, str], ...]) -> str:
    """Return days as they are written."""
    return "\n".join(
        " ".join(filter(None, (entry["day"], entry["hours"].replace(", ", ","), entry.get("name", ""))))
        for entry in days
    )


@transaction.atomic
def save_answer(actor: Actor, answer: CannedAnswer | None, *, name: str, text: str) -> CannedAnswer:
    """Add a text to answer with, or change one. Raises ``NotAllowed``, ``Refused`` when there are too many."""
    require_ability(actor, Ability.CUSTOMISE)
    is_new = answer is None
    count = CannedAnswer.objects.count()
    if is_new and count >= MOST_ANSWERS:
        raise Refused("too_many", _("There are at most %(most)d answers.") % {"most": MOST_ANSWERS})
    row = answer or CannedAnswer(organization=actor.organization, position=count)
    before = row.name
    row.name, row.text = name.strip(), text.strip()
    row.save()
    tell_setup_changed(actor, SUBJECT, row.pk, "create" if is_new else "update", values={"name": (before, row.name)})
    return row


def find_answer(answer_id: uuid.UUID) -> CannedAnswer:
    """Return a text to answer with; raise ``Missing``."""
    row = CannedAnswer.objects.filter(pk=answer_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such answer."))
    return row


@transaction.atomic
def delete_answer(actor: Actor, answer_id: uuid.UUID) -> None:
    """Delete a text to answer with. Raises ``NotAllowed``, ``Missing``."""
    require_ability(actor, Ability.CUSTOMISE)
    row = find_answer(answer_id)
    tell_setup_changed(actor, SUBJECT, row.pk, "delete")
    row.delete()


def starting_answers() -> list[tuple[str, str]]:
    """Return the texts to begin with, in the language of now."""
    return [
        (_("We are looking into it"), _("Dear {contact},\n\nthank you for your message. We have it as {number} and are looking into it.\n\n{agent}")),
        (_("We need to know more"), _("Dear {contact},\n\nso that we can help you with {number}, please tell us: which machine or order is it about, and since when?\n\n{agent}")),
        (_("It is solved"), _("Dear {contact},\n\n“{subject}” is solved. If it is not, simply answer: we go on at once.\n\n{agent}, {company}")),
    ]  # fmt: skip


def prepare_organization(organization: Organization) -> None:
    """Give an organization texts to answer with, unless it has some."""
    if not CannedAnswer.objects.exists():
        with override(organization.language):
            CannedAnswer.objects.bulk_create(
                CannedAnswer(organization=organization, name=name, text=text, position=place)
                for place, (name, text) in enumerate(starting_answers())
            )
