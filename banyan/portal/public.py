"""The front door of the portal app for apps above it.

An app whose records people outside may see calls ``register_portal_page`` in its wiring; ``create_link`` makes a link and
``send_by_mail`` sends it.
"""

from banyan.portal.choices import VisitKind
from banyan.portal.hooks import register_page as register_portal_page
from banyan.portal.models import PortalComment, PortalLink, PortalVisit
from banyan.portal.services.links import MODULE, Recipient, create_link, links_of, withdraw_link, withdraw_links
from banyan.portal.services.mailing import send_by_mail
from banyan.portal.services.outside import for_outside, language_of, languages_of, plain_page
from banyan.portal.services.pages import PortalPage, Visit
from banyan.portal.services.papers import give_paper, show_paper
from banyan.portal.services.visits import at_records, comments_of, note_visit, tell_people

__all__ = [
    "MODULE",
    "PortalComment",
    "PortalLink",
    "PortalPage",
    "PortalVisit",
    "Recipient",
    "Visit",
    "VisitKind",
    "at_records",
    "comments_of",
    "create_link",
    "for_outside",
    "give_paper",
    "language_of",
    "languages_of",
    "links_of",
    "note_visit",
    "plain_page",
    "register_portal_page",
    "send_by_mail",
    "show_paper",
    "tell_people",
    "withdraw_link",
    "withdraw_links",
]
