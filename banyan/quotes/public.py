"""The front door of the quotes app for apps above it.

What an accepted quote can become is registered in ``quote_outcomes``; ``origin_of`` tells which quote a record came from.
"""

from banyan.quotes.models import Quote, QuoteLine
from banyan.quotes.services.history import PastState, give_states_back, take_over_states
from banyan.quotes.services.outcomes import Outcome, make_outcome, origin_of, quote_outcomes
from banyan.quotes.services.papers import build_paper
from banyan.quotes.services.steps import Answer, accept_quote, decline_quote, send_quote
from banyan.quotes.services.writing import revise

__all__ = [
    "Answer",
    "Outcome",
    "PastState",
    "Quote",
    "QuoteLine",
    "accept_quote",
    "build_paper",
    "decline_quote",
    "give_states_back",
    "make_outcome",
    "origin_of",
    "quote_outcomes",
    "revise",
    "send_quote",
    "take_over_states",
]
