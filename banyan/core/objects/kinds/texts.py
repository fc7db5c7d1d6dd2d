"""Kinds that hold text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.kernel.text.email import is_email, normalize_email
from banyan.core.kernel.text.patterns import fits_pattern
from banyan.core.kernel.text.phone import format_phone, normalize_phone
from banyan.core.objects.kinds.base import Kind, Reading, Unacceptable, as_text, register_kind

TEXT_OPERATORS = ("eq", "ne", "in", "contains", "startswith", "isnull")


class _TextConditions(Kind):
    """Filters of text."""

    operators: ClassVar[tuple[str, ...]] = TEXT_OPERATORS

    def condition(self, path: str, operator: str, values: list[Any]) -> Q:
        """Return the filter; ``contains`` and ``startswith`` ignore case."""
        if operator in {"contains", "startswith"}:
            # Text without case, such as Chinese, is compared five times faster as it is.
            case = "i" if values[0].lower() != values[0].upper() else ""
            return Q(**{f"{path}__{case}{operator}": values[0]})
        return super().condition(path, operator, values)

    def holds(self, value: Any, operator: str, values: list[Any]) -> bool:
        """Say whether a text passes a filter; ``contains`` and ``startswith`` ignore case."""
        if operator not in {"contains", "startswith"}:
            return super().holds(value, operator, values)
        text, wanted = (value or "").casefold(), values[0].casefold()
        return wanted in text if operator == "contains" else text.startswith(wanted)


@register_kind
@dataclass(frozen=True)
class Text(_TextConditions):
    """One line of text."""

    name: ClassVar[str] = "text"
    label: ClassVar[Any] = gettext_lazy("Text")
    sealable: ClassVar[bool] = True
    maximum: int = 255
    minimum: int = 0
    pattern: str = ""

    def parse(self, value: Any, reading: Reading) -> str | None:
        """Return the text in one line; it has to fit the pattern, if there is one."""
        text = as_text(value, maximum=self.maximum)
        if text and "\n" in text:
            text = " ".join(text.split())
        if text and len(text) < self.minimum:
            raise Unacceptable(
                "too_short", _("At least %(minimum)d characters are needed.") % {"minimum": self.minimum}
            )
        if text and self.pattern and not fits_pattern(self.pattern, text):
            raise Unacceptable(
                "wrong_form", _("“%(value)s” does not have the form that is wanted.") % {"value": text[:60]}
            )
        return text

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema with the length that fits."""
        return {"type": "string", "maxLength": self.maximum}


@dataclass(frozen=True)
class PersonName(Text):
    """The name of a person, or of whoever buys: text in one piece, which files may bring as family and given name."""


@register_kind
@dataclass(frozen=True)
class LongText(_TextConditions):
    """Text of several lines."""

    name: ClassVar[str] = "long_text"
    label: ClassVar[Any] = gettext_lazy("Long text")
    sealable: ClassVar[bool] = True
    widget: ClassVar[str] = "long_text"
    sortable: ClassVar[bool] = False
    operators: ClassVar[tuple[str, ...]] = ("contains", "isnull")
    maximum: int = 100_000

    def parse(self, value: Any, reading: Reading) -> str | None:
        """Return the text with its line breaks."""
        return as_text(value, maximum=self.maximum)

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema with the length that fits."""
        return {"type": "string", "maxLength": self.maximum}


@register_kind
@dataclass(frozen=True)
class AutoNumber(_TextConditions):
    """A number that the system gives, such as ``SO-2026-00042``."""

    name: ClassVar[str] = "auto_number"
    label: ClassVar[Any] = gettext_lazy("Automatic number")

    def parse(self, value: Any, reading: Reading) -> str | None:
        """Return the number as text; only filters read it."""
        return as_text(value, maximum=40)


@register_kind
@dataclass(frozen=True)
class Email(_TextConditions):
    """An e-mail address in normal form."""

    name: ClassVar[str] = "email"
    label: ClassVar[Any] = gettext_lazy("E-mail")
    sealable: ClassVar[bool] = True
    widget: ClassVar[str] = "email"
    json_type: ClassVar[dict[str, Any]] = {"type": "string", "format": "email", "maxLength": 254}

    def parse(self, value: Any, reading: Reading) -> str | None:
        """Return the address in lower case."""
        text = as_text(value, maximum=254)
        if text is None:
            return None
        address = normalize_email(text)
        if not is_email(address):
            raise Unacceptable("not_email", _("“%(value)s” is not an e-mail address.") % {"value": text[:80]})
        return address

    def parse_filter(self, operator: str, values: list[Any], reading: Reading) -> list[Any]:
        """Accept parts of an address in filters."""
        if operator in {"contains", "startswith"}:
            return [(as_text(values[0], maximum=254) or "").lower()]
        return super().parse_filter(operator, values, reading)


@register_kind
@dataclass(frozen=True)
class Phone(_TextConditions):
    """A phone number in E.164 form where it can be recognised, else as written."""

    name: ClassVar[str] = "phone"
    label: ClassVar[Any] = gettext_lazy("Phone")
    sealable: ClassVar[bool] = True
    widget: ClassVar[str] = "phone"
    json_type: ClassVar[dict[str, Any]] = {"type": "string", "maxLength": 40}

    def parse(self, value: Any, reading: Reading) -> str | None:
        """Return the number; a number that no plan knows is kept if it has at least three digits."""
        text = as_text(value, maximum=40)
        if text is None:
            return None
        number = normalize_phone(text, reading.country)
        if number is not None:
            return number
        if len(re.findall(r"\d", text)) < 3:
            raise Unacceptable("not_phone", _("“%(value)s” is not a phone number.") % {"value": text[:40]})
        return text

    def display(self, value: Any, reading: Reading) -> str:
        """Return the number grouped as its country writes it."""
        return format_phone(value, reading.language) if value else ""

    def export(self, value: Any, reading: Reading) -> str:
        """Return the number in E.164 form."""
        return value or ""

    def parse_filter(self, operator: str, values: list[Any], reading: Reading) -> list[Any]:
        """Accept parts of a number in filters."""
        if operator in {"contains", "startswith"}:
            text = as_text(values[0], maximum=40) or ""
            return [re.sub(r"[\s\-()]", "", text)]
        return super().parse_filter(operator, values, reading)


@register_kind
@dataclass(frozen=True)
class Url(_TextConditions):
    """A web address."""

    name: ClassVar[str] = "url"
    label: ClassVar[Any] = gettext_lazy("Web address")
    sealable: ClassVar[bool] = True
    widget: ClassVar[str] = "url"
    json_type: ClassVar[dict[str, Any]] = {"type": "string", "maxLength": 500}

    def parse(self, value: Any, reading: Reading) -> str | None:
        """Return the address; ``https://`` is added when no scheme is written."""
        text = as_text(value, maximum=500)
        if text is None:
            return None
        address = as_text(text if "://" in text else f"https://{text}", maximum=500) or ""
        try:
            parts = urlsplit(address)
            host = parts.hostname or ""
        except ValueError:
            host, parts = "", urlsplit("")
        if parts.scheme not in {"http", "https"} or "." not in host or any(c.isspace() for c in address):
            raise Unacceptable("not_url", _("“%(value)s” is not a web address.") % {"value": text[:80]})
        return address
