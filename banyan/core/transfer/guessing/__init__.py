"""Guesses about a file that a person then confirms: which column is which field, and what a new field would be.

The front door of the package; everything here is pure and quick enough to run while the user waits.
"""

from banyan.core.transfer.guessing.kinds import KindGuess, guess_kind
from banyan.core.transfer.guessing.mapping import FieldHint, Guess, Reason, guess_mapping

__all__ = ["FieldHint", "Guess", "KindGuess", "Reason", "guess_kind", "guess_mapping"]
