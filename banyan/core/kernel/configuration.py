"""Everything an administrator can set from outside, read once from the environment."""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import platformdirs

from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.private_files import write_private
from banyan.core.kernel.setting_values import (
    as_address,
    as_folder,
    as_names,
    as_networks,
    as_one_of,
    as_rotation,
    as_switch,
    as_text,
    as_web_address,
    as_whole_number,
)

LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
DATABASE_SCHEMES = ("postgresql", "postgres")
EMAIL_SCHEMES = ("smtp", "smtps", "smtp+tls", "console", "file")
SYSLOG_SCHEMES = ("udp", "tcp", "tls")
TRIAL_MODES = ("off", "administrators", "visitors")
SCANNER_SCHEMES = ("tcp", "unix")
SCANNER_FAILURES = ("closed", "open")
FILE_SCHEMES = ("file", "s3", "memory")
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
EVERY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not listened on

# Shorter keys make session and token signatures guessable; Django warns below this length too.
SECRET_KEY_LENGTH = 50


class Misconfigured(DomainError):
    """An environment variable has a value that cannot be used; ``variable`` names it."""

    status = 500

    def __init__(self, variable: str, message: str) -> None:
        super().__init__("configuration.invalid", f"{variable}: {message}", variable=variable)
        self.variable = variable


@dataclass(frozen=True, slots=True)
class SettingDescription:
    """One row of the reference page about settings."""

    variable: str
    default: str
    help: str
    secret: bool


