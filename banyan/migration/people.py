"""Who the people of the other system are here, and which of our stages theirs are."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from banyan.core.identity.models import User
from banyan.core.kernel.text.folding import fold
from banyan.migration.models import Move
from banyan.migration.rules import stage_meaning
from banyan.migration.sources import systems
from banyan.sales.choices import Outcome
from banyan.sales.public import Stage


class People:
    """What files call users, and who that is here.

    ``directory`` comes from files that list users: what they call one, and the name and address of that person.
    """

    def __init__(self, chosen: Mapping[str, Mapping[str, str]]) -> None:
        self.known: dict[str, dict[str, Any]] = {text: dict(entry) for text, entry in chosen.items()}
        self._users: dict[str, str] = {}
        for pk, name, email in User.objects.filter(is_active=True).values_list("pk", "name", "email"):
            self._users.setdefault(fold(name), str(pk))
            self._users[fold(email)] = str(pk)

    def add(self, keys: Iterable[str], name: str, email: str) -> None:
        """Learn from a file that lists users."""
        for key in {key.strip() for key in keys} - {""}:
            entry = self.known.setdefault(key, {"rows": 0})
            entry |= {"name": name or key, "email": email}
            if "user" not in entry or not entry.get("chosen"):
                entry["user"] = self._find(key, name, email)

    def meet(self, text: str, rows: int) -> None:
        """Note that rows name somebody."""
        entry = self.entry(text)
        entry["rows"] = entry.get("rows", 0) + rows

    def entry(self, text: str) -> dict[str, Any]:
        """Return what is known of somebody; of a name met for the first time, who that may be."""
        if text not in self.known:
            self.known[text] = {"name": text, "email": "", "user": self._find(text, text, ""), "rows": 0}
        return self.known[text]

    def choose(self, text: str, user_id: str) -> None:
        """Say who somebody is; an empty id keeps the name as text."""
        self.entry(text).update(user=user_id, chosen=True)

    def get(self, text: str, default: str = "") -> str:
        """Return the name that stays a text; the default where the person is a user here."""
        if not text:
            return default
        entry = self.entry(text)
        return default if entry.get("user") else str(entry.get("name") or text)

    def values(self) -> dict[str, str]:
        """Return the user of every text; an empty id where nobody is meant."""
        return {text: str(entry.get("user") or "") for text, entry in self.known.items()}

    def _find(self, key: str, name: str, email: str) -> str:
        inside = key[key.find("(") + 1 : key.rfind(")")] if "(" in key and key.endswith(")") else ""
        candidates = (email, key, name, inside, key[: key.find("(")] if inside else "")
        return next((self._users[fold(text)] for text in candidates if text and fold(text) in self._users), "")


class Stages:
    """Which of our stages each stage of the other system is."""

    def __init__(self, system: str, chosen: Mapping[str, Mapping[str, Any]]) -> None:
        self.known: dict[str, dict[str, Any]] = {text: dict(entry) for text, entry in chosen.items()}
        self._meanings = systems()[system].stages if system in systems() else {}
        order = ("-pipeline__is_default", "pipeline__position", "position")
        stages = Stage.objects.filter(deleted_at__isnull=True, pipeline__deleted_at__isnull=True)
        self.stages = list(stages.select_related("pipeline").order_by(*order))
        self._by_id = {str(stage.pk): stage for stage in self.stages}

    def meet(self, text: str, rows: int) -> None:
        """Note that rows name a stage."""
        entry = self.entry(text)
        entry["rows"] = entry.get("rows", 0) + rows

    def entry(self, text: str) -> dict[str, Any]:
        """Return what is known of a stage; of one met for the first time, which of ours it may be."""
        if text not in self.known:
            self.known[text] = {"stage": self._propose(text), "rows": 0}
        return self.known[text]

    def choose(self, text: str, stage_id: str) -> None:
        """Say which of our stages a stage is."""
        if stage_id in self._by_id or not stage_id:
            self.entry(text)["stage"] = stage_id

    def values(self) -> dict[str, str]:
        """Return our stage of every text."""
        return {text: str(entry["stage"]) for text, entry in self.known.items()}

    def __contains__(self, text: object) -> bool:
        """Say whether an opportunity in that stage is won or lost."""
        stage = self._by_id.get(str(self.entry(text)["stage"])) if isinstance(text, str) and text else None
        return stage is not None and stage.outcome != Outcome.OPEN

    def _propose(self, text: str) -> str:
        same = next((stage for stage in self.stages if fold(stage.name) == fold(text)), None)
        if same is not None:
            return str(same.pk)
        meaning = stage_meaning(text, self._meanings)
        first = [stage for stage in self.stages if stage.pipeline_id == self.stages[0].pipeline_id]
        if meaning in {Outcome.WON.value, Outcome.LOST.value}:
            return next((str(stage.pk) for stage in first if stage.outcome == meaning), "")
        if not meaning.isdigit():
            return ""
        wanted = int(meaning)
        still_open = [stage for stage in first if stage.outcome == Outcome.OPEN]
        nearest = min(still_open, key=lambda stage: abs(stage.probability - wanted), default=None)
        return str(nearest.pk) if nearest else ""


def people_of(move: Move) -> People:
    """Return who the people of a move are, as far as it is known."""
    return People(move.people)


def stages_of(move: Move) -> Stages:
    """Return which of our stages the stages of a move are, as far as it is known."""
    return Stages(move.system, move.stages)


def is_user(user_id: str) -> bool:
    """Say whether an id is that of somebody here."""
    try:
        return User.objects.filter(pk=uuid.UUID(user_id)).exists()
    except ValueError:
        return False
