"""Prepare a checkout to run, or with ``--dev`` to be worked on; needs only Python 3.11 and repeats in a second.

It makes ``.venv``, installs the locked packages, builds the browser files and compiles the message catalogues. With
``--browser`` it also makes sure of the Chromium that the browser tests drive. Only the standard library is used here, and
old syntax at the top, so that an older Python can say what is wrong.
"""

from __future__ import annotations

import argparse
import ctypes.util
import hashlib
import importlib.util
import io
import os
import platform
import shutil
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST_PYTHON = (3, 11)
# A company that inspects its traffic puts its own authority into the system's store: trust what the system trusts.
SYSTEM_TRUST = {"UV_SYSTEM_CERTS": "1", "NODE_USE_SYSTEM_CA": "1"}
#: Programs that the browser tests can drive, the quickest first, each with its fonts for Chinese.
BROWSERS = ("chromium-headless-shell", "chromium")
CHINESE_FONTS = "fonts-noto-cjk"
#: Libraries that draw PDF, and the Debian packages that hold them; the last one are the fonts for Chinese.
PDF_LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")
PDF_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-noto-cjk")
#: What ``apt-get update`` writes anew, and how long it is worth no other one.
DEBIAN_LISTS = Path("/var/lib/apt/lists")
FRESH_SECONDS = 600
#: Where servers are installed, which is not on everybody's path.
SYSTEM_PROGRAMS = "/usr/local/sbin:/usr/sbin:/sbin"


class SetUpFailed(Exception):
    """Something that this machine lacks; the message says what to do."""


def executable(name: str) -> str:
    """Return the path of a program of the virtual environment."""
    return str(VENV / ("Scripts" if os.name == "nt" else "bin") / name)


def run(*command: str) -> None:
    """Run a program in the checkout; raise SetUpFailed when it fails."""
    try:
        subprocess.run(command, cwd=ROOT, check=True)
    except subprocess.CalledProcessError as problem:
        raise SetUpFailed(f"'{' '.join(command)}' failed with code {problem.returncode}.") from problem


def locked_uv() -> dict[str, Any]:
    """Return what uv.lock says about uv itself: its version and its wheels."""
    import tomllib  # noqa: PLC0415 an older Python has none and must still get to say that it is too old

    with (ROOT / "uv.lock").open("rb") as file:
        packages = tomllib.load(file)["package"]
    return next(package for package in packages if package["name"] == "uv")


def unpack_uv(uv: dict[str, Any]) -> None:
    """Put the uv of the lock file into the virtual environment without pip, checked by its hash."""
    system = {"Linux": "manylinux", "Darwin": "macosx"}.get(platform.system(), platform.system())
    fitting = [wheel for wheel in uv["wheels"] if system in wheel["url"] and f"_{platform.machine()}" in wheel["url"]]
    if not fitting:
        raise SetUpFailed(
            "This Python has no pip, and there is no other way on this kind of machine. "
            "On Debian or Ubuntu: 'apt-get install python3-venv'."
        )
    try:
        with urllib.request.urlopen(fitting[0]["url"], timeout=60) as answer:  # noqa: S310 - https, from the lock file
            content = answer.read()
    except OSError as problem:
        raise SetUpFailed(f"This Python has no pip, and uv could not be fetched instead: {problem}.") from problem
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != fitting[0]["hash"]:
        raise SetUpFailed("The uv that was fetched is not the one of the lock file.")
    with zipfile.ZipFile(io.BytesIO(content)) as wheel:
        program = next(name for name in wheel.namelist() if name.endswith("/scripts/uv"))
        Path(executable("uv")).write_bytes(wheel.read(program))
    Path(executable("uv")).chmod(0o755)


def make_environment() -> None:
    """Make the virtual environment with uv in it, unless it is there; a Python without ensurepip is enough."""
    if sys.version_info < OLDEST_PYTHON:
        raise SetUpFailed(
            f"Banyan needs Python 3.11 or newer; this is {sys.version.split()[0]}. "
            "Name a newer one with 'make run PYTHON=python3.12'."
        )
    if not Path(executable("python")).exists():
        print("Making the virtual environment .venv ...", flush=True)
        has_pip = importlib.util.find_spec("ensurepip") is not None
        run(sys.executable, "-m", "venv", *(() if has_pip else ("--without-pip",)), str(VENV))
    if not Path(executable("uv")).exists():
        uv = locked_uv()
        if Path(executable("pip")).exists():
            run(executable("python"), "-m", "pip", "install", "--quiet", f"uv=={uv['version']}")
        else:
            unpack_uv(uv)


