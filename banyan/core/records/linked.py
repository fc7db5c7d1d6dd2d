"""What drafts and the records they point to hold, for rules that look through links."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.objects.models import Record
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, stored_value


class LinkedValues:
    """The values of fields of drafts and, written ``link.field``, of the records they point to.

    Each link costs one query for all drafts. What is read is what the rule needs, whoever writes: these values
    decide, they are not shown.
    """

    def __init__(self, actor: Actor, spec: ObjectSpec, drafts: Sequence[Draft], paths: Iterable[str]) -> None:
        self._spec = spec
        self._specs = specs_for(actor.organization)
        self._records: dict[str, dict[uuid.UUID, Record]] = {}
        for link in {path.partition(".")[0] for path in paths if "." in path}:
            self._load(link, drafts)

    def of(self, draft: Draft) -> Callable[[str], Any]:
        """Return how a draft's values are found by their paths; what is not there is None."""

        def value(path: str) -> Any:
            name, dot, inner = path.partition(".")
            if not dot:
                return draft.record_id if name == "id" else draft.get(name)
            record = self._records[name].get(draft.get(name))
            return None if record is None else stored_value(record, self._target(name).all_fields[inner])

        return value

    def _load(self, link: str, drafts: Sequence[Draft]) -> None:
        wanted: Collection[uuid.UUID] = {draft.get(link) for draft in drafts} - {None}
        rows = self._target(link).model._default_manager.filter(pk__in=wanted)  # noqa: SLF001 Django's own name for it
        self._records[link] = {row.pk: row for row in rows} if wanted else {}

    def _target(self, link: str) -> ObjectSpec:
        return self._specs[getattr(self._spec.all_fields[link].kind, "target", "")]
