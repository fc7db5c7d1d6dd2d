"""Write the reference pages from the code: settings, objects, permissions, events and error codes.

``python tools/reference.py`` writes ``docs/reference/`` and the list of error codes that the product shows itself;
``--check`` writes nothing and fails when a page is not what the code says.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import django
from django.utils import translation
from error_codes import collect

from banyan.core.access.scopes import Ability, Action
from banyan.core.kernel.configuration import describe
from banyan.core.kernel.events import Event, subscriptions

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs/reference"
CODES = ROOT / "banyan/core/web/help/error_codes.json"
HINT = "<!-- Written by tools/reference.py; edit the code, not this page. -->"
CHINESE, ENGLISH = "zh-hans", "en"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def both(text: Any) -> str:
    """Return a text in English and Chinese."""
    with translation.override(ENGLISH):
        english = str(text)
    with translation.override(CHINESE):
        chinese = str(text)
    return english if english == chinese else f"{english} · {chinese}"


def settings_page() -> str:
    """Return the page about environment variables."""
    rows = [
        (f"`{each.variable}`", each.default or "–", each.help + (" Secret." if each.secret else ""))
        for each in describe()
    ]
    return "\n\n".join(
        (
            "# Settings",
            HINT,
            (
                "Banyan reads these environment variables when it starts. None has to be set. A value that cannot be used "
                "stops the start with a message that names the variable; `banyan doctor` reports misspelt ones."
            ),
            table(("Variable", "Default", "Meaning"), rows),
        )
    )


def objects_page() -> str:
    """Return the page about every object and its fields."""
    from banyan.core.objects.registry import objects  # noqa: PLC0415 objects are registered only now

    parts = [
        "# Objects and their fields · 对象与字段",
        HINT,
        (
            "What a new organization starts with. Custom fields come beside them, under names of their own. Every object has "
            "the fields `id`, `number`, `owner`, `version`, `created_at`, `created_by`, `updated_at` and `updated_by`."
        ),
        "每个组织初始即有以下对象与字段；自定义字段与它们并列。",
    ]
    for spec in objects:
        own = [entry for name, entry in spec.all_fields.items() if name not in SYSTEM_FIELDS]
        rows = [
            (
                f"`{entry.name}`",
                both(entry.label),
                both(entry.kind.label),
                ", ".join(_traits(entry)) or "–",
                _values(entry.kind),
            )
            for entry in own
        ]
        parts += [
            f"## {both(spec.label_plural)}",
            f"`/{spec.plural}`, `/api/v1/{spec.plural}`" + (f": {both(spec.description)}" if spec.description else ""),
            table(("Name", "Label · 名称", "Kind · 类型", "Traits", "Values · 选项"), rows),
        ]
    return "\n\n".join(parts)


SYSTEM_FIELDS = {"number", "owner", "version", "created_at", "created_by", "updated_at", "updated_by"}


def _traits(entry: Any) -> list[str]:
    return [word for word, holds in (("required", entry.required), ("read-only", entry.read_only),
                                     ("unique", entry.unique), ("searched", entry.weight)) if holds]  # fmt: skip


def _values(kind: Any) -> str:
    if getattr(kind, "options", None):
        return ", ".join(f"`{option.code}` {both(option.label)}" for option in kind.options)
    return f"→ `{kind.target}`" if getattr(kind, "target", "") else ""


def permissions_page() -> str:
    """Return the page about the roles that an organization starts with."""
    from banyan.core.access.roles import STARTING_ROLES  # noqa: PLC0415 its texts need Django

    actions = [action.value for action in Action]
    parts = [
        "# Roles to start with · 初始角色",
        HINT,
        (
            "Whose records each right covers: `own`, `department`, `department_and_below`, `all`, or – for none. A row with an "
            "object is about that object instead of all others. Contacts, follow-ups and the like go with their customer. "
            "Administrators change these roles and add others under Settings → Roles."
        ),
    ]
    for role in STARTING_ROLES:
        rows = [
            ("all objects" if name == "*" else f"`{name}`", *(granted.get(action, "–") for action in actions))
            for name, granted in role.grants.items()
        ]
        abilities = ", ".join(f"`{ability.value}`" for ability in role.abilities) or "–"
        parts += [
            f"## {both(role.name)}",
            f"Key: `{role.key}`. Rights beyond records: {abilities}.",
            table(("Object", *actions), rows),
        ]
    meanings = [(f"`{ability.value}`", ABILITIES[ability]) for ability in Ability]
    return "\n\n".join((*parts, "## Rights beyond records", table(("Right", "Lets somebody"), meanings)))


ABILITIES = {
    Ability.MANAGE_PEOPLE: "invite and deactivate people, change departments and roles",
    Ability.MANAGE_ORGANIZATION: "change the organization, its modules and backups",
    Ability.CUSTOMISE: "change fields, pick lists, pipelines and stages",
    Ability.SHARE_VIEWS: "share saved views with everybody",
    Ability.RUN_JOBS: "see background jobs and start failed ones again",
    Ability.MANAGE_SECURITY: "set the rules for signing in, encryption and exports",
    Ability.SEE_AUDIT: "read the audit log",
    Ability.MANAGE_PRIVACY: "answer requests about personal data",
    Ability.KEEP_ACCOUNTS: "confirm payments, approve and issue invoices, approve commissions, release credit",
}


def events_page() -> str:
    """Return the page about events and who listens to them."""
    listeners = subscriptions()
    parts = [
        "# Events",
        HINT,
        (
            "Subscribers run inside the transaction of the change, in the order of their names; an exception undoes the change. "
            'Subscribe in the `wiring.py` of an app: `subscribe(RecordsChanged, "app.reason", receiver)`.'
        ),
    ]
    for event in sorted(Event.__subclasses__(), key=lambda kind: kind.__name__):
        fields = [(f"`{each.name}`", f"`{each.type}`") for each in dataclasses.fields(event)]
        names = ", ".join(f"`{name}`" for name in listeners.get(event.__name__, [])) or "nobody yet"
        parts += [
            f"## {event.__name__}",
            f"`{event.__module__}`: {' '.join((event.__doc__ or '').split())}",
            table(("Field", "Type"), fields),
            f"Subscribers: {names}.",
        ]
    return "\n\n".join(parts)


def error_codes_page(codes: list[dict[str, Any]]) -> str:
    """Return the page about error codes."""
    answers = [
        (f"`{entry['code']}`", ", ".join(map(str, entry["statuses"])), "<br>".join(entry["messages"]) or "–")
        for entry in codes
        if entry["statuses"]
    ]
    fields = [
        (f"`{entry['code']}`", "<br>".join(entry["field_messages"]) or "–") for entry in codes if entry["in_fields"]
    ]
    return "\n\n".join(
        (
            "# Error codes",
            HINT,
            (
                "Refusals of the REST interface are problem documents (RFC 9457); `type` points to `/docs/errors` in the product, "
                "which shows the same in the reader's language. A code never changes its meaning; `detail` is for people."
            ),
            "## Codes of answers",
            table(("Code", "Status", "Message"), answers),
            "## Codes of fields, in `errors`",
            table(("Code", "Message"), fields),
        )
    )


CONFIGURATION_RULES = """
A configuration file is YAML. It begins with its format; each further name is a part of the configuration with a list of entries:

