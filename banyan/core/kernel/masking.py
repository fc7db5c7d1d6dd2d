"""Secrets that stand in addresses are kept out of the log: whoever reads it must not be able to use a link."""

from __future__ import annotations

import logging
import re

#: Addresses whose last part proves who has it: links for people outside, hooks, new passwords.
_SECRET = re.compile(r"(/(?:p|hooks|reset-password/[0-9a-f-]{36})/)[^/?#\s\"']{12,}")
MASK = r"\1…"


def masked(text: str) -> str:
    """Return a text with the secrets of addresses in it taken out."""
    return _SECRET.sub(MASK, text)


class MaskSecrets(logging.Filter):
    """A filter that takes the secrets of addresses out of what is logged, and out of the tracebacks with it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; let it pass."""
        record.msg = masked(record.getMessage())
        record.args = ()
        if record.exc_info and record.exc_info[1] is not None and not record.exc_text:
            record.exc_text = masked(_formatter.formatException(record.exc_info))
        elif record.exc_text:
            record.exc_text = masked(record.exc_text)
        return True


_formatter = logging.Formatter()