def _setting(
    variable: str,
    parse: Callable[[str], Any],
    *,
    default: str = "",
    shown_default: str = "",
    secret: bool = False,
    help: str,  # noqa: A002 - the word that click and argparse use
) -> Any:
    metadata = {
        "variable": variable,
        "parse": parse,
        "default": default,
        "shown_default": shown_default or default,
        "secret": secret,
        "help": help,
    }
    return field(metadata=metadata, repr=not secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The installation's settings; build it with ``from_environment``.

    Each field carries the variable it comes from, its default and an explanation as metadata, of
    which ``describe`` makes the reference page.
    """

    home: Path = _setting(  # noqa: RUF009 - makes a field, as dataclasses.field does
        "BANYAN_HOME",
        as_folder,
        shown_default="the user's data folder, for example ~/.local/share/banyan",
        help="The folder that holds the built-in database, uploaded files, backups and the secret key.",
    )
    database_url: str = _setting(
        "DATABASE_URL",
        as_address(DATABASE_SCHEMES),
        shown_default="a PostgreSQL server that Banyan starts itself",
        secret=True,
        help=(
            "The PostgreSQL database (15 or newer) that the application works in, as "
            "postgresql://user:password@host:5432/name. The user must be neither superuser nor owner of the tables. "
            "Add ?pgbouncer=1 when the address is a PgBouncer in transaction mode."
        ),
    )
    database_owner_url: str = _setting(
        "DATABASE_OWNER_URL",
        as_address(DATABASE_SCHEMES),
        shown_default="DATABASE_URL",
        secret=True,
        help=(
            "The same database for the user that owns the tables; used by upgrades, backups and restores only. "
            "Address the server itself here, not PgBouncer."
        ),
    )
    database_pool_size: int = _setting(
        "BANYAN_DATABASE_POOL_SIZE",
        as_whole_number(1, 1000),
        default="10",
        help="The largest number of database connections that one process keeps.",
    )
    postgres_binaries: Path | None = _setting(  # noqa: RUF009 - as above
        "BANYAN_POSTGRES_BINARIES",
        as_folder,
        shown_default="those that came with Banyan, else those found on the machine",
        help="The folder with postgres, initdb and pg_dump to use for the built-in database and for backups.",
    )
    reads_isolated: bool = _setting(
        "BANYAN_RLS_READS",
        as_switch,
        default="on",
        help=(
            "Whether the database itself separates organizations when reading as well as when writing. Off only for "
            "a managed server with one organization that refuses LEAKPROOF; banyan doctor says when that is so."
        ),
    )
    host: str = _setting(
        "HOST",
        as_text,
        default="127.0.0.1",
        help="The address to listen on; 0.0.0.0 for every network of the machine.",
    )
    port: int = _setting("PORT", as_whole_number(1, 65535), default="8000", help="The TCP port to listen on.")
    base_url: str = _setting(
        "BANYAN_BASE_URL",
        as_web_address,
        shown_default="http://HOST:PORT",
        help="The address that people type, used for links in e-mails and to tell whether HTTPS is in use.",
    )
    allowed_hosts: tuple[str, ...] = _setting(
        "BANYAN_ALLOWED_HOSTS",
        as_names,
        shown_default="this machine, and the host in BANYAN_BASE_URL",
        help="Comma-separated host names that requests may be addressed to.",
    )
    secret_key: str = _setting(
        "SECRET_KEY",
        as_text,
        shown_default="made on the first start, kept in BANYAN_HOME/secret_key",
        secret=True,
        help="The key that signs sessions and links. The same on every machine of one installation.",
    )
    secret_key_fallbacks: tuple[str, ...] = _setting(
        "SECRET_KEY_FALLBACKS",
        as_names,
        shown_default="the further lines of BANYAN_HOME/secret_key",
        secret=True,
        help=(
            "Comma-separated earlier secret keys, newest first: what they signed still counts. They sign nothing new. "
            "`banyan keys new-secret` keeps them in the file by itself."
        ),
    )
    master_key: str = _setting(
        "BANYAN_MASTER_KEY",
        as_text,
        shown_default="made when first needed, kept in BANYAN_HOME/master_key",
        secret=True,
        help=(
            "The key that protects all keys of encrypted fields, files and backups: 32 bytes in Base64. After a comma "
            "may follow older ones, which still open what they protect. Without it encrypted data is lost."
        ),
    )
    kms_command: str = _setting(
        "BANYAN_KMS_COMMAND",
        as_text,
        shown_default="none: the master key is used",
        help=(
            "A command that has a key management service protect keys instead: it is run with wrap or unwrap as "
            "last argument, gets bytes on its standard input and answers with bytes on its standard output."
        ),
    )
    backups_encrypted: bool = _setting(
        "BANYAN_BACKUP_ENCRYPTION",
        as_switch,
        default="on",
        help="Whether backups are encrypted, so that only the master key or the passphrase opens them.",
    )
    backup_passphrase: str = _setting(
        "BANYAN_BACKUP_PASSPHRASE",
        as_text,
        shown_default="none: backups need the master key",
        secret=True,
        help="A passphrase (12 characters or more) by which new backups can be read without the master key, too.",
    )
    debug: bool = _setting(
        "BANYAN_DEBUG",
        as_switch,
        default="off",
        help="Whether errors show their cause in the browser. For developers only.",
    )
    log_level: str = _setting(
        "BANYAN_LOG_LEVEL",
        as_one_of(LOG_LEVELS),
        default="info",
        help="The least severity that is logged: debug, info, warning, error or critical.",
    )
    email_url: str = _setting(
        "BANYAN_EMAIL_URL",
        as_address(EMAIL_SCHEMES),
        default="console:",
        secret=True,
        help=(
            "How e-mail leaves, as smtp+tls://user:password@host:587; smtps: for TLS from the first byte; "
            "console: prints it, file:FOLDER writes it."
        ),
    )
    files_url: str = _setting(
        "BANYAN_FILES_URL",
        as_text,
        shown_default="BANYAN_HOME/files",
        secret=True,
        help="Where uploaded files are kept: a folder, or s3://bucket/prefix for any S3-compatible store.",
    )
    scanner_url: str = _setting(
        "BANYAN_SCANNER",
        as_address(SCANNER_SCHEMES),
        shown_default="none: files are not scanned for malware",
        help=(
            "The clamd that scans files for malware before they are stored or handed out: tcp://host:3310 or "
            "unix:///run/clamav/clamd.ctl. Its StreamMaxLength has to be 50M or more."
        ),
    )
    scanner_failure: str = _setting(
        "BANYAN_SCANNER_FAILURE",
        as_one_of(SCANNER_FAILURES),
        default="closed",
        help=(
            "What happens to files while the scanner cannot be asked: closed lets none in or out, open lets them pass "
            "and scans them when they are next asked for."
        ),
    )
    backup_directory: Path = _setting(  # noqa: RUF009 - as above
        "BANYAN_BACKUP_DIR",
        as_folder,
        shown_default="BANYAN_HOME/backups",
        help="The folder for backups; better on another disk.",
    )
    backups_kept: tuple[int, int] = _setting(
        "BANYAN_BACKUPS_KEPT",
        as_rotation,
        default="7,4",
        help="How many daily and how many weekly backups to keep.",
    )
    worker_concurrency: int = _setting(
        "BANYAN_WORKER_CONCURRENCY",
        as_whole_number(1, 256),
        default="2",
        help="How many background jobs one process runs at the same time.",
    )

    api_requests_per_minute: int = _setting(
        "BANYAN_API_REQUESTS_PER_MINUTE",
        as_whole_number(0, 10_000_000),
        default="6000",
        help="How many requests to the REST interface one token or browser may make in a minute; 0 for any number.",
    )
    page_requests_per_minute: int = _setting(
        "BANYAN_PAGE_REQUESTS_PER_MINUTE",
        as_whole_number(0, 10_000_000),
        default="6000",
        help="How many pages and parts of pages one person may ask for in a minute; 0 for any number.",
    )
    public_requests_per_minute: int = _setting(
        "BANYAN_PUBLIC_REQUESTS_PER_MINUTE",
        as_whole_number(0, 10_000_000),
        default="300",
        help=(
            "How many requests one network address may make in a minute without being signed in, such as to the sign-in "
            "page; 0 for any number. The machine itself is not limited."
        ),
    )
    trials: str = _setting(
        "BANYAN_TRIALS",
        as_one_of(TRIAL_MODES),
        default="administrators",
        help=(
            "Who may have the adviser make a trial organization, which ends after 30 days: off, administrators (whoever "
            "administers an organization here) or visitors (anybody, at most 3 a day from one network address)."
        ),
    )
    outgoing_networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = _setting(
        "BANYAN_OUTGOING_NETWORKS",
        as_networks,
        shown_default="none: only addresses of the public internet",
        help=(
            "Comma-separated networks of your own, such as 10.1.2.0/24, that may be reached when a user types an address "
            "there, for example of a webhook, of a provider of single sign-on or of a directory. Everything else that is not public stays out of reach."
        ),
    )
    syslog_url: str = _setting(
        "BANYAN_SYSLOG_URL",
        as_address(SYSLOG_SCHEMES),
        shown_default="none",
        help=(
            "The collector that gets a copy of the audit log as syslog messages (RFC 5424): udp://host:514, "
            "tcp://host:514 or tls://host:6514, the last one with ?ca=FILE for an authority of your own."
        ),
    )
    metrics_token: str = _setting(
        "BANYAN_METRICS_TOKEN",
        as_text,
        shown_default="none: /metrics answers to this machine alone",
        secret=True,
        help="The bearer token with which /metrics may be read from other machines.",
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read the settings, fill in what depends on others, and make the secret key if there is none.

        Args:
            environment: Variables by name; those of the process when left out.

        Raises:
            Misconfigured: A value is malformed, or the secret key cannot be kept in the data folder.
        """
        given = os.environ if environment is None else environment
        values = {setting.name: _parsed(setting, given) for setting in fields(cls)}
        home: Path = values["home"] or Path(platformdirs.user_data_dir("banyan", appauthor=False))
        values["home"] = home
        values["base_url"] = values["base_url"] or _base_url(values["host"], values["port"])
        values["allowed_hosts"] = values["allowed_hosts"] or _allowed_hosts(values["host"], values["base_url"])
        values["files_url"] = _files_url(values["files_url"], home)
        values["backup_directory"] = values["backup_directory"] or home / "backups"
        values["secret_key"], earlier = _secret_keys(values["secret_key"], home)
        values["secret_key_fallbacks"] = _fallbacks(values["secret_key_fallbacks"]) or earlier
        if values["database_owner_url"] and not values["database_url"]:
            raise Misconfigured("DATABASE_OWNER_URL", "DATABASE_URL must be set too")
        values["database_owner_url"] = values["database_owner_url"] or values["database_url"]
        return cls(**values)

    @property
    def uses_embedded_database(self) -> bool:
        """Whether Banyan runs its own PostgreSQL, because no other one was named."""
        return not self.database_url

    @property
    def is_https(self) -> bool:
        """Whether people reach the installation over HTTPS, so that cookies may demand it."""
        return self.base_url.startswith("https:")


def describe() -> list[SettingDescription]:
    """Return every setting in the order of the reference page."""
    return [
        SettingDescription(
            variable=setting.metadata["variable"],
            default=setting.metadata["shown_default"],
            help=setting.metadata["help"],
            secret=setting.metadata["secret"],
        )
        for setting in fields(Configuration)
    ]


def unknown_variables(environment: Mapping[str, str] | None = None) -> list[str]:
    """Return the variables that begin with ``BANYAN_`` and mean nothing, most often a misspelling."""
    known = {description.variable for description in describe()}
    given = os.environ if environment is None else environment
    return sorted(name for name in given if name.startswith("BANYAN_") and name not in known)


def _parsed(setting: Field[Any], given: Mapping[str, str]) -> Any:
    variable = setting.metadata["variable"]
    text = given.get(variable, "").strip() or setting.metadata["default"]
    try:
        return setting.metadata["parse"](text)
    except ValueError as error:
        raise Misconfigured(variable, str(error)) from None


def _base_url(host: str, port: int) -> str:
    name = "localhost" if host in EVERY_ADDRESS else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _allowed_hosts(host: str, base_url: str) -> tuple[str, ...]:
    named = urlsplit(base_url).hostname or ""
    listening = () if host in EVERY_ADDRESS else (f"[{host}]" if ":" in host else host,)
    base = (f"[{named}]" if ":" in named else named,)
    return tuple(dict.fromkeys((*LOCAL_HOSTS, *listening, *base)))


def _files_url(value: str, home: Path) -> str:
    if not value:
        return str(home / "files")
    scheme = value.partition("://")[0] if "://" in value else ""
    if scheme and scheme not in FILE_SCHEMES:
        raise Misconfigured("BANYAN_FILES_URL", f"{scheme}: is none of {', '.join(FILE_SCHEMES)}; or give a folder")
    return value if scheme else str(Path(value).expanduser().absolute())


def _fallbacks(values: tuple[str, ...]) -> tuple[str, ...]:
    if any(len(value) < SECRET_KEY_LENGTH for value in values):
        message = f"each earlier key has {SECRET_KEY_LENGTH} characters or more; commas separate them"
        raise Misconfigured("SECRET_KEY_FALLBACKS", message)
    return values


def _secret_keys(value: str, home: Path) -> tuple[str, tuple[str, ...]]:
    """Return the secret key, and the earlier ones that its file has below it."""
    if value:
        if len(value) < SECRET_KEY_LENGTH:
            raise Misconfigured("SECRET_KEY", f"use {SECRET_KEY_LENGTH} characters or more")
        return value, ()
    path = home / "secret_key"
    try:
        if not path.exists():
            write_private(path, secrets.token_urlsafe(SECRET_KEY_LENGTH) + "\n", only_first=True)
        lines = path.read_text(encoding="utf-8").split()
        return (lines or [""])[0], tuple(lines[1:])
    except OSError as error:
        raise Misconfigured(
            "BANYAN_HOME",
            f"the secret key cannot be kept in {path} ({error.strerror}). Make {home} a folder that the account "
            "running Banyan may write, or name another one",
        ) from error
