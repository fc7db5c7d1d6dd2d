"""The words of a mail: variables filled in, Markdown made into HTML, links counted, the way out at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from functools import lru_cache
from html import escape
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import translation
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from banyan.core.tenancy.models import Organization
from banyan.marketing.models import CampaignMember, Mailing
from banyan.marketing.references import link_address, unsubscribe_address
from banyan.marketing.rules import filled, links_of, plain_text, with_autolinks
from banyan.marketing.setting import marketing_setting

FRAME = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
    '</head><body style="margin:0;font-family:-apple-system,Segoe UI,Roboto,PingFang SC,Microsoft YaHei,sans-serif;'
    'font-size:16px;line-height:1.6"><div style="max-width:600px;margin:0 auto;padding:24px 16px">{body}'
    '<hr style="border:0;border-top:1px solid #ccc;margin:32px 0 12px">'
    '<p style="font-size:13px;color:#777">{footer}</p></div></body></html>'
)


@dataclass(frozen=True)
class Written:
    """A mail as somebody gets it."""

    subject: str
    text: str
    html: str


@lru_cache(maxsize=1)
def _markdown() -> Any:
    """Return the Markdown that mails know: no HTML, and no pictures that tell who has looked."""
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).disable("image")


def values_of(member: CampaignMember) -> dict[str, str]:
    """Return what the variables say for a member."""
    contact, customer, lead = member.contact, member.customer, member.lead
    record: Any = contact or customer or lead
    company = contact.customer if contact is not None else customer
    owner = (company.owner if company is not None else None) or record.owner
    return {
        "name": str(record.name or ""),
        "company": (lead.company if lead is not None else company.name if company is not None else ""),
        "job_title": str(getattr(record, "job_title", "") or ""),
        "owner": owner.name if owner is not None else "",
        "campaign": member.campaign.name,
    }


def written(organization: Organization, mailing: Mailing, values: Mapping[str, str], token: str = "") -> Written:
    """Return a mail in the organization's language; without a token links are as written, and the way out is only told."""
    with translation.override(organization.language):
        return _written(organization, mailing, values, token)


def _written(organization: Organization, mailing: Mailing, values: Mapping[str, str], token: str) -> Written:
    links: Sequence[str] = mailing.links or links_of(mailing.body)
    counted = token and mailing.counts_clicks
    replaced = {link: link_address(token, place) for place, link in enumerate(links)} if counted else {}
    subject = " ".join(filled(mailing.subject, values).split())
    if mailing.is_marked:
        subject = _("AD: %(subject)s") % {"subject": subject}
    name = marketing_setting(organization).sender_name or organization.name
    why = _("You get this mail because %(name)s believes that you agreed to news from it.") % {"name": name}
    address = marketing_setting(organization).postal_address
    way_out = unsubscribe_address(token) if token else _("(here stands the link of whoever gets the mail)")
    told = [*([address] if address else []), why]
    label = _("Unsubscribe")
    text = plain_text(filled(mailing.body, values), replaced)
    text = "\n".join([text.rstrip(), "", "-- ", *told, f"{label}: {way_out}", ""])
    shown = f'<a href="{escape(way_out)}">{escape(label)}</a>' if token else f"{escape(label)} {escape(way_out)}"
    footer = "<br>".join([*(escape(line) for line in told), shown])
    body = _html(filled(with_autolinks(mailing.body), values, in_markdown=True), replaced)
    return Written(subject, text, FRAME.format(language=organization.language, body=body, footer=footer))


def body_html(body: str, values: Mapping[str, str]) -> str:
    """Return the body alone as HTML, for the preview in a page."""
    return _html(filled(with_autolinks(body), values, in_markdown=True), {})


def _html(body: str, replaced: Mapping[str, str]) -> str:
    parser = _markdown()
    tokens = parser.parse(body)
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                address = str(child.attrs.get("href", ""))
                child.attrs["href"] = replaced.get(address, address)
    return str(parser.renderer.render(tokens, parser.options, {}))


def message_to(
    organization: Organization, address: str, mail: Written, *, token: str = "", connection: Any = None
) -> EmailMultiAlternatives:
    """Return a message ready to be sent, with the headers by which mail programs offer the way out (RFC 8058)."""
    setting = marketing_setting(organization)
    sender = formataddr((setting.sender_name or organization.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
    headers = {"Precedence": "bulk"}
    if token:
        headers["List-Unsubscribe"] = f"<{unsubscribe_address(token)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(
        mail.subject, mail.text, sender, [address], headers=headers, connection=connection,
        reply_to=[setting.reply_to] if setting.reply_to else None,
    )  # fmt: skip
    message.attach_alternative(mail.html, "text/html")
    return message
