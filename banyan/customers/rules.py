"""Duplicates: keys under which two records of the same customer meet, and how sure we may be that they are one.

Each record stores its keys: candidates are found by exact look-ups, and only they are compared in full.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from banyan.core.kernel.text import pinyin
from banyan.core.kernel.text.companies import company_core, company_key, company_places, core_of_key
from banyan.core.kernel.text.email import normalize_email
from banyan.core.kernel.text.folding import fold, letters_and_digits
from banyan.core.kernel.text.phone import normalize_phone

# From here a person should look at the pair; from LIKELY_DUPLICATE an import may treat it as the same record.
POSSIBLE_DUPLICATE: Final = 0.6
LIKELY_DUPLICATE: Final = 0.85

#: The fields of a record that its keys are made of.
MATCHED_FIELDS: Final[tuple[str, ...]] = (
    "name",
    "phone",
    "mobile",
    "email",
    "tax_number",
    "type",
    "birthday",
    "address",
)
PHONE_FIELDS: Final = ("phone", "mobile")
LONGEST_KEY: Final = 120
_WORD: Final = re.compile(r"\w+")
_LONG_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_NUMBER: Final = re.compile(r"\d+")
_SOUND_CLASSES: Final = str.maketrans("bfpvcgjkqsxzdtlmnr", "111122222222334556", "aeiouyhw")
_REPEATED: Final = re.compile(r"(.)\1+")
_INDUSTRY: Final = re.compile(
    r"(?:信息|网络|电子|智能|生物|医药|医疗|环保|新能源|新材料|文化|传媒|教育|餐饮|食品|建筑|装饰|机械|商务|电子商务|商贸|国际"
    r"|计算机|软件|系统|科技|技术|贸易|实业|发展|投资|管理|咨询|服务|工程|设备|制造|工业|产业|控股|集团)+$"
)

# Log odds of two records that share a key but nothing else that is known.
_PRIOR: Final = -2.0


@dataclass(frozen=True, slots=True)
class DuplicateScore:
    """How likely two records are the same, from 0 to 1, with the codes of what speaks for it, strongest first.

    Codes: ``same_tax_number same_email same_phone same_name similar_name same_birthday
    similar_birthday same_address similar_address same_customer``.
    """

    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Evidence:
    log_odds: float
    reason: str = ""


def match_keys(values: Mapping[str, Any]) -> list[str]:
    """Return the keys of a record, without repetition, for exact look-up.

    ``values`` may hold name, type (``company`` or ``person``; without it a person is meant), phone,
    mobile, email, tax_number, birthday and address (its parts). Exact keys are ``p:`` phone,
    ``e:`` e-mail, ``t:`` tax number and ``n:`` name; ``b:`` keys are coarser, shared by spellings that
    only sound alike or by people of the same birthday or address, and only name candidates.
    """
    is_person = _is_person(values)
    keys = [f"p:{phone}" for phone in _phones(values)]
    if (written := values.get("email")) and (email := normalize_email(str(written))):
        keys.append(f"e:{email}")
    if values.get("tax_number") and (tax_number := _tax_number(values)):
        keys.append(f"t:{tax_number}")
    if name := str(values.get("name") or "").strip():
        keys += _person_keys(name) if is_person else _company_keys(name)
    if is_person:
        if birthday := _birthday(values):
            keys.append(f"b:{birthday}")
        keys += _address_keys(values)
    return list(dict.fromkeys(key[:LONGEST_KEY] for key in keys))


def similarity(one: Mapping[str, Any], other: Mapping[str, Any]) -> DuplicateScore:
    """Compare two records field by field; the order of the two does not matter.

    Takes the values that ``match_keys`` takes, and ``customer`` (the company of a contact). Fields
    empty on either side say nothing; fields that contradict each other lower the score.
    """
    compare_names = _compare_people if _is_person(one) and _is_person(other) else _compare_companies
    found = [
        _compare_tax_numbers(one, other),
        _compare_emails(one, other),
        _compare_phones(one, other),
        compare_names(str(one.get("name") or ""), str(other.get("name") or "")),
        _compare_birthdays(one, other),
        _compare_addresses(one, other),
        _compare_customers(one, other),
    ]
    total = _PRIOR + sum(evidence.log_odds for evidence in found)
    reasons = sorted((evidence for evidence in found if evidence.reason), key=lambda evidence: -evidence.log_odds)
    return DuplicateScore(round(1 / (1 + math.exp(-total)), 4), tuple(evidence.reason for evidence in reasons))


def _is_person(values: Mapping[str, Any]) -> bool:
    return str(values.get("type", "person")) == "person"


def _phones(values: Mapping[str, Any]) -> list[str]:
    phones: list[str] = []
    for name in PHONE_FIELDS:
        if written := values.get(name):
            phone = normalize_phone(text := str(written)) or letters_and_digits(text)
            if phone not in phones:
                phones.append(phone)
    return phones


def _tax_number(values: Mapping[str, Any]) -> str:
    return letters_and_digits(str(values["tax_number"])).upper() if values.get("tax_number") else ""


def _birthday(values: Mapping[str, Any]) -> str:
    birthday = values.get("birthday")
    return birthday.isoformat() if isinstance(birthday, date) else str(birthday or "")


def _address(values: Mapping[str, Any]) -> str:
    address = values.get("address") or ""
    return fold(" ".join(str(part) for part in address.values()) if isinstance(address, Mapping) else str(address))


def _address_keys(values: Mapping[str, Any]) -> list[str]:
    address = values.get("address")
    street = str(address.get("street") or "") if isinstance(address, Mapping) else ""
    number = _NUMBER.search(street)
    if not number or not isinstance(address, Mapping):
        return []
    # Either the postcode or the street may be misspelt.
    keys = [f"b:{number[0]} {_sound(word)}" for word in _LONG_WORD.findall(fold(street))[:1]]
    postcode = letters_and_digits(str(address.get("postcode") or ""))
    return [*keys, f"b:{postcode}/{number[0]}"] if postcode else keys


# An import asks twice for each name: to look for duplicates, and to store the keys.
@lru_cache(maxsize=4_096)
def _company_keys(name: str) -> tuple[str, ...]:
    key = company_key(name)
    core = core_of_key(key)
    return (f"n:{key}", f"b:{_sound(core) if core.isascii() else pinyin.full(core)}")


@lru_cache(maxsize=4_096)
def _person_keys(name: str) -> tuple[str, ...]:
    words = _words_of(name)
    key = f"n:{' '.join(words)}"
    if not key.isascii():
        return (key, f"b:{pinyin.full(''.join(words))}")
    return (key, f"b:{' '.join(sorted(map(_sound, words)))}")


def _words_of(name: str) -> list[str]:
    return sorted(_WORD.findall(fold(name))) or [name]


def _sound(word: str) -> str:
    """Return the first letter with the classes of the consonants behind it, as Soundex does, at any length."""
    return word[:1] + _REPEATED.sub(r"\1", word[1:].translate(_SOUND_CLASSES))


def _compare_tax_numbers(one: Mapping[str, Any], other: Mapping[str, Any]) -> _Evidence:
    first, second = _tax_number(one), _tax_number(other)
    if not first or not second:
        return _Evidence(0)
    if first == second:
        return _Evidence(8, "same_tax_number")
    return _Evidence(0 if OSA.distance(first, second, score_cutoff=1) <= 1 else -3)


def _compare_emails(one: Mapping[str, Any], other: Mapping[str, Any]) -> _Evidence:
    first, second = (normalize_email(str(values.get("email") or "")) for values in (one, other))
    if not first or not second:
        return _Evidence(0)
    return _Evidence(4.5, "same_email") if first == second else _Evidence(-0.5)


def _compare_phones(one: Mapping[str, Any], other: Mapping[str, Any]) -> _Evidence:
    first, second = set(_phones(one)), set(_phones(other))
    if not first or not second:
        return _Evidence(0)
    return _Evidence(4, "same_phone") if first & second else _Evidence(-0.5)


def _compare_companies(one: str, other: str) -> _Evidence:
    if not one or not other:
        return _Evidence(0)
    places, other_places = company_places(one), company_places(other)
    if places and other_places and places != other_places:
        # Companies of one group differ by their place and nothing else.
        return _Evidence(0.5 if company_core(one) == company_core(other) else -4)
    if company_key(one) == company_key(other):
        return _Evidence(4.5, "same_name")
    core, other_core = company_core(one), company_core(other)
    if core == other_core:
        return _Evidence(3.8, "similar_name")
    if core.isascii() and other_core.isascii():
        return _by_ratio(fuzz.ratio(core, other_core), ((92, 3.0), (85, 1.5), (70, -1)), worst=-4)
    brand, other_brand = _INDUSTRY.sub("", core), _INDUSTRY.sub("", other_core)
    if len(brand) > 1 and brand == other_brand:
        return _Evidence(1.5, "similar_name")
    if pinyin.full(core) == pinyin.full(other_core):
        return _Evidence(2.0, "similar_name")
    return _by_ratio(fuzz.ratio(core, other_core), ((90, 1.5), (80, 0.0), (60, -2)), worst=-4)


def _compare_people(one: str, other: str) -> _Evidence:
    if not one or not other:
        return _Evidence(0)
    words, other_words = " ".join(_words_of(one)), " ".join(_words_of(other))
    if words == other_words:
        return _Evidence(3, "same_name")
    if not words.isascii() and not other_words.isascii():
        sounds_alike = pinyin.full(one) == pinyin.full(other)
        return _Evidence(1.5, "similar_name") if sounds_alike else _Evidence(-3)
    ratio = max(fuzz.ratio(words, other_words), 0.95 * fuzz.token_set_ratio(words, other_words))
    return _by_ratio(ratio, ((90, 2.5), (80, 1.5), (65, 0.0), (45, -1.0)), worst=-2.5)


def _compare_birthdays(one: Mapping[str, Any], other: Mapping[str, Any]) -> _Evidence:
    first, second = _birthday(one), _birthday(other)
    if not first or not second:
        return _Evidence(0)
    if first == second:
        return _Evidence(2.5, "same_birthday")
    return _Evidence(1, "similar_birthday") if OSA.distance(first, second, score_cutoff=2) <= 1 else _Evidence(-1)


def _compare_addresses(one: Mapping[str, Any], other: Mapping[str, Any]) -> _Evidence:
    first, second = _address(one), _address(other)
    if not first or not second:
        return _Evidence(0)
    ratio = (fuzz.token_sort_ratio if f"{first}{second}".isascii() else fuzz.ratio)(first, second)
    if ratio >= 95:
        return _Evidence(3, "same_address")
    return _Evidence(2.5, "similar_address") if ratio >= 75 else _Evidence(0.5 if ratio >= 60 else -1)


def _compare_customers(one: Mapping[str, Any], other: Mapping[str, Any]) -> _Evidence:
    if not one.get("customer") or not other.get("customer"):
        return _Evidence(0)
    return _Evidence(2, "same_customer") if one["customer"] == other["customer"] else _Evidence(-0.5)


def _by_ratio(ratio: float, steps: tuple[tuple[int, float], ...], *, worst: float) -> _Evidence:
    for least, log_odds in steps:
        if ratio >= least:
            return _Evidence(log_odds, "similar_name" if log_odds > 0 else "")
    return _Evidence(worst)
