"""Makes the data folder of the built-in server: roles, passwords, database and address."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import quote

from django.utils.text import format_lazy

from banyan.core.database.account import ServiceAccount
from banyan.core.database.binaries import PostgresBinaries
from banyan.core.database.errors import DatabaseUnavailable
from banyan.core.database.errors import early_gettext_lazy as _
from banyan.core.database.failures import explain_log
from banyan.core.database.server_settings import FILE_NAME, LOCAL_FILE_NAME, server_settings

OWNER_ROLE = "banyan_owner"
APPLICATION_ROLE = "banyan_app"
DATABASE = "banyan"
CONNECTION_FILE = "connection.json"
DEFAULT_PORT = 5432
INITDB_SECONDS = 300

# The smallest limit among the systems we run on is 104 bytes (macOS), the final zero included.
SOCKET_PATH_BYTES = 103


@dataclass(frozen=True, slots=True)
class Connection:
    """What a client must know; kept in the data folder, so that it moves along with it."""

    owner_password: str
    application_password: str
    socket_directory: str
    port: int

    @property
    def owner_url(self) -> str:
        """The address for migrations, backups and restores."""
        return self._url(OWNER_ROLE, self.owner_password)

    @property
    def application_url(self) -> str:
        """The address for everything else."""
        return self._url(APPLICATION_ROLE, self.application_password)

    def _url(self, role: str, password: str) -> str:
        host = quote(self.socket_directory or "127.0.0.1", safe="")
        return f"postgresql://{role}:{password}@{host}:{self.port}/{DATABASE}"


def read_connection(data_directory: Path) -> Connection | None:
    """Return the connection that the data folder keeps, or None when it holds none."""
    try:
        text = (data_directory / CONNECTION_FILE).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Connection(**json.loads(text))


def create_cluster(home: Path, binaries: PostgresBinaries, account: ServiceAccount) -> None:
    """Make ``home/postgres`` with both roles and an empty database.

    It grows under another name, so that an interrupted first start leaves nothing half made.

    Raises:
        DatabaseUnavailable: The disk, the file system or the programs do not allow it.
    """
    draft = home / "postgres.new"
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700)
    account.own(draft, mode=0o700)
    connection = Connection(secrets.token_urlsafe(24), secrets.token_urlsafe(24), "", DEFAULT_PORT)
    _initialise(draft, binaries, account, owner_password=connection.owner_password)
    _add_application(draft, binaries, account, password=connection.application_password)
    _write(draft / CONNECTION_FILE, json.dumps(asdict(connection)), account)
    _write(draft / LOCAL_FILE_NAME, "# Your own settings for the server go here.\n", account)
    with (draft / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"\ninclude = '{FILE_NAME}'\ninclude_if_exists = '{LOCAL_FILE_NAME}'\n")
    draft.rename(home / "postgres")


def settle_connection(home: Path, account: ServiceAccount) -> None:
    """Decide where the server will listen and write that, with its other settings, into the data folder.

    The port is kept from start to start while it is free. Anew at each start, because the folder may
    have been moved, and a newer Banyan may bring better settings.
    """
    data_directory = home / "postgres"
    known = read_connection(data_directory)
    if known is None:
        raise DatabaseUnavailable(
            format_lazy(_("{folder} holds a database that Banyan did not make."), folder=data_directory),
            _("Choose another BANYAN_HOME, or set DATABASE_URL to use that database."),
        )
    directory = _socket_directory(home, account)
    port = DEFAULT_PORT if directory else _free_port(known.port)
    connection = replace(known, socket_directory=str(directory or ""), port=port)
    if connection != known:
        _write(data_directory / CONNECTION_FILE, json.dumps(asdict(connection)), account)
    settings = server_settings(data=data_directory / "base", socket_directory=directory, port=port)
    target = data_directory / FILE_NAME
    if not target.exists() or target.read_text(encoding="utf-8") != settings:
        _write(target, settings, account)


def _initialise(folder: Path, binaries: PostgresBinaries, account: ServiceAccount, *, owner_password: str) -> None:
    collation = ["--locale=C"]
    if binaries.major >= 17:
        collation = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    with tempfile.TemporaryDirectory(prefix="banyan-") as scratch:
        account.own(Path(scratch), mode=0o700)
        password_file = Path(scratch) / "password"
        _write(password_file, owner_password, account)
        options = ["--username", OWNER_ROLE, "--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8"]
        _execute([binaries.program("initdb"), "-D", str(folder), "--no-instructions", *options, *collation], account)


def _add_application(folder: Path, binaries: PostgresBinaries, account: ServiceAccount, *, password: str) -> None:
    statements = (
        f"CREATE ROLE {APPLICATION_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '{password}';\n"
        f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE};\n"
    )
    # One process without network: the folder is complete before any server runs on it.
    options = ["-c", "exit_on_error=on", "-c", "log_checkpoints=off"]
    _execute([binaries.program("postgres"), "--single", "-D", str(folder), *options, "postgres"], account, statements)


def _execute(command: list[str], account: ServiceAccount, given: str = "") -> None:
    result = subprocess.run(  # noqa: S603 - a program of PostgreSQL
        command,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=INITDB_SECONDS,
        cwd="/",
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
        **account.process_options(),
    )
    if result.returncode:
        folder = Path(command[command.index("-D") + 1])
        raise explain_log(result.stdout + result.stderr, folder, folder)


def _write(path: Path, text: str, account: ServiceAccount) -> None:
    """Replace a file whole, so that a full disk or a crash leaves the old one."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    account.own(draft, mode=0o600)
    draft.replace(path)


def _socket_directory(home: Path, account: ServiceAccount) -> Path | None:
    """Return a private folder whose path is short enough for a socket, or None where there can be none."""
    identity = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    temporary = {Path(tempfile.gettempdir()), Path("/tmp")}  # noqa: S108 - the folder in it is made private
    for folder in (home / "run", *(parent / f"banyan-{identity}" for parent in sorted(temporary))):
        if len(os.fsencode(folder / f".s.PGSQL.{DEFAULT_PORT}")) <= SOCKET_PATH_BYTES and _make_private(
            folder, account
        ):
            return folder
    return None


def _make_private(folder: Path, account: ServiceAccount) -> bool:
    """Make the folder for the account alone; refuse one that somebody else prepared, or without sockets."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in {account.user_id, os.geteuid()}:
            return False
        account.own(folder, mode=0o700)
        account.open_way_to(folder)
        probe = folder / ".probe"
        with socket.socket(socket.AF_UNIX) as attempt:
            attempt.bind(str(probe))
        probe.unlink()
    except (OSError, DatabaseUnavailable):
        return False
    return True


def _free_port(preferred: int) -> int:
    for port in (preferred, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
            try:
                attempt.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(attempt.getsockname()[1])
    raise DatabaseUnavailable(
        _("No local network port is free for the built-in database."),
        _("End programs that listen on many ports, then start again."),
    )
