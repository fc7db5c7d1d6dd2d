"""Keep the message catalogues: ``update``, ``compile`` and ``check``.

Each Django app has a catalogue of its own, ``<app>/locale/zh_Hans/LC_MESSAGES/django.po``; a message belongs to the nearest
folder above its file that is an app. English needs no catalogue, because messages are written in English.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "banyan"
LANGUAGE = "zh_Hans"
#: Where messages stand: code, pages and the texts of e-mails.
SUFFIXES = {".py", ".html", ".txt"}
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}

CALLS = re.compile(rf"\b({'|'.join(KEYWORDS)})\(")


class Source(NamedTuple):
    """One message as the code has it."""

    id: str | tuple[str, ...]
    context: str | None
    file: str
    line: int


def app_folder(path: Path) -> Path:
    """Return the folder of the app that a source file belongs to, or the package itself outside any app."""
    for folder in path.parents:
        if folder == PACKAGE:
            break
        if (folder / "apps.py").exists() or (folder / "locale").is_dir():
            return folder
    return PACKAGE


def source_files() -> Iterator[Path]:
    """Yield the Python files and templates that may hold messages."""
    for path in sorted(PACKAGE.rglob("*")):
        folders = set(path.relative_to(PACKAGE).parts)
        is_code = path.suffix == ".py" and folders.isdisjoint({"tests", "migrations"})
        is_template = path.suffix in SUFFIXES and "templates" in folders
        if is_code or is_template:
            yield path


def messages_in_code(path: Path) -> Iterator[Source]:
    """Yield the messages of a Python file, in the order of its lines.

    The syntax tree is a fraction of the work of reading one token after the other, as Babel does, and knows what stands
    inside f-strings as well. Most files have no message, and nobody needs to look at their trees.
    """
    text = path.read_text("utf-8")
    if not CALLS.search(text):
        return
    file = str(path.relative_to(ROOT))
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    yield from sorted(filter(None, (_message_of(call, file) for call in calls)), key=lambda source: source.line)


def _message_of(call: ast.Call, file: str) -> Source | None:
    """Return the message of a call when its function is one of those that translate."""
    name = getattr(call.func, "id", None) or getattr(call.func, "attr", "")
    if name not in KEYWORDS:
        return None
    given = [part.value for part in call.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    wanted = (2 if name.startswith("n") else 1) + ("pgettext" in name)
    # What is put together only as it runs cannot be translated, and is passed by.
    if len(given) < wanted or not all(given[:wanted]):
        return None
    context = given.pop(0) if "pgettext" in name else None
    message = tuple(given[:2]) if name.startswith("n") else given[0]
    return Source(message, context, file, call.args[0].lineno)


def messages_in(path: Path) -> Iterator[Source]:
    """Yield the messages of one file."""
    if path.suffix == ".py":
        yield from messages_in_code(path)
        return
    for line, message, _comments, context in extract_from_file(
        "jinja2", path, keywords=KEYWORDS, options={"trimmed": "true"}
    ):
        yield Source(message, context, str(path.relative_to(ROOT)), line)


def messages_by_app() -> dict[Path, list[Source]]:
    """Return every translatable message of the code, by the folder of its app."""
    found: dict[Path, list[Source]] = defaultdict(list)
    for path in source_files():
        found[app_folder(path)].extend(messages_in(path))
    return found


def catalogue_path(app: Path) -> Path:
    """Return where an app keeps its Chinese catalogue."""
    return app / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def catalogue_files() -> list[Path]:
    """Return the Chinese catalogues there are."""
    return sorted(PACKAGE.rglob(f"locale/{LANGUAGE}/LC_MESSAGES/django.po"))


def read_catalogue(path: Path) -> Catalog:
    """Return the catalogue in this file, or an empty one when there is none yet."""
    if not path.exists():
        return Catalog(locale=LANGUAGE, project="Banyan CRM", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def template_of(sources: list[Source]) -> Catalog:
    """Return the untranslated catalogue of these messages."""
    template = Catalog(project="Banyan CRM", fuzzy=False)
    for source in sources:
        template.add(source.id, locations=[(source.file, source.line)], context=source.context)
    return template


def sign(catalogue: Catalog) -> None:
    """Fill in the head of a catalogue, which Babel leaves to people."""
    catalogue.header_comment = "# Simplified Chinese of Banyan CRM."
    catalogue.version = catalogue.msgid_bugs_address = ""
    catalogue.last_translator = catalogue.language_team = "Banyan CRM contributors"


def update(only: Path | None) -> None:
    """Bring the catalogues up to date with the code: new messages come in untranslated, unused ones go."""
    for app, sources in messages_by_app().items():
        if only is not None and app != only.resolve():
            continue
        path = catalogue_path(app)
        catalogue = read_catalogue(path)
        # A new date in each of the files would make every update collide with everybody else's.
        created = catalogue.creation_date
        catalogue.update(template_of(sources), no_fuzzy_matching=True)
        catalogue.creation_date = created
        sign(catalogue)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = BytesIO()
        write_po(text, catalogue, width=120, include_lineno=False, ignore_obsolete=True, sort_by_file=True)
        path.write_bytes(text.getvalue())
        print(f"{path.relative_to(ROOT)}: {len(catalogue)} messages")


def compile_all() -> None:
    """Write the binary catalogue beside each text one, when the text is newer."""
    for path in catalogue_files():
        binary = path.with_suffix(".mo")
        if binary.exists() and binary.stat().st_mtime >= path.stat().st_mtime:
            continue
        compiled = BytesIO()
        write_mo(compiled, read_catalogue(path))
        binary.write_bytes(compiled.getvalue())


def problems() -> list[str]:
    """Return one line for each message that Chinese readers would see in English, and for each uncertain translation."""
    found = []
    for app, sources in messages_by_app().items():
        catalogue = read_catalogue(catalogue_path(app))
        for source in sources:
            message = catalogue.get(source.id, context=source.context)
            first = source.id if isinstance(source.id, str) else source.id[0]
            if message is None or not message.string or (isinstance(message.string, tuple) and not all(message.string)):
                found.append(f"{source.file}:{source.line}: not translated: {first!r}")
            elif message.fuzzy:
                found.append(f"{source.file}:{source.line}: uncertain translation: {first!r}")
            else:
                found.extend(f"{source.file}:{source.line}: {error}" for error in message.check(catalogue))
    return sorted(set(found))


def check() -> int:
    """Print what is missing; return the exit code."""
    found = problems()
    for line in found:
        print(line)
    if found:
        print(f"{len(found)} messages need a translation. 'make messages' adds them to the catalogues.")
    return 1 if found else 0


def main() -> int:
    """Run one command and return the exit code."""
    parser = argparse.ArgumentParser(description="Keep the Chinese message catalogues.")
    commands = parser.add_subparsers(dest="command", required=True)
    updating = commands.add_parser("update", help="take over new messages from the code, then compile")
    updating.add_argument("app", nargs="?", type=Path, help="folder of one app; all of them without it")
    commands.add_parser("compile", help="write the binary catalogues that the server reads")
    commands.add_parser("check", help="fail when a message is not translated")
    options = parser.parse_args()
    if options.command == "check":
        return check()
    if options.command == "update":
        update(options.app)
    compile_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
