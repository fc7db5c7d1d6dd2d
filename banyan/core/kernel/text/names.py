"""Names of people: their parts, and the order in which each language shows them.

What concerns the names of companies and amounts in capitals is offered here as well, so that a form
or document needs one import.
"""

from __future__ import annotations

import re
from typing import Final

from banyan.core.kernel.text.amounts import money_in_capitals
from banyan.core.kernel.text.cleaning import clean_line
from banyan.core.kernel.text.companies import company_core, company_key, uscc_is_valid
from banyan.core.kernel.text.folding import CJK_RANGES, fold
from banyan.core.kernel.text.pinyin import COMPOUND_SURNAMES

__all__ = [
    "company_core",
    "company_key",
    "money_in_capitals",
    "person_display",
    "split_person_name",
    "uscc_is_valid",
]

_CJK_NAME: Final = re.compile(rf"[{CJK_RANGES}]+")
_CHINESE_NAME: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}")
_FAMILY_FIRST_LANGUAGES: Final = frozenset({"zh", "ja", "ko", "hu", "vi"})
_NAME_DOTS: Final = str.maketrans("•・‧∙．", "·····")


def person_display(*, full_name: str = "", family: str = "", given: str = "", locale: str = "zh-hans") -> str:
    """Return a person's name as a reader of ``locale`` expects it.

    A full name is the truth and only tidied. Otherwise names in Chinese, Japanese or Korean script
    are family plus given name without a blank, and the rest follows the language's order.
    """
    whole = clean_line(full_name)
    if whole:
        return whole.translate(_NAME_DOTS) if _has_cjk(whole) else whole
    family, given = clean_line(family), clean_line(given)
    if _CJK_NAME.fullmatch(family) and _CJK_NAME.fullmatch(given):
        return family + given
    is_family_first = locale.partition("-")[0].lower() in _FAMILY_FIRST_LANGUAGES and _has_cjk(family + given)
    return " ".join(part for part in ((family, given) if is_family_first else (given, family)) if part)


def split_person_name(full_name: str) -> tuple[str, str]:
    """Split a full name into (family, given).

    Chinese names by their surname of one or two characters (欧阳修 is 欧阳, 修); ``Last, First`` at the
    comma; other names at the last blank. A name in one piece, and one with a middle dot, is all given name.
    """
    name = clean_line(full_name)
    folded = fold(name)
    if _CHINESE_NAME.fullmatch(name) and len(folded) == len(name):
        has_compound_surname = len(name) > 2 and folded[:2] in COMPOUND_SURNAMES
        length = 2 if has_compound_surname else 1
        return name[:length], name[length:]
    family, comma, given = name.partition(",")
    if comma:
        return family.strip(), given.strip()
    if _has_cjk(name) and " " in name:
        family, _, given = name.partition(" ")
        return family, given
    given, _, family = name.rpartition(" ")
    return (family, given) if given else ("", name)


def _has_cjk(text: str) -> bool:
    return bool(_CJK_NAME.search(text))
