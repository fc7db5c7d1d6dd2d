"""A real IMAP server (dovecot) in a process of its own, with one mailbox, encrypted by an authority of the tests."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import uuid4

from tests.identity_providers import Authority, running
from tests.installation import free_port

ACCOUNT, PASSWORD = "help@cast.test", "password-of-the-mailbox"
DOVECOT = """
base_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""

_SECONDS = count(1_800_000_000)


@dataclass(frozen=True)
class MailServer:
    """Where it is, whom it trusts, and where its mails lie."""

    port: int
    authority: str
    folder: Path

    def deliver(self, content: str | bytes) -> Path:
        """Put a mail into the mailbox, as a server that receives it does."""
        raw = content if isinstance(content, bytes) else content.replace("\n", "\r\n").encode()
        # Servers number new mails by the seconds that their names begin with.
        path = self.folder / "mail/new" / f"{next(_SECONDS)}.{uuid4().hex}.cast"
        path.write_bytes(raw)
        shutil.chown(path, pwd.getpwuid(_ids()[0]).pw_name)
        return path

    @property
    def read_marks(self) -> int:
        """Return how many mails are marked as read."""
        return sum("S" in path.name.partition(":2,")[2] for path in (self.folder / "mail/cur").iterdir())


def _ids() -> tuple[int, int]:
    """Return as whom mails are read: never root, which dovecot refuses."""
    if os.geteuid() != 0:
        return os.getuid(), os.getgid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


@contextmanager
def mail_server(folder: Path) -> Iterator[MailServer]:
    """Run dovecot with an empty mailbox."""
    program = shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        raise RuntimeError("dovecot is missing: 'make setup' tells how to install it.")
    authority, port, (uid, gid) = Authority(), free_port(), _ids()
    certificate = authority.issue(folder / "tls", "localhost")
    for name in ("mail/new", "mail/cur", "mail/tmp", "home", "run"):
        (folder / name).mkdir(parents=True)
    folder.chmod(0o755)
    if os.geteuid() == 0:
        for path in (folder / "mail", *(folder / "mail").iterdir(), folder / "home"):
            os.chown(path, uid, gid)
    user = "nobody" if os.geteuid() == 0 else getpass.getuser()
    configuration = folder / "dovecot.conf"
    configuration.write_text(
        DOVECOT.format(
            folder=folder, certificate=certificate, key=certificate.with_suffix(".key"), user=user, uid=uid, gid=gid,
            group="nogroup" if os.geteuid() == 0 else pwd.getpwuid(uid).pw_name, port=port, password=PASSWORD,
        )
    )  # fmt: skip
    with running([program, "-F", "-c", str(configuration)], port):
        yield MailServer(port, authority.certificate, folder)