def install_packages(*, dev: bool) -> None:
    """Install what uv.lock names.

    When the addresses in the lock file cannot be reached, the same files, checked by the same hashes, are taken from
    the index that pip is configured for: that is how it works behind a company's or a country's mirror.
    """
    groups = ["--group=dev"] if dev else ["--no-dev", "--group=assets"]
    sync = [executable("uv"), "sync", "--quiet", "--frozen", "--inexact", *groups]
    # Another active environment must not be the one that is filled.
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV), "UV_PROJECT_ENVIRONMENT": str(VENV)}
    if subprocess.run(sync, cwd=ROOT, env=environment, check=False).returncode == 0:
        return
    if not Path(executable("pip")).exists():
        raise SetUpFailed("The packages could not be installed; the lines above say why.")
    print("Trying the package index that pip is configured for ...", flush=True)
    listing = VENV / "requirements.txt"
    export = ("export", "--quiet", "--frozen", "--no-emit-project", "--output-file", str(listing))
    run(executable("uv"), *export, *groups)
    run(executable("python"), "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", str(listing))
    run(executable("python"), "-m", "pip", "install", "--quiet", "--no-deps", "--editable", str(ROOT))


def compile_modules(*, dev: bool) -> None:
    """Let every process start quickly: read compiled modules instead of compiling two thousand of them each time.

    Python keeps what it compiles only where it may write, and not at all where PYTHONDONTWRITEBYTECODE is set. The
    packages are compiled once for each lock file, the product's own modules whenever they are newer.
    """
    packages = next(VENV.glob("lib/python*/site-packages"), VENV / "Lib" / "site-packages")
    state = hashlib.sha256((ROOT / "uv.lock").read_bytes()).hexdigest() + str(dev)
    done = VENV / "compiled"
    is_current = done.exists() and done.read_text(encoding="utf-8") == state
    folders = [str(ROOT / "banyan"), *(() if is_current else (str(packages),))]
    # A package may carry a sample that is no valid Python; that is its own matter.
    subprocess.run([executable("python"), "-m", "compileall", "-qq", "-j", "0", *folders], cwd=ROOT, check=False)
    done.write_text(state, encoding="utf-8")


def find_program(name: str, purpose: str, packages: tuple[str, ...]) -> None:
    """Make sure that there is a program; as root on Debian it is installed, elsewhere the user is told what to do."""
    if shutil.which(name) or shutil.which(name, path=SYSTEM_PROGRAMS):
        return
    if not shutil.which("apt-get") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise SetUpFailed(
            f"The tests need {name} ({purpose}). On Debian or Ubuntu: 'sudo apt-get install {' '.join(packages)}'."
        )
    print(f"Installing {name} ({purpose}) ...", flush=True)
    install_system_packages(packages)


def find_browser() -> None:
    """Make sure of a browser for the tests; where the quick one cannot be had, the one with a window does as well."""
    quick, usual = BROWSERS
    purpose = "for the tests in a browser"
    try:
        find_program(quick, purpose, (quick, CHINESE_FONTS))
    except SetUpFailed:
        find_program(usual, purpose, (usual, CHINESE_FONTS))


def install_system_packages(packages: tuple[str, ...]) -> None:
    """Install Debian's packages as root; raise SetUpFailed when that fails."""
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    is_fresh = any(DEBIAN_LISTS.glob("*_Packages*")) and time.time() - DEBIAN_LISTS.stat().st_mtime < FRESH_SECONDS
    if not is_fresh:
        run("apt-get", "update", "-qq")
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)


def offer_pdf() -> None:
    """Make sure of what draws PDF: as root on Debian it is installed; elsewhere papers are printed by the browser without it."""
    missing = [name for name in PDF_LIBRARIES if ctypes.util.find_library(name) is None]
    if not missing and (not shutil.which("fc-list") or reads("fc-list", ":lang=zh", "family")):
        return
    hint = f"On Debian or Ubuntu: 'sudo apt-get install {' '.join(PDF_PACKAGES)}'. On a Mac: 'brew install pango'."
    if not shutil.which("apt-get") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        print(
            f"Without pango and Chinese fonts, papers are printed by the browser, not made as PDF. {hint}", flush=True
        )
        return
    print("Installing what draws PDF ...", flush=True)
    try:
        install_system_packages(PDF_PACKAGES)
    except SetUpFailed as problem:
        print(f"{problem} Papers are printed by the browser until then. {hint}", flush=True)


def reads(*command: str) -> str:
    """Return what a program prints; an empty text when it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def main() -> int:
    """Do what the options say and return the exit code."""
    parser = argparse.ArgumentParser(description="Prepare this checkout to run Banyan CRM.")
    parser.add_argument("--dev", action="store_true", help="also install what tests and checks need")
    parser.add_argument("--browser", action="store_true", help="also make sure of the browser that tests drive")
    parser.add_argument("--directory", action="store_true", help="also make sure of the directory server of the tests")
    options = parser.parse_args()
    for name, value in SYSTEM_TRUST.items():
        os.environ.setdefault(name, value)
    try:
        make_environment()
        install_packages(dev=options.dev)
        run(executable("python"), "tools/build_assets.py")
        run(executable("python"), "tools/catalogues.py", "compile")
        compile_modules(dev=options.dev)
        offer_pdf()
        if options.browser:
            find_browser()
        if options.directory:
            find_program("slapd", "the directory of the tests of single sign-on", ("slapd",))
            find_program("dovecot", "the mail server of the tests of incoming mail", ("dovecot-imapd",))
    except SetUpFailed as problem:
        print(f"Set-up stopped: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
