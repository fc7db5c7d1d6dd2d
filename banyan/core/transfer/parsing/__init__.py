"""What a cell says, read as the value that a field needs: strict where a guess could be wrong.

The front door of the package. Every parser is a pure function that returns a value or raises
``Unreadable``; empty cells are for ``is_blank`` to find out before.
"""

from banyan.core.transfer.parsing.blanks import is_blank
from banyan.core.transfer.parsing.choices import (
    ChoiceOption,
    parse_boolean,
    parse_choice,
    split_multiple,
    suggest_choice,
)
from banyan.core.transfer.parsing.dates import DateOrder, guess_date_order, parse_date, parse_datetime
from banyan.core.transfer.parsing.numbers import (
    Amount,
    NumberStyle,
    guess_number_style,
    parse_amount,
    parse_decimal,
    parse_integer,
)
from banyan.core.transfer.parsing.unreadable import Unreadable

__all__ = [
    "Amount",
    "ChoiceOption",
    "DateOrder",
    "NumberStyle",
    "Unreadable",
    "guess_date_order",
    "guess_number_style",
    "is_blank",
    "parse_amount",
    "parse_boolean",
    "parse_choice",
    "parse_date",
    "parse_datetime",
    "parse_decimal",
    "parse_integer",
    "split_multiple",
    "suggest_choice",
]
