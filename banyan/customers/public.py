"""The front door of the customers app for apps above it."""

from banyan.customers.kinds import SOURCES
from banyan.customers.models import Activity, Contact, Customer
from banyan.customers.references import (
    ComposerKind,
    Figure,
    FigureSource,
    composer_kinds,
    customer_figures,
    customer_finders,
    customer_of,
)
from banyan.customers.rules import match_keys

__all__ = [
    "SOURCES",
    "Activity",
    "ComposerKind",
    "Contact",
    "Customer",
    "Figure",
    "FigureSource",
    "composer_kinds",
    "customer_figures",
    "customer_finders",
    "customer_of",
    "match_keys",
]
