"""What the contracts app shows on other pages: where a contract stands, its plan and terms, what customers signed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from markupsafe import Markup

from banyan.contracts.choices import AmendmentStatus, ContractStatus, Renewal
from banyan.contracts.models import Contract, ContractAmendment, ContractTerm
from banyan.contracts.queries import amendments_of, fitting_flows, instalments_of, successor_of
from banyan.contracts.references import AMENDMENT, CONTRACT, Instalment
from banyan.contracts.rules import notice_day
from banyan.contracts.services.amendments import changes_of
from banyan.contracts.services.wording import due_text, told_change
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.languages import written_day
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import Money, Number
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.web.amounts import amounts_text
from banyan.core.web.answers import macro
from banyan.core.web.day import DayList
from banyan.core.web.menu import may
from banyan.core.web.panels import TimelineEntry, TimelineQuestion
from banyan.core.web.presenting import Presenter
from banyan.core.web.timeline_records import amount_told, records_around
from banyan.customers.public import Figure

PARTS = "contracts/parts.html"
Row = Mapping[str, Any]


def state(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return where a contract stands and what can be done next."""
    contract = Contract.objects.filter(pk=row["id"]).first()
    if contract is None:
        return None
    url = f"/{spec.plural}/{contract.pk}"
    can_edit = may(actor, spec, Action.EDIT)
    shown = {"text": _state_text(actor, contract), "notes": _notes(actor, spec, contract), "steps": []}
    if can_edit:
        shown["steps"] = _steps(actor, spec, contract, url)
    return macro(PARTS, "state", shown)


