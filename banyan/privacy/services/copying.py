"""The copy of one's data that a person may have: JSON that programs read, with the person's files, in one ZIP."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO, Any

import orjson

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.audit.models import Entry
from banyan.core.audit.notes import note
from banyan.core.files.contents import safe_name
from banyan.core.files.models import Attachment
from banyan.core.files.services import content_of
from banyan.core.kernel.clock import now
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import stored_value
from banyan.core.records.models import Change
from banyan.core.records.sealing import readable_values
from banyan.privacy.services.finding import LINKED, NAMESAKE, OWN, Findings, Subject, compiled
from banyan.privacy.services.planning import Survey, texts_of

COPIED = "privacy.copied"
FORMAT = "banyan-person/1"
_ROWS_AT_ONCE = 500


def copy_of(actor: Actor, survey: Survey) -> dict[str, Any]:
    """Return everything about a person in JSON's terms.

    What stands for the person or points to it comes with all fields; of what merely mentions the person come the
    fields that do, since the rest is somebody else's. Records that share no more than the name are left out. Raises ``NotAllowed``.
    """
    require_ability(actor, Ability.MANAGE_PRIVACY)
    found, subject = survey.findings, survey.subject
    specs = specs_for(actor.organization)
    records = [
        entry
        for how, name, ids in found.parts()
        if how != NAMESAKE
        for entry in _records(specs[name], how, ids, subject)
    ]
    return {
        "format": FORMAT,
        "made_at": now().isoformat(),
        "organization": actor.organization.name,
        "person": subject.title,
        "records": records,
        "history": list(_history(specs, found)),
        "files": [row.file.name for row in _attachments(subject)],
        "elsewhere": list(_elsewhere(survey)),
        "read_or_exported": [
            {"at": at.isoformat(), "kind": kind}
            for at, kind in Entry.objects.filter(record_id__in=subject.ids).values_list("at", "kind")
        ],
    }


def write_copy(actor: Actor, survey: Survey) -> IO[bytes]:
    """Return a ZIP with the copy and the person's files, open at its beginning; the audit log keeps that it was made."""
    subject = survey.subject
    content = copy_of(actor, survey)
    target = tempfile.TemporaryFile()  # noqa: SIM115 whoever sends it closes it
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("person.json", orjson.dumps(content, option=orjson.OPT_INDENT_2, default=str))
        for row in _attachments(subject):
            with archive.open(f"files/{row.version}-{safe_name(row.file.name)}", "w") as member:
                for piece in content_of(row.file):
                    member.write(piece)
    target.seek(0)
    details = {"records": len(content["records"])}
    record_id = subject.ids[0] if subject.ids else None
    note(actor, COPIED, object_name=subject.object_name, record_id=record_id, details=details)
    return target


def _records(spec: ObjectSpec, how: str, ids: list[Any], subject: Subject) -> Iterator[dict[str, Any]]:
    pattern = compiled(subject.marks)
    rows = spec.model._default_manager.filter(pk__in=ids).order_by("number")  # noqa: SLF001 Django's own name for it
    for record in rows.iterator(_ROWS_AT_ONCE):
        values = {}
        for name, entry in spec.all_fields.items():
            value = stored_value(record, entry)
            as_json = None if entry.kind.is_empty(value) else entry.kind.to_json(value)
            if as_json is not None and (how in {OWN, LINKED} or pattern.search(str(as_json))):
                values[name] = as_json
        yield {
            "object": spec.name,
            "id": str(record.pk),
            "relation": how,
            "is_deleted": bool(record.deleted_at),
            "fields": values,
        }


def _history(specs: dict[str, ObjectSpec], found: Findings) -> Iterator[dict[str, Any]]:
    spec = specs[found.subject.object_name] if found.subject.ids else None
    if spec is None:
        return
    rows = Change.objects.filter(object_name=spec.name, record_id__in=found.subject.ids).order_by("pk")
    for change in rows.iterator(_ROWS_AT_ONCE):
        values = readable_values(spec.all_fields, change.record_id, change.values)
        yield {"at": change.at.isoformat(), "action": change.action, "channel": change.channel, "values": values}


def _attachments(subject: Subject) -> list[Attachment]:
    rows = Attachment.objects.filter(about__in=subject.references) if subject.ids else Attachment.objects.none()
    return list(rows.select_related("file").order_by("pk"))


def _elsewhere(survey: Survey) -> Iterator[dict[str, Any]]:
    """Yield the texts in other tables, such as notices, in which the person stands."""
    pattern = compiled(survey.subject.marks)
    for model, ids in survey.rows.items():
        for row in model._default_manager.filter(pk__in=ids).iterator(_ROWS_AT_ONCE):  # noqa: SLF001 as above
            texts = [text for text in texts_of(row) if pattern.search(text)]
            yield {"table": model._meta.db_table, "id": str(row.pk), "texts": texts}  # noqa: SLF001 as above
