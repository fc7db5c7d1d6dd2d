"""What stands on the page of an opportunity: signs of risk, people of the decision, competitors, team, history."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.languages import written_day
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import Choice, Money
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.web.answers import macro
from banyan.core.web.menu import may
from banyan.core.web.presenting import Presenter
from banyan.sales.choices import BuyingRole, CompetitorState, Influence, Outcome, RiskSign, Threat
from banyan.sales.models import OpportunityCompetitor, OpportunityContact, OpportunityMember, OpportunityState
from banyan.sales.queries import limits_of_risk, standings
from banyan.sales.rules import HUNDRED, Limits, Standing, rest_of_owner, risk_signs, shrunk_percent

TEMPLATE = "sales/deal_work.html"
OPPORTUNITY = "opportunity"
STATE_COLORS = {"in_play": "blue", "won_against": "green", "lost_to": "red"}
THREAT_COLORS = {"high": "red", "medium": "orange", "low": "grey"}
#: How many people of a decision are drawn; nobody keeps more in mind.
MOST_PEOPLE = 60
MOST_STATES = 200
CHANGES_SHOWN = 8
WIDTH, HEIGHT = 280, 64
Row = Mapping[str, Any]


def risk_line(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the signs of risk of an open opportunity, each with its reason; None when there is none."""
    if row.get("outcome") != Outcome.OPEN or not row.get("risks"):
        return None
    found = standings([row["id"]]).get(row["id"])
    if found is None:
        return None
    standing, limits, day = found[0], limits_of_risk(), today(actor.time_zone)
    signs = risk_signs(standing, limits, day)
    if not signs:
        return None
    texts = reasons(standing, limits, day, actor.language)
    shown = [{"label": str(RiskSign(sign).label), "reason": texts[sign]} for sign in signs]
    title = ngettext("%(count)d sign of risk", "%(count)d signs of risk", len(signs)) % {"count": len(signs)}
    return macro(TEMPLATE, "risk_line", {"title": title, "signs": shown})


def reasons(standing: Standing, limits: Limits, day: date, language: str) -> dict[str, str]:
    """Return why each sign of risk would hold, in words."""

    def written(when: date | None) -> str:
        return written_day(when, language) if when else ""

    close = standing.expected_close_on
    late = (day - close).days if close else 0
    return {
        "stage_too_long": _("%(days)d days in this stage; it allows %(limit)d.")
        % {"days": standing.days_in_stage, "limit": standing.stale_days},
        "close_passed": _("It was expected to close on %(day)s, %(late)d days ago. Set a new day, or close it.")
        % {"day": written(close), "late": late},
        "close_pushed": _("The close was put off %(count)d times.") % {"count": standing.pushed_count},
        "no_close_date": _("Say when it will close: without a day it is in no forecast."),
        "quiet": _("No follow-up for %(days)d days; after %(limit)d it is a sign.")
        % {"days": standing.quiet_for, "limit": limits.quiet_days},
        "next_step_late": _("The next step was due on %(day)s.") % {"day": written(standing.next_step_on)},
        "no_next_step": _("Write down what comes next, and when."),
        "no_decision_maker": _("At %(percent)d %% one should know who decides. Add the decision maker below.")
        % {"percent": standing.probability},
        "amount_shrank": _("The amount is %(percent)d %% lower than it was at its highest.")
        % {"percent": shrunk_percent(standing.amount, standing.highest_amount)},
    }


