"""Pure rules of money on documents: exact decimals, each line rounded before summing, parts that add up to the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

HUNDRED = Decimal(100)
ZERO = Decimal(0)
#: Amounts are stored with two decimals; a currency with more (the Kuwaiti dinar has three) is rounded to these.
STORED_PLACES = 2


@dataclass(frozen=True)
class LineAmounts:
    """What a line comes to: ``amount`` as priced, with or without tax, and what of it is net and tax."""

    amount: Decimal
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        """Return what is payable for the line."""
        return self.net + self.tax


@dataclass(frozen=True)
class Totals:
    """The sums of a document's lines; ``by_rate`` holds net and tax for each tax rate in % (None is untaxed)."""

    net: Decimal = ZERO
    tax: Decimal = ZERO
    by_rate: dict[Decimal | None, tuple[Decimal, Decimal]] = field(default_factory=dict)

    @property
    def gross(self) -> Decimal:
        """Return what is payable for the whole document."""
        return self.net + self.tax


def places_of(currency: str) -> int:
    """Return the decimals that amounts of a currency (ISO 4217 code) are rounded to: 2 for CNY, 0 for JPY."""
    return min(get_currency_precision(currency), STORED_PLACES) if currency else STORED_PLACES


def rounded(amount: Decimal, places: int = STORED_PLACES) -> Decimal:
    """Return an amount rounded half up to a number of decimals."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def line_amounts(
    *,
    quantity: Decimal,
    unit_price: Decimal,
    discount_percent: Decimal = ZERO,
    tax_rate: Decimal | None = None,
    includes_tax: bool = True,
    places: int = STORED_PLACES,
) -> LineAmounts:
    """Return what a line comes to, with rates in %; ``includes_tax`` says whether the price holds the tax already.

    Tax offices and customers add up the printed lines, so amount and tax of each are rounded on their own, and net is
    the difference: the three always agree.
    """
    amount = rounded(quantity * unit_price * (HUNDRED - discount_percent) / HUNDRED, places)
    rate = tax_rate or ZERO
    if includes_tax:
        tax = rounded(amount * rate / (HUNDRED + rate), places)
        return LineAmounts(amount, amount - tax, tax)
    return LineAmounts(amount, amount, rounded(amount * rate / HUNDRED, places))


def totals(lines: Iterable[tuple[Decimal | None, Decimal, Decimal]]) -> Totals:
    """Return the sums of lines, each given as tax rate, net and tax."""
    net, tax = ZERO, ZERO
    by_rate: dict[Decimal | None, tuple[Decimal, Decimal]] = {}
    for rate, line_net, line_tax in lines:
        net, tax = net + line_net, tax + line_tax
        rate_net, rate_tax = by_rate.get(rate, (ZERO, ZERO))
        by_rate[rate] = (rate_net + line_net, rate_tax + line_tax)
    return Totals(net, tax, by_rate)


def allocate(total: Decimal, weights: Sequence[Decimal], places: int = STORED_PLACES) -> list[Decimal]:
    """Split an amount in proportion to weights so that the parts add up to it exactly.

    Largest remainder: each part is rounded down and the missing units go to those that lost most; the earlier part
    wins a tie. A negative total is split as its opposite. With weights that are all zero every part gets the same.
    Raises ``ValueError`` for negative weights.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("Weights cannot be negative.")
    if not weights:
        return []
    if total < 0:
        return [-part for part in allocate(-total, weights, places)]
    unit = Decimal(1).scaleb(-places)
    whole = sum(weights, ZERO)
    shares = [total * weight / whole if whole else total / len(weights) for weight in weights]
    parts = [share.quantize(unit, rounding=ROUND_FLOOR) for share in shares]
    missing = int(((total - sum(parts, ZERO)) / unit).to_integral_value(rounding=ROUND_HALF_UP))
    by_loss = sorted(range(len(parts)), key=lambda index: (parts[index] - shares[index], index))
    for index in by_loss[:missing]:
        parts[index] += unit
    return parts


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def in_capitals(amount: Decimal) -> str:
    """Return an amount of yuan in Chinese capitals as contracts and receipts carry it: 1200.50 is 壹仟贰佰元伍角.

    An amount without cents ends in 整. The rules are those for filling in bank instruments of the People's Bank of
    China (正确填写票据和结算凭证的基本规定). Raises ``ValueError`` from ten thousand million million yuan on.
    """
    cents = int(rounded(abs(amount)) * 100)
    yuan, rest = divmod(cents, 100)
    if yuan >= 10**16:
        raise ValueError("The amount is too large to be written in capitals.")
    dime, cent = divmod(rest, 10)
    text = _whole(yuan) + "元" if yuan else ""
    if dime:
        text += _DIGITS[dime] + "角"
    elif cent and yuan:
        text += "零"
    if cent:
        text += _DIGITS[cent] + "分"
    if not rest:
        text = (text or "零元") + "整"
    return ("负" if amount < 0 and cents else "") + text


def _whole(number: int) -> str:
    """Return a positive whole number in capitals; zeros inside are read once, those at the end of a group not."""
    text, pending_zero = "", False
    groups = [number // 10 ** (4 * index) % 10**4 for index in range(4)]
    for index in range(3, -1, -1):
        group = groups[index]
        if not group:
            pending_zero = pending_zero or bool(text)
            continue
        if text and (pending_zero or group < 1000):
            text += "零"
        text += _group(group) + _group_name(index, groups)
        pending_zero = False
    return text


def _group_name(index: int, groups: Sequence[int]) -> str:
    """Return what follows a group of four digits; 万亿 needs its 亿 only where no group of 亿 follows."""
    return "万" if index == 3 and groups[2] else _GROUPS[index]


def _group(group: int) -> str:
    text, zero = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            text += ("零" if zero and text else "") + _DIGITS[digit] + _PLACES[place]
            zero = False
        else:
            zero = True
    return text