```yaml
banyan: 1                      # the format; a newer one is refused
product_version: 0.1.0         # what wrote it; a file from a newer version is refused
name: {zh: 制造业, en: Manufacturing}
complete: true                 # exports say so: what an entry does not mention is at its default

fields:
  - key: customer.battery_type # by which the entry is known, here and in every organization
    kind: choice
    label: {zh: 电池类型, en: Battery type}
  - key: customer.old
    remove: true               # take it away
```

- Without `complete: true` a file says only what it wants to say: everything else of an entry stays as it is.
- Files are laid over one another in the order in which they are given. Of two that speak of the same key the later wins, property by
  property. Lists with a name for each item (`told apart by`) and tables are merged item by item; in them `remove: true`, or `null` as a value,
  takes an item away. Any other list is replaced as a whole. `null` puts a property back to its default.
- A *fixed* property cannot be changed once the entry is there; a file that wants it otherwise is a conflict.
- What the organization has and the file does not mention stays, unless `--remove` or a tick asks for its removal.
- There are no ids: people are known by e-mail address, departments and territories by their path (`Sales / South`), roles by key, records of the
  set-up by code or name. There are no secrets.
- Texts need quotation marks only where YAML would misread them. Anchors, aliases and tags are refused.
"""


def configuration_page() -> str:
    """Return the page about the configuration file and its parts."""
    from banyan.core.objects.configuration_parts import ordered_parts  # noqa: PLC0415 parts are registered only now

    sections = [
        "# The configuration file · 配置文件",
        HINT,
        CONFIGURATION_RULES.strip(),
        "Entries of these parts are applied in this order · 各部分按以下顺序应用:",
    ]
    for part in ordered_parts():
        rows = [
            (
                f"`{name}`",
                both(known.label),
                _shape_of(known.shape),
                ", ".join(filter(None, ("needed" if known.needed else "", "fixed" if known.fixed else ""))) or "–",
                both(known.help) if known.help else "",
            )
            for name, known in part.properties.items()
        ]
        told = [f"Key · 标识: {both(part.key_help)}." if part.key_help else "", both(part.help) if part.help else ""]
        sections += [f"## `{part.name}` {both(part.label)}", " ".join(filter(None, told)) or "–"]
        if rows:
            sections.append(table(("Property", "Label", "Holds", "", "Note"), rows))
        sections += [
            f"Items of `{name}`: {', '.join(f'`{inner}` ({_shape_of(known.shape)})' for inner, known in inside.items())}."
            for name, inside in _items_of(part.properties)
        ]
    return "\n\n".join(sections)


def _items_of(properties: Any) -> Iterable[tuple[str, Any]]:
    """Yield the lists among properties whose items have properties themselves."""
    for name, known in properties.items():
        inside = getattr(getattr(known.shape, "shape", None), "properties", None)
        if inside:
            yield name, inside


def _shape_of(shape: Any) -> str:
    with translation.override(ENGLISH):
        return str(shape.describe())


def pages() -> dict[Path, str]:
    """Return the text of every page by its path."""
    codes = collect()
    texts: dict[str, Callable[[], str]] = {
        "settings.md": settings_page,
        "objects.md": objects_page,
        "permissions.md": permissions_page,
        "events.md": events_page,
        "configuration.md": configuration_page,
        "error-codes.md": lambda: error_codes_page(codes),
    }
    made = {PAGES / name: write() + "\n" for name, write in texts.items()}
    made[CODES] = json.dumps(codes, ensure_ascii=False, indent=1) + "\n"
    return made


def main() -> int:
    """Write or check the pages and return the exit code."""
    parser = argparse.ArgumentParser(description="Write the reference pages from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is out of date")
    check = parser.parse_args().check
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banyan.settings")
    django.setup()
    stale = 0
    with translation.override(ENGLISH):
        made = pages()
    for path, text in made.items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            print(f"{path.relative_to(ROOT)} is out of date: run 'python tools/reference.py'.")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{path.relative_to(ROOT)} written.")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
