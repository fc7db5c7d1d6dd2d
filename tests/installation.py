"""The whole product in processes of its own, as people run it: started, stopped and killed from outside."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.places import LASTING

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "banyan-demo-2026"
START_SECONDS = 150.0
#: How long a test waits for what has to come; a busy machine is no reason to fail, and who gets it at once waits no longer.
SECONDS = 60.0
#: The file of a prepared data folder that names the state of the migrations which made its database.
PREPARED = "prepared"
#: Everything but what the installation itself has written down about its tables and its jobs.
_TABLES_OF_PEOPLE = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname !~ '^(django|auth|procrastinate)_'
"""
#: Variables that would make a test's installation another one than a user's.
FOREIGN = ("SECRET_KEY", "DATABASE_URL", "DATABASE_OWNER_URL", "BANYAN_BASE_URL", "DJANGO_SETTINGS_MODULE")


def free_port() -> int:
    """Return a TCP port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(condition: Callable[[], Any], *, seconds: float = SECONDS, what: str = "it") -> Any:
    """Return the condition's first true answer.

    Raises:
        TimeoutError: It did not become true within ``seconds``.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.1)
    raise TimeoutError(f"{what} did not happen within {seconds:.0f} s")


@dataclass
class Installation:
    """A data folder and the processes that serve it on a port of this machine."""

    home: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    #: The name of the account that runs it; the one that runs the tests without.
    account: str = ""

    @property
    def url(self) -> str:
        """The address of the front page, without the last slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def mail(self) -> Path:
        """The folder into which the installation writes its messages instead of sending them."""
        return self.home / "mail"

    def prepare(self) -> None:
        """Begin with a data folder whose database is there already: a copy costs a fraction of making one."""
        copy_prepared(self.home)

    def command(self, *arguments: str) -> str:
        """Run ``banyan`` with these arguments in this installation and return what it prints."""
        answer = subprocess.run(  # noqa: S603 our own program
            [self._python(), "-m", "banyan.cli", *arguments],
            cwd=ROOT, env=self._environment(), capture_output=True, text=True, check=False, **self._account(),
        )  # fmt: skip
        if answer.returncode:
            raise RuntimeError(f"banyan {' '.join(arguments)} failed: {answer.stderr[-2000:]}")
        return answer.stdout

    def load_demo(self, size: str) -> list[str]:
        """Load a demo organization and return the e-mail addresses of its people."""
        return [user["email"] for user in json.loads(self.command("demo", size, "--json"))["users"]]

    def token(self, email: str) -> str:
        """Return an API token of a person."""
        return self.command("token", "create", "--user", email).strip().splitlines()[-1]

    def start(self, *arguments: str) -> None:
        """Serve, and wait until it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 our own program
                [self._python(), "-m", "banyan.cli", "serve", *arguments],
                cwd=ROOT, env=self._environment(), stdout=log, stderr=log, start_new_session=True, **self._account(),
            )  # fmt: skip
        wait_until(self._answers_or_fails, seconds=START_SECONDS, what="an answer of the server")

    def stop(self) -> None:
        """End it as Ctrl-C does, database included."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def kill(self) -> None:
        """Kill every process of the server at once, as a power cut does; the database is a process of its own."""
        if self.process is None:
            return
        # The parent first: it would replace a child that is killed.
        for process in (psutil.Process(self.process.pid), *self.processes()):
            kill(process)
        self.process.wait(timeout=SECONDS)
        self.process = None

    def kill_parent(self) -> None:
        """Kill the first process alone, as somebody does who finds it in a list of processes."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait(timeout=SECONDS)
        self.process = None

    def processes(self) -> list[psutil.Process]:
        """Return the running children of the server: those that answer requests, and the worker.

        The database is one as well when the server has started it; it lives on without its parent.
        """
        if self.process is None or not psutil.pid_exists(self.process.pid):
            return []
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [process for process in children if "postgres" not in _name_of(process)]

    def worker(self) -> psutil.Process | None:
        """Return the process that runs background jobs."""
        return next((process for process in self.processes() if "worker" in command_of(process)), None)

    def database(self) -> psutil.Process | None:
        """Return the first process of the built-in database."""
        files = list(self.home.rglob("postmaster.pid"))
        if not files:
            return None
        number = int(files[0].read_text(encoding="utf-8").splitlines()[0])
        return psutil.Process(number) if psutil.pid_exists(number) else None

    def empty(self) -> None:
        """Take out everything that people have put in, as if it had just been installed; the server goes on."""
        with psycopg.connect(self._owner_address(), autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            tables = connection.execute(_TABLES_OF_PEOPLE).fetchall()
            filled = [
                name
                for (name,) in tables
                if connection.execute(
                    sql.SQL("SELECT EXISTS (SELECT 1 FROM {})").format(sql.Identifier(name))
                ).fetchone()
                == (True,)
            ]
            with connection.transaction():
                for name in filled:
                    connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))

    def answers(self, path: str = "/readyz") -> bool:
        """Say whether the server answers an address without an error."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=5) as answer:  # noqa: S310 loopback
                return bool(answer.status < 400)
        except urllib.error.HTTPError as error:
            return error.code == 404
        except (OSError, ValueError):
            return False

    def log(self) -> str:
        """Return what the server has printed so far."""
        return (self.home / "serve.log").read_text(encoding="utf-8", errors="replace")

    def _owner_address(self) -> str:
        known = json.loads((self.home / "postgres" / "connection.json").read_text(encoding="utf-8"))
        return make_conninfo(
            host=known["socket_directory"], port=known["port"], user="banyan_owner", password=known["owner_password"], dbname="banyan",
        )  # fmt: skip

    def _answers_or_fails(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise RuntimeError(f"The server ended by itself: {self.log()[-2000:]}")
        return self.answers()

    def _python(self) -> str:
        return python_for(self.account) if self.account else sys.executable

    def _account(self) -> dict[str, Any]:
        if not self.account:
            return {}
        entry = pwd.getpwnam(self.account)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        if self.account:
            # Found even if that Python is not the one of the environment.
            kept |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"}
        own = {"BANYAN_HOME": str(self.home), "BANYAN_EMAIL_URL": f"file:{self.mail}", "HOST": "127.0.0.1"}
        # Providers of single sign-on and receivers of journeys are processes of this machine.
        own["BANYAN_OUTGOING_NETWORKS"] = "127.0.0.0/8"
        # As `banyan run` lets them, which serves demos.
        own["BANYAN_TRIALS"] = "visitors"
        return {**kept, **own, "PORT": str(self.port)}


def python_for(account: str) -> str:
    """Return a Python of this version that an account may run: root's own lies where nobody else gets.

    Raises:
        LookupError: There is none on this machine.
    """
    user_id = pwd.getpwnam(account).pw_uid
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, shutil.which(name, path="/usr/local/bin:/usr/bin:/bin")):
        if candidate and all(_may_pass(folder, user_id) for folder in Path(candidate).resolve().parents):
            return candidate
    raise LookupError(f"{account} may run no {name} of this machine.")


def _may_pass(folder: Path, user_id: int) -> bool:
    found = folder.stat()
    return bool(found.st_mode & (0o100 if found.st_uid == user_id else 0o001))


def _name_of(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.Error:
        return ""


def command_of(process: psutil.Process) -> str:
    """Return a process's command line, or nothing when it has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def runs(process: psutil.Process) -> bool:
    """Say whether a process goes on; one that has ended may stay in the list until somebody asks how it ended."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def kill(process: psutil.Process | None) -> None:
    """Kill a process without a chance to tidy up; one that has ended is no error."""
    if process is None:
        return
    try:
        process.kill()
        process.wait(timeout=SECONDS)
    except psutil.Error:
        pass


def copy_prepared(home: Path) -> None:
    """Put a copy of an initialised data folder in a place where none is yet.

    It is made by ``banyan init`` once for each state of the code's migrations, whichever test process comes first.
    """
    state = _state_of_migrations()
    folder = LASTING / f"banyan-prepared-{os.getuid()}"
    folder.mkdir(mode=0o755, exist_ok=True)
    original = folder / state
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not original.exists():
            unfinished = folder / f"{state}-unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            Installation(unfinished).command("init")
            unfinished.rename(original)
    home.parent.mkdir(parents=True, exist_ok=True)
    # Owners and modes as they are: the server has an account of its own.
    subprocess.run(["cp", "-a", "--reflink=auto", original, home], check=True)  # noqa: S603, S607 our own folders
    (home / PREPARED).write_text(state, encoding="utf-8")


def is_prepared(home: Path) -> bool:
    """Say whether the database of a data folder was made by the migrations as they are now."""
    try:
        return (home / PREPARED).read_text(encoding="utf-8") == _state_of_migrations()
    except OSError:
        return False


@cache
def _state_of_migrations() -> str:
    migrations = sorted((ROOT / "banyan").rglob("migrations/*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in migrations)).hexdigest()[:16]


def installed(home: Path, *demos: str) -> Iterator[Installation]:
    """Yield a running installation with demo organizations in it; stop it afterwards."""
    installation = Installation(home)
    try:
        installation.prepare()
        for size in demos:
            installation.load_demo(size)
        installation.start()
        yield installation
    finally:
        installation.stop()
        kill(installation.database())