def plan(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the instalments of a contract; nothing for whoever may not see its amount."""
    if not Presenter(actor, spec).visible(["amount"]):
        return None
    found = instalments_of(row["id"])
    is_draft = row.get("status") == ContractStatus.DRAFT
    edit_url = f"/{spec.plural}/{row['id']}/instalments" if is_draft and may(actor, spec, Action.EDIT) else ""
    if not found and not edit_url:
        return None
    total = row.get("amount") if isinstance(row.get("amount"), Decimal) else None
    return macro(
        PARTS, "plan", {"edit_url": edit_url, **plan_table(actor, found, total, str(row.get("currency") or ""))}
    )


def plan_table(actor: Actor, found: Sequence[Instalment], total: Decimal | None, currency: str) -> dict[str, Any]:
    """Return instalments as texts for the component ``plan_table``."""
    money, number = Money(), Number()
    reading = replace(reading_for(actor), currency=currency or actor.currency)
    summed = sum((entry.amount for entry in found), Decimal(0))
    return {
        "rows": [
            {
                "name": entry.name,
                "due": due_text(actor.language, entry.due_on, entry.event, entry.days),
                "share": f"{number.display(entry.share, reading)} %" if entry.share is not None else "",
                "amount": money.display(entry.amount, reading),
            }
            for entry in found
        ],
        "total": money.display(summed, reading),
        "differs": bool(found) and summed != (total or Decimal(0)),
    }


def terms(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the headings of the terms, leading to the page where they are read and written."""
    titles = list(
        ContractTerm.objects.filter(contract=row["id"]).order_by("position", "id").values_list("title", flat=True)
    )
    can_edit = row.get("status") == ContractStatus.DRAFT and may(actor, spec, Action.EDIT)
    if not titles and not can_edit:
        return None
    return macro(PARTS, "terms", {"titles": titles, "url": f"/{spec.plural}/{row['id']}/terms", "can_edit": can_edit})


def amendment_state(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return what an amendment changes, old and new, and what can be done next."""
    found = ContractAmendment.objects.select_related("contract").filter(pk=row["id"]).first()
    if found is None:
        return None
    url = f"/{spec.plural}/{found.pk}"
    steps: list[dict[str, Any]] = []
    is_draft = found.status == AmendmentStatus.DRAFT
    flows = fitting_flows(actor.organization, spec, found) if is_draft else []
    if may(actor, spec, Action.EDIT):
        if found.status == AmendmentStatus.APPROVED or (is_draft and not flows):
            steps.append(_step(_("Sign"), "pencil", f"{url}/sign", primary=True))
        if is_draft:
            steps.append(_step(_("Change the instalments"), "coin", f"{url}/instalments"))
            steps.append(_step(_("Change the terms"), "file-text", f"{url}/terms"))
        if found.status == AmendmentStatus.APPROVED:
            steps.append({"label": _("Back to draft"), "icon": "arrow-back-up", "post": f"{url}/reopen"})
    shown = {
        "steps": steps,
        "needs_approval": bool(flows),
        "changes": [told_change(actor, change, found.currency) for change in changes_of(found, found.contract)],
        "is_signed": found.status == AmendmentStatus.SIGNED,
    }
    return macro(PARTS, "amendment", shown)


def customer_figures(actor: Actor, customer_id: uuid.UUID) -> list[Figure]:
    """Return what a customer has under contract; nothing without the right to see any."""
    spec = spec_for(actor.organization, CONTRACT)
    if not may(actor, spec, Action.VIEW) or not Presenter(actor, spec).visible(["amount"]):
        return []
    rows = restrict(live_rows(actor, spec), actor, spec).filter(customer=customer_id, status=ContractStatus.ACTIVE)
    found = list(rows.order_by().values("currency").annotate(number=Count("*"), total=Sum("amount")))
    count = sum(row["number"] for row in found)
    if not count:
        return []
    sums = {row["currency"]: row["total"] or Decimal(0) for row in found}
    query = urlencode({"customer": customer_id, "status": ContractStatus.ACTIVE.value, "display": "table"})
    hint = ngettext("%(count)d contract", "%(count)d contracts", count) % {"count": count}
    return [Figure(_("Under contract"), amounts_text(actor, sums), f"/{spec.plural}?{query}", hint)]


def load_contracts(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return the contracts of a customer, contact or opportunity by the day of signature, newest first."""
    names = ("number", "name", "amount", "currency", "status", "signed_on", "owner__name")
    return records_around(question, CONTRACT, _told, names=names, day="signed_on")


def may_create(actor: Actor) -> bool:
    """Say whether somebody may write contracts."""
    return may(actor, spec_for(actor.organization, CONTRACT), Action.CREATE)


def _told(shown: Presenter, row: Row) -> dict[str, Any]:
    words = (
        _("signed a contract") if row["signed_on"] else _("wrote a contract"),
        amount_told(shown, row),
        str(dict(ContractStatus.choices).get(row["status"], "")),
    )
    return {
        "icon": "certificate",
        "color": "green",
        "who": row["owner__name"] or _("The system"),
        "title": " · ".join(word for word in words if word),
        "links": [{"text": row["name"] or row["number"], "href": shown.url(row["pk"])}],
    }


def _state_text(actor: Actor, contract: Contract) -> str:
    if contract.status == ContractStatus.ACTIVE and contract.ends_on:
        left = (contract.ends_on - today(actor.time_zone)).days
        day = written_day(contract.ends_on, actor.language)
        if left < 0:
            return _("Ended on %(day)s") % {"day": day}
        text = ngettext("Ends on %(day)s, in %(num)d day", "Ends on %(day)s, in %(num)d days", left)
        return text % {"day": day, "num": left}
    if contract.status == ContractStatus.ACTIVE:
        return _("In force without an end")
    if contract.status == ContractStatus.TERMINATED:
        day = written_day(contract.ended_on, actor.language) if contract.ended_on else ""
        return _("Terminated on %(day)s: %(reason)s") % {"day": day, "reason": contract.end_reason}
    texts = {
        ContractStatus.DRAFT: _("Not signed yet"),
        ContractStatus.IN_APPROVAL: _("Being approved"),
        ContractStatus.APPROVED: _("Approved. Is it signed?"),
        ContractStatus.EXPIRED: pgettext("contract", "Expired"),
        ContractStatus.RENEWED: _("Renewed by another contract"),
    }
    return texts.get(ContractStatus(contract.status), "")


def _notes(actor: Actor, spec: ObjectSpec, contract: Contract) -> list[dict[str, str]]:
    """Return what else one should know: renewal, amendments, the contracts before and after."""
    notes = []
    if contract.status == ContractStatus.ACTIVE and contract.ends_on and contract.renewal == Renewal.AUTOMATIC:
        until = written_day(notice_day(contract.ends_on, contract.notice_days), actor.language)
        notes.append({"text": _("Renews itself unless it is terminated by %(day)s") % {"day": until}, "url": ""})
    linked = Contract.objects.filter(pk=contract.renewed_from_id).first() if contract.renewed_from_id else None
    if linked is not None:
        notes.append(
            {"text": _("Renewal of %(number)s") % {"number": linked.number}, "url": f"/{spec.plural}/{linked.pk}"}
        )
    after = successor_of(contract.pk)
    if after is not None:
        text = _("Renewed by %(number)s") % {"number": after.number}
        notes.append({"text": text, "url": f"/{spec.plural}/{after.pk}"})
    amendments = spec_for(actor.organization, AMENDMENT)
    notes += [
        {
            "text": _("Amendment %(number)s is not signed yet") % {"number": entry.number},
            "url": f"/{amendments.plural}/{entry.pk}",
        }
        for entry in amendments_of(contract.pk)
        if entry.status != AmendmentStatus.SIGNED
    ]
    return notes


def _steps(actor: Actor, spec: ObjectSpec, contract: Contract, url: str) -> list[dict[str, Any]]:
    if contract.status == ContractStatus.DRAFT:
        # Where approval is needed, the panel of approvals above offers to ask for it.
        if fitting_flows(actor.organization, spec, contract):
            return []
        return [_step(_("Sign"), "pencil", f"{url}/sign", primary=True)]
    if contract.status == ContractStatus.APPROVED:
        reopen = {"label": _("Back to draft"), "icon": "arrow-back-up", "post": f"{url}/reopen"}
        return [_step(_("Sign"), "pencil", f"{url}/sign", primary=True), reopen]
    found = []
    if contract.status in {ContractStatus.ACTIVE, ContractStatus.EXPIRED} and successor_of(contract.pk) is None:
        soon = contract.ends_on and notice_day(contract.ends_on, contract.notice_days) <= today(actor.time_zone)
        found.append(_step(_("Renew"), "repeat", f"{url}/renew", primary=bool(soon)))
    if contract.status == ContractStatus.ACTIVE:
        amendments = spec_for(actor.organization, AMENDMENT)
        if may(actor, amendments, Action.CREATE):
            found.append(_step(_("Amend"), "file-text", f"/{amendments.plural}/new?contract={contract.pk}"))
        found.append(_step(_("Terminate"), "ban", f"{url}/terminate"))
    return found


def _step(label: str, icon: str, url: str, *, primary: bool = False) -> dict[str, Any]:
    return {"label": label, "icon": icon, "url": url, "primary": primary}


ENDING = DayList(
    "contracts_ending",
    gettext_lazy("Contracts that end soon"),
    CONTRACT,
    {
        "all": [
            {"field": "owner", "op": "eq", "value": "me"},
            {"field": "status", "op": "eq", "value": ContractStatus.ACTIVE.value},
            {"field": "ends_on", "op": "within", "value": "next_30_days"},
        ]
    },
    "ends_on",
    shows=("customer", "renewal"),
    meta="ends_on",
)
