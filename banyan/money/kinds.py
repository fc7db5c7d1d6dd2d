"""The kind of field that holds a currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.objects.kinds import Choice, Reading
from banyan.core.objects.kinds.base import Unacceptable, as_text, register_kind
from banyan.money.conversion import known_currency

#: The list of values that the organization's currencies in use make.
CURRENCIES = "currencies"
#: What people write for currencies beside their codes.
ALSO = {"RMB": "CNY", "NTD": "TWD", "人民币": "CNY", "元": "CNY", "美元": "USD", "欧元": "EUR", "港币": "HKD", "日元": "JPY",
        "英镑": "GBP", "¥": "CNY", "￥": "CNY", "$": "USD", "€": "EUR", "£": "GBP"}  # fmt: skip


@register_kind
@dataclass(frozen=True)
class CurrencyChoice(Choice):
    """The code of a currency. Forms offer the currencies in use; files and programs may bring every other one."""

    name: ClassVar[str] = "currency"
    label: ClassVar[Any] = gettext_lazy("Currency")
    list_name: str = CURRENCIES

    def parse(self, value: Any, reading: Reading) -> str | None:
        """Return the code of a currency; refuse what is none."""
        text = as_text(value, maximum=100)
        if text is None:
            return None
        code = ALSO.get(text.upper(), text.upper())
        if not known_currency(code):
            raise Unacceptable("unknown_currency", _("There is no currency %(currency)s.") % {"currency": text[:20]})
        return code

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema: a code."""
        return {"type": "string", "maxLength": 3}
