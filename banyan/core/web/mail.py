"""Messages to people's mailboxes, written as templates in ``templates/mail``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation


def send_message(
    recipient: str,
    template: str,
    *,
    language: str,
    context: dict[str, Any],
    reply_to: str = "",
    headers: Mapping[str, str] | None = None,
) -> None:
    """Send a message whose template holds the subject in its first line and the text below.

    Args:
        recipient: The e-mail address.
        template: The name of a template in ``mail/``, without ending.
        language: The language that the recipient reads.
        context: What the template needs; ``address`` (of the installation) is added.
        reply_to: Whom an answer goes to; the installation's sender without it.
        headers: Further headers, such as those by which an answer finds its thread.
    """
    with translation.override(language):
        written = render_to_string(f"mail/{template}.txt", {"address": base_url(), **context}, using="jinja2")
    subject, _line, text = written.strip().partition("\n")
    message = EmailMessage(
        " ".join(subject.split()),
        text.strip() + "\n",
        None,
        [recipient],
        reply_to=[reply_to] if reply_to else None,
        headers=dict(headers or {}),
    )
    message.send()


def base_url() -> str:
    """Return the address that links in messages begin with: the configured one, never what a request claims."""
    return str(settings.CONFIGURATION.base_url)


def reaches_people() -> bool:
    """Say whether a mail server is set; without one, links are shown to be copied."""
    return bool(settings.MAIL_SERVER.reaches_people)
