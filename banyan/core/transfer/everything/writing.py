"""Writing everything of an organization into a ZIP file, table by table."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import override

import banyan
from banyan.core.access.actor import Actor, system_actor
from banyan.core.files.models import File
from banyan.core.files.scanning import Infected
from banyan.core.files.services import content_of
from banyan.core.kernel.clock import now
from banyan.core.listing.export import ExportedRows
from banyan.core.listing.labels import labels_for_rows
from banyan.core.listing.query import Columns
from banyan.core.objects.registry import dormant_fields, specs_for
from banyan.core.objects.sealing import open_value
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records.models import Change, Merge
from banyan.core.records.sealing import readable_values
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.cells import Cell
from banyan.core.transfer.everything.archive import Archive, as_json, new_archive
from banyan.core.transfer.everything.readme import NAMES
from banyan.core.transfer.everything.tables import PlainTable, columns_of, count_of, plain_tables, rows_of
from banyan.core.transfer.exporting.columns import cells_of_rows, export_columns, exported_names

FORMAT = 1
MANIFEST = "manifest.json"
Progress = Callable[[str, int, int | None], None]
#: Packed already; packing them again costs time and saves nothing.
PACKED = ("image/", "video/", "audio/", "application/zip", "application/vnd.openxmlformats", "application/pdf")


def write_everything(organization_id: uuid.UUID, path: Path, progress: Progress) -> dict[str, Any]:
    """Write all that an organization has into a ZIP file and return what is in it, in numbers.

    It opens scopes itself, one transaction for each table, so call it outside of any. Rows arrive from a
    cursor and contents of files in pieces: memory does not grow with the data.
    """
    with organization_scope(organization_id):
        actor = system_actor(Organization.objects.get(pk=organization_id))
        specs = list(specs_for(actor.organization).values())
        total = _rows_in_all(specs)
    done = 0
    with new_archive(path) as archive, override(actor.language):
        _add_texts(archive, actor)
        for spec in specs:
            progress(str(spec.label_plural), done, total)
            done += _add_records(archive, actor, spec)
        records = done
        for table in plain_tables():
            progress(table.path, done, total)
            done += _add_table(archive, actor, table)
        progress(_("Files"), done, total)
        files, missing = _add_files(archive, actor)
        archive.add(MANIFEST, iter([_manifest(archive, actor, missing)]))
    return {
        "rows": done,
        "records": records,
        "files": files,
        "missing_files": len(missing),
        "size": path.stat().st_size,
    }


def _rows_in_all(specs: Sequence[ObjectSpec]) -> int:
    tables: list[type[models.Model]] = [*(spec.model for spec in specs), *(table.model for table in plain_tables())]
    return sum(count_of(model) for model in tables)


def _add_texts(archive: Archive, actor: Actor) -> None:
    values = {
        "organization": actor.organization.name,
        "version": banyan.__version__,
        "at": now().isoformat(timespec="minutes"),
    }
    for name, text in NAMES.items():
        archive.add(name, iter([text.format(**values).encode()]))
    organization = actor.organization
    shown = {name: getattr(organization, name) for name in columns_of(Organization)}
    archive.add("settings/organization.json", iter([as_json(shown)]))


def _add_records(archive: Archive, actor: Actor, spec: ObjectSpec) -> int:
    names = exported_names(actor, spec)
    columns = export_columns(actor, spec, names)
    wanted = Columns(actor, spec, tuple(dict.fromkeys([*names, *spec.all_fields])))
    attributes = [*wanted.attributes, "custom", "deleted_at"]
    headings = [*(column.heading for column in columns), _("In the recycle bin since")]
    with (
        organization_scope(actor.organization_id),
        archive.table(f"records/{spec.plural}", headings) as table,
    ):
        dormant = dormant_fields(spec)
        for part in rows_of(spec.model, attributes):
            rows = wanted.rows(part)
            shown = ExportedRows(rows, labels_for_rows(spec, rows, wanted.names, actor=actor))
            cells = cells_of_rows(actor, spec, columns, shown)
            for row, own, (*_values, custom, deleted_at) in zip(rows, cells, part, strict=True):
                table.write([*own, _cell(deleted_at)], _item(spec, row, custom, deleted_at, dormant))
        return table.count


def _item(
    spec: ObjectSpec, row: Mapping[str, Any], custom: Any, deleted_at: datetime | None, dormant: Mapping[str, Field]
) -> dict[str, Any]:
    """Return a record for programs; values of own fields that were switched off are in ``other_custom``."""
    fields = spec.all_fields
    item = {name: value if name == "id" else fields[name].kind.to_json(value) for name, value in row.items()}
    rest = {
        name: open_value(dormant[name], row["id"], value) if name in dormant else value
        for name, value in (custom or {}).items()
        if name not in fields
    }
    return {**item, "deleted_at": deleted_at, **({"other_custom": rest} if rest else {})}


def _add_table(archive: Archive, actor: Actor, table: PlainTable) -> int:
    with (
        organization_scope(actor.organization_id),
        archive.table(table.path, table.columns) as target,
    ):
        keeps_values = table.model in {Change, Merge}
        specs = specs_for(actor.organization) if keeps_values else {}
        fields = {name: {**spec.all_fields, **dormant_fields(spec)} for name, spec in specs.items()}
        for part in rows_of(table.model, table.columns):
            for values in part:
                row = _opened(table.model, dict(zip(table.columns, values, strict=True)), fields)
                target.write([_cell(value) for value in row.values()], row)
        return target.count


def _opened(
    model: type[models.Model], row: dict[str, Any], fields: Mapping[str, Mapping[str, Field]]
) -> dict[str, Any]:
    """Return a row of a table; the change log and merges keep values of encrypted fields sealed."""
    known = fields.get(row.get("object_name", ""), {})
    if model is Change:
        return {**row, "values": readable_values(known, row["record_id"], row["values"])}
    if model is Merge:
        return {**row, "before": readable_values(known, row["kept_id"], row["before"])}
    return row


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, (str, int, Decimal)):
        return value
    if isinstance(value, (list, dict, tuple)):
        return as_json(value).decode()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _add_files(archive: Archive, actor: Actor) -> tuple[int, list[str]]:
    """Append the contents of all files; return how many, and the ids of those whose content is lost."""
    with organization_scope(actor.organization_id):
        ids = [pk for part in rows_of(File, ["id"]) for (pk,) in part]
    missing = []
    for file_id in ids:
        with organization_scope(actor.organization_id):
            file = File.objects.filter(pk=file_id).first()
        if file is None:
            continue
        try:
            with organization_scope(actor.organization_id):
                content = content_of(file)
            first = next(content, b"")
        except (FileNotFoundError, Infected):
            missing.append(str(file_id))
            continue
        is_packed = file.content_type.startswith(PACKED)
        archive.add(f"files/{file.pk}/{file.name}", _after(first, content), compressed=not is_packed)
    return len(ids) - len(missing), missing


def _after(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _manifest(archive: Archive, actor: Actor, missing: Sequence[str]) -> bytes:
    return as_json(
        {
            "format": FORMAT,
            "product": "Banyan CRM",
            "version": banyan.__version__,
            "exported_at": now(),
            "organization": {"id": actor.organization_id, "name": actor.organization.name},
            "members": {
                name: {key: value for key, value in asdict(member).items() if value is not None}
                for name, member in archive.members.items()
            },
            "missing_files": list(missing),
        }
    )
