"""Instalments and changes of contracts in words, for pages and papers alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from banyan.contracts.choices import InstalmentEvent
from banyan.core.access.actor import Actor
from banyan.core.kernel.languages import within_sentence, written_day
from banyan.core.objects.kinds import Money
from banyan.core.records.drafts import reading_for


def due_text(language: str, due_on: date | None, event: str, days: int) -> str:
    """Return in words when an instalment is due."""
    if due_on is not None:
        return written_day(due_on, language)
    label = within_sentence(str(dict(InstalmentEvent.choices).get(event, "")))
    if not days:
        return _("on %(event)s") % {"event": label}
    text = ngettext("%(num)d day after %(event)s", "%(num)d days after %(event)s", days)
    return text % {"num": days, "event": label}


def told_change(actor: Actor, change: Mapping[str, Any], currency: str) -> dict[str, str]:
    """Return a change in words: what, what it was, what it is."""
    name, old, new = change["name"], change["old"], change["new"]
    labels = {
        "amount": _("Amount"), "starts_on": _("Starts on"), "ends_on": _("Ends on"), "instalments": _("Instalments"),
        "terms": _("Terms"),
    }  # fmt: skip

    def text(value: Any) -> str:
        if value is None or value == "":
            return pgettext("contract", "none")
        if name == "amount":
            reading = replace(reading_for(actor), currency=currency or actor.currency)
            return Money().display(Decimal(str(value)), reading)
        if name in {"starts_on", "ends_on"}:
            return written_day(date.fromisoformat(str(value)), actor.language)
        if name == "instalments":
            return " · ".join(_instalment_text(entry) for entry in value) or pgettext("contract", "none")
        return " · ".join(entry["title"] for entry in value) or pgettext("contract", "none")

    return {"label": labels.get(name, name), "old": text(old), "new": text(new)}


def _instalment_text(entry: Mapping[str, Any]) -> str:
    worth = f"{entry['share']} %" if entry.get("share") else str(entry.get("amount") or "")
    return f"{entry.get('name')} {worth}"
