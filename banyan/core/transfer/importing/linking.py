"""Finding people and records by what stands in a file: set-based, once per distinct text."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Value
from django.db.models.functions import Lower, Replace
from django.utils.translation import override

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.identity.models import User
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.text.folding import fold
from banyan.core.objects.kinds import USER, Reference, reference_to
from banyan.core.objects.registry import spec_for, specs_here
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.transfer.importing.plan import LANGUAGES
from banyan.core.transfer.importing.source_keys import SourceKeys
from banyan.core.transfer.importing.values import SourceRow


class LinkFinder:
    """Remembers which record each text means; the same for all rows of an import."""

    def __init__(
        self,
        actor: Actor,
        fields: Iterable[Field],
        *,
        create: Sequence[str] = (),
        keys: SourceKeys | None = None,
    ) -> None:
        self.actor = actor
        fields = list(fields)
        self.keys = keys
        self.fields = [entry for entry in fields if getattr(entry.kind, "target", "")]
        self.references = [entry.name for entry in fields if isinstance(entry.kind, Reference)]
        self.has_people = any(entry.kind.widget == "people" for entry in fields)
        self.create = set(create)
        self._known: dict[str, dict[str, uuid.UUID]] = {}

    def prepare(self, rows: Sequence[SourceRow], context: WriteContext) -> None:
        """Look up every text that the rows use in link fields, and create what the plan lets be created."""
        if self.keys is not None:
            self.keys.resolve_links(rows)
        for entry in self.fields:
            target: str = entry.kind.target  # type: ignore[attr-defined]
            known = self._known.setdefault(target, {})
            given = (row.values[entry.name] for row in rows if entry.name in row.values)
            texts = {str(value) for value in given if not isinstance(value, uuid.UUID)}
            unknown = {text for text in texts if fold(text) not in known and parse_id(text) is None}
            if not unknown:
                continue
            known.update(self._people() if target == USER else self._records(target, unknown))
            missing = {text for text in unknown if fold(text) not in known}
            if missing and entry.name in self.create and target in specs_here():
                known.update(self._create(target, sorted(missing), context))
        if self.has_people and USER not in self._known:
            self._known[USER] = self._people()
        for name in self.references:
            self._point([row for row in rows if name in row.values], name)

    def resolve(self, target: str, text: str) -> uuid.UUID | None:
        """Return the record that a text means, or None."""
        return self._known.get(target, {}).get(fold(text))

    def _point(self, rows: Sequence[SourceRow], name: str) -> None:
        """Turn what exported files call a record of any object, such as "Customer: Acme", into a reference."""
        wanted: dict[str, dict[str, list[SourceRow]]] = {}
        for row in rows:
            label, _separator, title = str(row.values[name]).partition(":")
            target = _object_called(label)
            if target and title and parse_id(title) is None:
                wanted.setdefault(target, {}).setdefault(title.strip(), []).append(row)
        for target, by_title in wanted.items():
            known = self._known.setdefault(target, {})
            unknown = {title for title in by_title if fold(title) not in known}
            if unknown:
                known.update(self._records(target, unknown))
            for title, same in by_title.items():
                record_id = self.resolve(target, title)
                if record_id is not None:
                    for row in same:
                        row.values[name] = reference_to(target, record_id)

    def _people(self) -> dict[str, uuid.UUID]:
        found: dict[str, uuid.UUID] = {}
        for pk, name, email in User.objects.values_list("pk", "name", "email"):
            found.setdefault(fold(name), pk)
            found[fold(email)] = pk
        return found

    def _records(self, target: str, texts: set[str]) -> dict[str, uuid.UUID]:
        """Return records by number or title; of several with the same title the one is meant that the object says."""
        spec = spec_for(self.actor.organization, target)
        rows = spec.model._default_manager.filter(deleted_at__isnull=True)  # noqa: SLF001
        visible = restrict(rows, self.actor, spec)
        found: dict[str, uuid.UUID] = {}
        for column in ("number", spec.all_fields[spec.title].attribute):
            likeliest = visible.filter(**{f"{column}__in": texts}).order_by(*spec.namesake_order, "created_at", "pk")
            of_column: dict[str, uuid.UUID] = {}
            for text, pk in likeliest.values_list(column, "pk"):
                of_column.setdefault(fold(str(text)), pk)
            found.update(of_column)
        rest = {text for text in texts if fold(text) not in found}
        if rest:
            found |= self._by_words(spec, visible, rest)
        return found

    def _by_words(self, spec: ObjectSpec, visible: Any, texts: set[str]) -> dict[str, uuid.UUID]:
        """Return records whose title is the same but for spaces, case and width."""
        title = spec.all_fields[spec.title].attribute
        wanted = {_squeezed(text): text for text in texts}
        squeezed = visible.annotate(squeezed=Replace(Lower(title), Value(" "), Value("")))
        pairs = squeezed.filter(squeezed__in=list(wanted)).values_list(title, "pk")
        return {fold(wanted[_squeezed(str(text))]): pk for text, pk in pairs if _squeezed(str(text)) in wanted}

    def _create(self, target: str, texts: list[str], context: WriteContext) -> dict[str, uuid.UUID]:
        spec = spec_for(self.actor.organization, target)
        outcome = door.create_many(self.actor, spec, [{spec.title: text} for text in texts], context=context)
        good = [text for position, text in enumerate(texts) if position not in outcome.rejected]
        return {fold(text): pk for text, pk in zip(good, outcome.created, strict=True)}


def _object_called(label: str) -> str:
    """Return the name of the object that a label means in any language; an empty text when none does."""
    for spec in specs_here().values():
        names = {spec.name, spec.plural}
        for language in LANGUAGES:
            with override(language):
                names.add(str(spec.label))
        if fold(label) in {fold(name) for name in names}:
            return spec.name
    return ""


def _squeezed(text: str) -> str:
    return text.lower().replace(" ", "")
