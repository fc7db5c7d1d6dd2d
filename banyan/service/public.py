"""The front door of the service app for apps above it."""

from banyan.service.choices import ARTICLE, MODULE, TICKET, MessageKind
from banyan.service.models import Article, CannedAnswer, Ticket, TicketMessage
from banyan.service.services.talking import Said, hear, rate, say, set_state, take

__all__ = [
    "ARTICLE",
    "MODULE",
    "TICKET",
    "Article",
    "CannedAnswer",
    "MessageKind",
    "Said",
    "Ticket",
    "TicketMessage",
    "hear",
    "rate",
    "say",
    "set_state",
    "take",
]
