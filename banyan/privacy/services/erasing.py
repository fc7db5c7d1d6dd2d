"""Making a person anonymous: in the background, table by table, each in one transaction, with a certificate at the end.

The person's own record comes last: until then a run that was cut off finds again what it looked for.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.audit.notes import note, note_erasure
from banyan.core.files import storage
from banyan.core.files.models import Attachment, File, FileText
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, Missing
from banyan.core.objects.kinds import (
    Address,
    BankAccount,
    ContactPoints,
    Date,
    Email,
    IdentityNumber,
    Kind,
    LongText,
    Phone,
    Tags,
    Text,
    Url,
)
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records.drafts import stored_value
from banyan.core.records.erasing import Erased, overwrite
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.models import Import
from banyan.privacy.choices import ErasureState
from banyan.privacy.models import Erasure, Inquiry
from banyan.privacy.references import MODULE, traces
from banyan.privacy.rules import replaced
from banyan.privacy.services.finding import compiled, subject_of
from banyan.privacy.services.planning import Plan, Report, Surveying, plan_of, told_kept

ERASED = "privacy.erased"
#: What may tell who somebody is: all that is free text, ways to reach, numbers of a person, days.
PERSONAL_KINDS: tuple[type[Kind], ...] = (
    Text, LongText, Phone, Email, Url, ContactPoints, Address, IdentityNumber, BankAccount, Date, Tags,
)  # fmt: skip
#: Kinds into which no pseudonym fits: there a value of the person is taken out as a whole.
_STRICT = (Phone, Email, Url, ContactPoints, IdentityNumber, BankAccount)
_ROWS_AT_ONCE = 500


@transaction.atomic
def begin_erasure(
    actor: Actor,
    object_name: str,
    record_id: uuid.UUID,
    *,
    reach: str,
    clears_texts: bool,
    request_id: uuid.UUID | None = None,
) -> Erasure:
    """Note that somebody wants a person erased and return the certificate to be; ``erase`` does the work.

    Raises ``NotAllowed``, ``Missing`` when there is no such person, ``Conflict`` while it is under way already.
    """
    require_ability(actor, Ability.MANAGE_PRIVACY)
    subject_of(actor, object_name, record_id)
    if Erasure.objects.filter(record_id=record_id, state=ErasureState.RUNNING).exists():
        raise Conflict("erasure_under_way", _("This person is being erased already."))
    return Erasure.objects.create(
        organization_id=actor.organization_id,
        object_name=object_name,
        record_id=record_id,
        pseudonym=_("Erased person %(code)s") % {"code": secrets.token_hex(3).upper()},
        request_id=request_id,
        reach=reach,
        clears_texts=clears_texts,
        actor_id=actor.user_id,
    )


def erase(actor: Actor, erasure_id: uuid.UUID, report: Report = lambda step, done, total: None) -> None:
    """Do what ``begin_erasure`` noted; a run that was cut off may be begun again.

    Opens the organization's scope for each step itself. Raises ``Missing`` when there is no such certificate.
    """
    with organization_scope(actor.organization_id):
        erasure = Erasure.objects.filter(pk=erasure_id).first()
        if erasure is None:
            raise Missing("not_found", _("There is no such erasure."))
        if erasure.state == ErasureState.DONE:
            return
        surveying = Surveying(actor, subject_of(actor, erasure.object_name, erasure.record_id))
    looks = list(surveying.steps())
    for number, (label, look) in enumerate(looks):
        report(label, number, len(looks))
        with organization_scope(actor.organization_id):
            look()
    with organization_scope(actor.organization_id):
        plan = plan_of(actor, surveying.made, erasure.reach)
    work = _Work(actor, erasure, plan)
    steps = list(work.steps())
    for number, (label, step) in enumerate(steps):
        report(label, number, len(steps))
        with organization_scope(actor.organization_id):
            counts = step()
            if any(counts.values()):
                erasure.counts = {**erasure.counts, label: counts}
                Erasure.objects.filter(pk=erasure.pk).update(counts=erasure.counts)


class _Work:
    """The steps of one erasure."""

    def __init__(self, actor: Actor, erasure: Erasure, plan: Plan) -> None:
        self.actor, self.erasure, self.plan = actor, erasure, plan
        self.pattern = compiled(plan.subject.marks)

    def steps(self) -> Iterable[tuple[str, Callable[[], dict[str, int]]]]:
        """Yield each table with what has to be done there."""
        for name, ids in self.plan.records.items():
            yield name, lambda name=name, ids=ids: self.clean_records(name, ids)  # type: ignore[misc]  # bound now
        for model, ids in self.plan.rows.items():
            label = model._meta.db_table  # noqa: SLF001 Django's public model API is named so
            yield label, lambda model=model, ids=ids: self.clean_rows(model, ids)  # type: ignore[misc]  # as above
        for key, ids in self.plan.traces.items():
            label = traces[key].model._meta.db_table  # noqa: SLF001 as above
            yield label, lambda key=key, ids=ids: self.clean_traces(key, ids)  # type: ignore[misc]  # as above
        yield "files", self.delete_files
        yield "imports", self.forget_imports
        yield self.plan.subject.object_name, self.make_anonymous

    def clean(self, value: Any) -> Any:
        """Return a value with the pseudonym in the place of the person."""
        return replaced(value, self.pattern, self.erasure.pseudonym)

    def clean_records(self, name: str, ids: list[uuid.UUID]) -> dict[str, int]:
        """Replace the person in the texts of records that belong to others or to nobody."""
        spec = spec_for(self.actor.organization, name)
        clears = self.erasure.clears_texts and spec.module != MODULE and name in self.plan.findings.linked
        linked = set(self.plan.findings.linked.get(name, ()))
        rows = spec.model._default_manager.filter(pk__in=ids)  # noqa: SLF001 as above
        values = {
            record.pk: self._cleaned_fields(spec, record, clears=clears and record.pk in linked)
            for record in rows.iterator(_ROWS_AT_ONCE)
        }
        # Also a record that holds nothing any more may have an old value of the person in its log.
        erased = overwrite(self.actor, spec, values, clean=self.clean)
        return self._noted(erased)

    def _cleaned_fields(self, spec: ObjectSpec, record: Any, *, clears: bool) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, entry in spec.writable_fields.items():
            value = stored_value(record, entry)
            if entry.kind.is_empty(value):
                continue
            if clears and isinstance(entry.kind, LongText):
                found[name] = self._placeholder(spec, entry)
                continue
            as_json = entry.kind.to_json(value)
            cleaned = self.clean(as_json)
            if cleaned == as_json:
                continue
            if isinstance(entry.kind, ContactPoints):
                found[name] = [point for point in as_json if self.clean(point) == point]
            elif isinstance(entry.kind, _STRICT):
                found[name] = None
            else:
                found[name] = self._fitting(entry, entry.kind.from_json(cleaned))
        return found

    def clean_rows(self, model: type[models.Model], ids: list[uuid.UUID]) -> dict[str, int]:
        """Replace the person in the texts of rows that are no records."""
        changed = 0
        for row in model._default_manager.filter(pk__in=ids).iterator(_ROWS_AT_ONCE):  # noqa: SLF001 as above
            names = []
            for column in row._meta.concrete_fields:  # noqa: SLF001 as above
                value = getattr(row, column.attname)
                if not isinstance(value, (str, dict, list)) or column.name in {"about", "organization"}:
                    continue
                cleaned = self.clean(value)
                if cleaned != value:
                    limit = getattr(column, "max_length", None)
                    setattr(row, column.attname, cleaned[:limit] if limit and isinstance(cleaned, str) else cleaned)
                    names.append(column.name)
            if names:
                row.save(update_fields=names)
                changed += 1
        return {"anonymised": changed}

    def clean_traces(self, key: str, ids: list[uuid.UUID]) -> dict[str, int]:
        """Let what was left beside the person's records belong to nobody."""
        trace = traces[key]
        rows = trace.model._default_manager.filter(pk__in=ids)  # noqa: SLF001 as above
        for row in rows.iterator(_ROWS_AT_ONCE):
            for name in trace.names:
                setattr(row, name, self.erasure.pseudonym if getattr(row, name) else "")
            for name, value in trace.emptied.items():
                setattr(row, name, value)
            row.save(update_fields=[*trace.names, *trace.emptied])
        return {"anonymised": len(ids)}

    def delete_files(self) -> dict[str, int]:
        """Delete the files of the person's record, with their contents as soon as that is certain."""
        Attachment.objects.filter(about__in=self.plan.subject.references).delete()
        return {"deleted": sum(map(_delete_file, self.plan.files))}

    def forget_imports(self) -> dict[str, int]:
        """Delete the files from which the person's records were imported."""
        files = list(Import.objects.filter(pk__in=self.plan.imports).values_list("file_id", flat=True))
        Import.objects.filter(pk__in=self.plan.imports).update(file=None)
        return {"deleted": sum(map(_delete_file, filter(None, files)))}

    def make_anonymous(self) -> dict[str, int]:
        """Erase the person's own records, merged ones too, and close the certificate."""
        subject = self.plan.subject
        spec = spec_for(self.actor.organization, subject.object_name)
        stays = self.plan.kept_fields
        gone = [
            entry
            for name, entry in spec.writable_fields.items()
            if name not in stays and isinstance(entry.kind, PERSONAL_KINDS)
        ]
        values = {entry.name: self._placeholder(spec, entry) for entry in gone}
        told = self._noted(
            overwrite(self.actor, spec, dict.fromkeys(subject.ids, values), clean=self.clean, forget=set(values))
        )
        self.erasure.kept = told_kept(self.plan)
        self.erasure.review_on = self.plan.review_on
        self.erasure.state, self.erasure.done_at = ErasureState.DONE, now()
        self.erasure.save(update_fields=["kept", "review_on", "state", "done_at"])
        Inquiry.objects.filter(record_id__in=subject.ids).delete()
        details = {"certificate": str(self.erasure.pk)}
        note(self.actor, ERASED, object_name=spec.name, record_id=self.erasure.record_id, details=details)
        return told

    def _placeholder(self, spec: ObjectSpec, entry: Field) -> Any:
        """Return what stands in the place of an erased value: the pseudonym where something has to."""
        is_needed = entry.required or entry.name == spec.title
        return (
            self._fitting(entry, self.erasure.pseudonym)
            if is_needed and isinstance(entry.kind, Text)
            else (self.erasure.pseudonym if is_needed and isinstance(entry.kind, LongText) else None)
        )

    def _fitting(self, entry: Field, value: Any) -> Any:
        most = getattr(entry.kind, "maximum", None)
        return value[:most] if most and isinstance(value, str) else value

    def _noted(self, erased: Erased) -> dict[str, int]:
        """Let the audit log explain which entries of the change log were erased."""
        if erased.change_ids:
            note_erasure(self.actor, erased.change_ids, reason=f"{ERASED} {self.erasure.pk}")
        return {"anonymised": erased.records, "log_entries": len(erased.change_ids), "merges": erased.merges}


def _delete_file(file_id: uuid.UUID) -> bool:
    """Delete a file unless something else still holds it; its content goes when the transaction is certain."""
    file = File.objects.filter(pk=file_id).first()
    if file is None or Attachment.objects.filter(file=file).exists() or Import.objects.filter(file=file).exists():
        return False
    FileText.objects.filter(file=file).delete()
    key = file.key
    file.delete()
    transaction.on_commit(lambda: storage.delete(key))
    return True
