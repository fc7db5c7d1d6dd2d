"""Amounts of money in Chinese capitals (大写金额), as contracts and receipts must show them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
LARGEST_AMOUNT: Final = Decimal("9999999999999999.99")


def money_in_capitals(amount: Decimal) -> str:
    """Write an amount of yuan in capitals: 1200.50 gives 壹仟贰佰元伍角, exact amounts end in 整.

    Fen are rounded half up. Raises ValueError for what is not finite or above ``LARGEST_AMOUNT``.
    """
    if not amount.is_finite() or abs(amount) > LARGEST_AMOUNT:
        raise ValueError(f"No capitals for {amount}.")
    total_fen = int((abs(amount) * 100).to_integral_value(ROUND_HALF_UP))
    yuan, rest = divmod(total_fen, 100)
    jiao, fen = divmod(rest, 10)
    sign = "负" if amount < 0 and total_fen else ""
    text = _whole_number(yuan) + "元" if yuan or not rest else ""
    if not rest:
        return f"{sign}{text}整"
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif yuan:
        text += "零"
    if fen:
        text += f"{_DIGITS[fen]}分"
    return sign + text


def _whole_number(number: int) -> str:
    """Spell a whole number below 10 to the 16th, zeros between the parts said once."""
    if number >= 10**8:
        return _joined(number, 10**8, "亿")
    if number >= 10**4:
        return _joined(number, 10**4, "万")
    for place in (3, 2, 1):
        if number >= 10**place:
            return _joined(number, 10**place, _PLACES[place])
    return _DIGITS[number]


def _joined(number: int, unit: int, unit_name: str) -> str:
    head, rest = divmod(number, unit)
    text = _whole_number(head) + unit_name
    if not rest:
        return text
    has_gap = head % 10 == 0 or rest * 10 < unit
    return text + (_DIGITS[0] if has_gap else "") + _whole_number(rest)
