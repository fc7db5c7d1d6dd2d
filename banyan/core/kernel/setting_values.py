"""Reading the values of settings from text: each function raises ``ValueError`` with what is wrong."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit


def as_text(value: str) -> str:
    """Return the text as it is."""
    return value


def as_switch(value: str) -> bool:
    """Read on or off; raise ``ValueError``."""
    known = {"1": True, "on": True, "true": True, "yes": True, "0": False, "off": False, "false": False, "no": False}
    try:
        return known[value.lower()]
    except KeyError:
        raise ValueError(f"“{value}” is neither on nor off") from None


def as_whole_number(least: int, most: int) -> Callable[[str], int]:
    """Read a whole number within bounds; raise ``ValueError``."""

    def parse(value: str) -> int:
        if not value.isdecimal() or not least <= int(value) <= most:
            raise ValueError(f"“{value}” is not a whole number from {least} to {most}")
        return int(value)

    return parse


def as_names(value: str) -> tuple[str, ...]:
    """Read names that commas separate."""
    return tuple(name.strip() for name in value.split(",") if name.strip())


def as_one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    """Read one of some words; raise ``ValueError``."""

    def parse(value: str) -> str:
        if value.lower() not in allowed:
            raise ValueError(f"“{value}” is none of {', '.join(allowed)}")
        return value.lower()

    return parse


def as_address(schemes: tuple[str, ...]) -> Callable[[str], str]:
    """Accept an empty value or a URL; its text may hold a password, so no error repeats it."""

    def parse(value: str) -> str:
        if value and urlsplit(value).scheme not in schemes:
            raise ValueError(f"the address must start with {' or '.join(f'{scheme}:' for scheme in schemes)}")
        return value

    return parse


def as_networks(value: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """Read networks that commas separate; raise ``ValueError``."""
    return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip())


def as_web_address(value: str) -> str:
    """Read the address of a site; raise ``ValueError``."""
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}):
        raise ValueError(f"“{value}” is not like https://crm.example.com")
    return value.rstrip("/")


def as_folder(value: str) -> Path | None:
    """Read a path; nothing is None."""
    return Path(value).expanduser().absolute() if value else None


def as_rotation(value: str) -> tuple[int, int]:
    """Read how many daily and weekly backups are kept; raise ``ValueError``."""
    parts = as_names(value)
    if len(parts) != 2 or not all(part.isdecimal() and len(part) < 5 for part in parts):
        raise ValueError(f"“{value}” is not like 7,4: the number of daily and of weekly backups to keep")
    return int(parts[0]), int(parts[1])
