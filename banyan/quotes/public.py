"""The front door of the quotes app for apps above it.

What an accepted quote can become is registered in ``quote_outcomes``; ``origin_of`` tells which quote a record came from.
"""

from banyan.quotes.models import Quote, QuoteLine
from banyan.quotes.services.outcomes import Outcome, make_outcome, origin_of, quote_outcomes
from banyan.quotes.services.papers import build_paper
from banyan.quotes.services.steps import Answer, accept_quote, decline_quote, send_quote
from banyan.quotes.services.writing import revise

__all__ = [
    "Answer",
    "Outcome",
    "Quote",
    "QuoteLine",
    "accept_quote",
    "build_paper",
    "decline_quote",
    "make_outcome",
    "origin_of",
    "quote_outcomes",
    "revise",
    "send_quote",
]