def people(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the people of the decision as a tree of who reports to whom; None for who may not see them."""
    own = spec_for(actor.organization, "opportunity_contact")
    if not may(actor, own, Action.VIEW):
        return None
    rows = list(
        OpportunityContact.objects.filter(opportunity_id=row["id"], deleted_at__isnull=True)
        .order_by("created_at")
        .select_related("contact")[:MOST_PEOPLE]
    )
    contacts = spec_for(actor.organization, "contact")
    ids = {entry.contact_id for entry in rows}
    seen = set(restrict(live_rows(actor, contacts), actor, contacts).filter(pk__in=ids).values_list("pk", flat=True))
    can_edit = may(actor, own, Action.EDIT) and may(actor, spec, Action.EDIT)
    nodes = {entry.contact_id: _person(actor, own, row["id"], entry, seen, can_edit=can_edit) for entry in rows}
    roots: list[dict[str, Any]] = []
    for entry in rows:
        boss = nodes.get(entry.reports_to_id) if entry.reports_to_id else None
        (boss["below"] if boss is not None else roots).append(nodes[entry.contact_id])
    base = f"/{spec.plural}/{row['id']}"
    return macro(
        TEMPLATE,
        "people_map",
        {
            "count": len(rows),
            "roots": roots,
            "live_url": f"{base}/deal-work/people",
            "create_url": f"{base}/people/new" if may(actor, own, Action.CREATE) and can_edit else "",
        },
    )


def _person(
    actor: Actor,
    own: ObjectSpec,
    opportunity_id: Any,
    entry: OpportunityContact,
    seen: set[uuid.UUID],
    *,
    can_edit: bool,
) -> dict[str, Any]:
    is_seen = entry.contact_id in seen
    kind = own.all_fields["attitude"].kind
    option = kind.option(entry.attitude) if isinstance(kind, Choice) else None
    return {
        "name": entry.contact.name if is_seen else _("(not visible to you)"),
        "url": f"/contacts/{entry.contact_id}" if is_seen else "",
        "job": entry.contact.job_title if is_seen else "",
        "role": str(BuyingRole(entry.role).label),
        "is_decider": entry.role in {"decision_maker", "budget_holder"},
        "attitude": str(option.label) if option else "",
        "color": option.color if option else "",
        "influence": str(Influence(entry.influence).label),
        "weight": {"high": 3, "medium": 2, "low": 1}[entry.influence],
        "notes": entry.notes,
        "edit_url": f"/opportunities/{opportunity_id}/people/{entry.pk}" if can_edit else "",
        "below": [],
    }


def competitors(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the competitors in an opportunity, with what is known of how to beat them."""
    rows = OpportunityCompetitor.objects.filter(opportunity_id=row["id"]).select_related("competitor")
    can_edit = may(actor, spec, Action.EDIT)
    entries = [
        {
            "name": entry.competitor.name,
            "state": str(CompetitorState(entry.state).label),
            "color": STATE_COLORS[entry.state],
            "threat": str(Threat(entry.threat).label),
            "threat_color": THREAT_COLORS[entry.threat],
            "is_open": entry.state == CompetitorState.IN_PLAY,
            "notes": entry.notes,
            "facts": [
                {"label": label, "text": text}
                for label, text in (
                    (_("Strengths"), entry.competitor.strengths),
                    (_("Weaknesses"), entry.competitor.weaknesses),
                    (_("How to win against them"), entry.competitor.notes),
                )
                if text
            ],
        }
        for entry in rows
    ]
    base = f"/{spec.plural}/{row['id']}"
    shown = {
        "entries": entries,
        "live_url": f"{base}/deal-work/competitors",
        "edit_url": f"{base}/competitors" if can_edit else "",
    }
    return macro(TEMPLATE, "competitors", shown)


def team(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return who works on an opportunity and has which part of the credit."""
    rows = list(OpportunityMember.objects.filter(opportunity_id=row["id"]).select_related("person"))
    owner = row.get("owner")
    rest = rest_of_owner(entry.share for entry in rows)
    entries = []
    if owner and rows:
        names = dict(User.objects.filter(pk=owner).values_list("pk", "name"))
        entries.append({"name": names.get(owner, ""), "role": _("Owner"), "share": percent_text(rest), "overlay": ""})
    entries += [
        {
            "name": entry.person.name,
            "role": entry.role,
            "share": percent_text(entry.share) if entry.share else "",
            "overlay": percent_text(entry.overlay) if entry.overlay else "",
        }
        for entry in rows
    ]
    base = f"/{spec.plural}/{row['id']}"
    shown = {
        "entries": entries,
        "live_url": f"{base}/deal-work/team",
        "edit_url": f"{base}/team" if may(actor, spec, Action.EDIT) else "",
    }
    return macro(TEMPLATE, "team", shown)


def percent_text(share: Decimal) -> str:
    """Return a share as text, without needless zeros."""
    return f"{share.normalize():f} %" if share != HUNDRED else "100 %"


def history(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return how amount, stage and expected close changed, and the time spent in each stage."""
    shown_fields = {entry.name for entry in Presenter(actor, spec).visible(["amount", "stage", "expected_close_on"])}
    rows = list(
        OpportunityState.objects.filter(opportunity_id=row["id"])
        .select_related("stage", "changed_by")
        .order_by("since")[:MOST_STATES]
    )
    if not rows or "stage" not in shown_fields:
        return None
    sees_amount = "amount" in shown_fields
    stages = _times(rows)
    longest = max((days for _name, days, _open in stages), default=0)
    changes = _changes(actor, rows, sees_amount=sees_amount)
    return macro(
        TEMPLATE,
        "history",
        {
            "stages": [
                {
                    "name": name,
                    "days": ngettext("%(count)d day", "%(count)d days", days) % {"count": days},
                    "width": round(100 * days / longest) if longest else 0,
                    "is_open": is_open,
                }
                for name, days, is_open in stages
            ],
            "pushed": row.get("pushed_count") or 0,
            "chart": _amount_line(actor, rows) if sees_amount else None,
            "changes": list(reversed(changes))[:CHANGES_SHOWN],
            "live_url": f"/{spec.plural}/{row['id']}/deal-work/history",
        },
    )


def _times(rows: Sequence[OpportunityState]) -> list[tuple[str, int, bool]]:
    """Return the days in each stage, in the order in which the stages were first entered."""
    found: dict[Any, list[Any]] = {}
    for row in rows:
        name = row.stage.name if row.stage else _("(deleted stage)")
        entry = found.setdefault(row.stage_id, [name, 0, False])
        if row.outcome == Outcome.OPEN:
            entry[1] += ((row.until or now()) - row.since).total_seconds()
        entry[2] = row.until is None and row.outcome == Outcome.OPEN
    return [(name, int(seconds // 86_400), is_open) for name, seconds, is_open in found.values()]


def _changes(actor: Actor, rows: Sequence[OpportunityState], *, sees_amount: bool) -> list[dict[str, str]]:
    changes = []
    reading, money = reading_for(actor), Money()
    for before, after in pairwise(rows):
        texts = []
        if before.stage_id != after.stage_id:
            texts.append(_arrow(_name(before), _name(after)))
        if sees_amount and (before.amount, before.currency) != (after.amount, after.currency):
            texts.append(
                _arrow(
                    money.display(before.amount, replace(reading, currency=before.currency or actor.currency)),
                    money.display(after.amount, replace(reading, currency=after.currency or actor.currency)),
                )
            )
        if before.expected_close_on != after.expected_close_on:
            days = [
                written_day(day, actor.language) if day else ""
                for day in (before.expected_close_on, after.expected_close_on)
            ]
            texts.append(_("Close %(change)s") % {"change": _arrow(*days)})
        if texts:
            changes.append(
                {
                    "when": written_day(after.since.date(), actor.language),
                    "who": after.changed_by.name if after.changed_by else "",
                    "text": " · ".join(texts),
                }
            )
    return changes


def _name(row: OpportunityState) -> str:
    return row.stage.name if row.stage else ""


def _arrow(before: str, after: str) -> str:
    return f"{before or '–'} → {after or '–'}"


def _amount_line(actor: Actor, rows: Sequence[OpportunityState]) -> dict[str, Any] | None:
    """Return the amount over time as steps in a small picture; None when it never changed."""
    points = [(row.since, row.amount) for row in rows if row.amount is not None]
    if len({amount for _at, amount in points}) < 2:
        return None
    first, last = points[0][0], rows[-1].until or now()
    span = max((last - first).total_seconds(), 1.0)
    top = max(amount for _at, amount in points) or Decimal(1)
    path = ""
    for at, amount in points:
        x = round(WIDTH * (at - first).total_seconds() / span)
        y = round(HEIGHT - 4 - (HEIGHT - 8) * amount / top)
        path += f"M{x} {y}" if not path else f"H{x}V{y}"
    money, reading = Money(), replace(reading_for(actor), currency=rows[-1].currency or actor.currency)
    low, high = (money.display(choose(amount for _at, amount in points), reading) for choose in (min, max))
    label = _("Amount over time, between %(low)s and %(high)s") % {"low": low, "high": high}
    return {"path": f"{path}H{WIDTH}", "width": WIDTH, "height": HEIGHT, "label": label}


#: The parts of the page by the names in their addresses.
PARTS = {"people": people, "competitors": competitors, "team": team, "history": history}
LABELS = {
    "people": gettext_lazy("Decision makers"),
    "competitors": gettext_lazy("Competitors"),
    "team": gettext_lazy("Team and credit"),
    "history": gettext_lazy("Course of the deal"),
}
