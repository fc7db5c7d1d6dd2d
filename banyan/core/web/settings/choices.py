"""What people choose from in the settings: currencies, countries, time zones, industries, languages."""

from __future__ import annotations

import zoneinfo
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.languages import LANGUAGES, babel_locale

#: The most used first; each is written with its name in the reader's language.
CURRENCIES = (
    "CNY", "USD", "EUR", "HKD", "TWD", "JPY", "GBP", "SGD", "KRW", "AUD", "CAD", "CHF", "MYR", "THB", "VND", "IDR",
    "INR", "PHP", "AED", "BRL", "MXN", "NZD", "SEK", "NOK", "DKK", "PLN", "ZAR", "TRY", "SAR", "RUB",
)  # fmt: skip
FIRST_COUNTRIES = ("CN", "HK", "TW", "MO", "SG", "US", "GB", "DE", "JP")
FIRST_ZONES = (
    "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Europe/London",
    "Europe/Berlin", "America/New_York", "America/Los_Angeles", "UTC",
)  # fmt: skip
INDUSTRIES = (
    ("manufacturing", _("Manufacturing")),
    ("trade", _("Trade and distribution")),
    ("retail", _("Retail and consumer goods")),
    ("software", _("Software and internet")),
    ("consulting", _("Consulting and services")),
    ("finance", _("Finance and insurance")),
    ("education", _("Education and training")),
    ("health", _("Health and medicine")),
    ("construction", _("Construction and real estate")),
    ("logistics", _("Logistics")),
    ("media", _("Media, design and events")),
    ("tourism", _("Travel and catering")),
    ("public", _("Public sector and associations")),
    ("other", _("Other")),
)
HEADCOUNTS = ((5, "1 – 10"), (30, "11 – 50"), (100, "51 – 200"), (500, "201 – 1,000"), (3000, "1,000 +"))
THEMES = (("auto", _("Like the system")), ("light", _("Light")), ("dark", _("Dark")))
LANGUAGE_CHOICES = LANGUAGES


@lru_cache(maxsize=4)
def currencies(language: str) -> list[tuple[str, str]]:
    """Return currencies with their names in a language."""
    names = babel_locale(language).currencies
    return [(code, f"{code} · {names.get(code, code)}") for code in CURRENCIES]


@lru_cache(maxsize=4)
def countries(language: str) -> list[tuple[str, str]]:
    """Return countries and regions by name, frequent ones first."""
    names = {code: name for code, name in babel_locale(language).territories.items() if len(code) == 2 and code < "ZZ"}
    rest = sorted((code for code in names if code not in FIRST_COUNTRIES), key=lambda code: names[code])
    return [(code, names[code]) for code in (*FIRST_COUNTRIES, *rest)]


@lru_cache(maxsize=1)
def time_zones() -> list[tuple[str, str]]:
    """Return IANA time zones, frequent ones first."""
    known = zoneinfo.available_timezones()
    rest = sorted(
        name for name in known if "/" in name and not name.startswith(("Etc/", "SystemV/", "posix/", "right/"))
    )
    return [(name, name.replace("_", " ")) for name in dict.fromkeys((*FIRST_ZONES, *rest))]
