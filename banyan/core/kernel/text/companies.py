"""Names and registration numbers of companies: keys that stay the same however a clerk wrote them."""

from __future__ import annotations

import re
from typing import Final

from banyan.core.kernel.text.folding import CJK_RANGES, fold

_PROVINCES: Final = (
    "北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南"
    "|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
_CITIES: Final = (
    "石家庄|唐山|太原|沈阳|大连|长春|哈尔滨|南京|无锡|徐州|常州|苏州|南通|扬州|杭州|宁波|温州|嘉兴|绍兴|金华|台州|义乌|合肥|芜湖"
    "|福州|厦门|泉州|南昌|济南|青岛|烟台|潍坊|临沂|郑州|洛阳|武汉|宜昌|襄阳|长沙|株洲|广州|深圳|珠海|汕头|佛山|东莞|中山|惠州"
    "|南宁|柳州|桂林|海口|三亚|成都|绵阳|贵阳|昆明|拉萨|西安|兰州|西宁|银川|乌鲁木齐|呼和浩特|包头"
)
_PLACE: Final = rf"(?:{_PROVINCES}|{_CITIES})"
_REGION: Final = (
    rf"(?:中国|全国|亚洲|亚太|大中华区?|国际|集团|控股|有限合伙|普通合伙|特殊普通合伙|{_PLACE}(?:省|市|特别行政区)?"
    r"|china|prc|hk|hong ?kong|macau|taiwan|asia|asia ?pacific|apac|international|group|holdings?"
    r"|beijing|shanghai|guangzhou|shenzhen|uk|usa|us|eu|europe)"
)
_BRACKETED_REGION: Final = re.compile(rf"[(\[【〔]\s*{_REGION}\s*[)\]】〕]")
_BRACKETED: Final = re.compile(r"[(\[【〔]([^)\]】〕]*)[)\]】〕]")
_PLACES: Final = re.compile(_PLACE)
# A branch is another customer than its company, so what follows the legal form is kept.
_INNER_LEGAL_FORM: Final = re.compile(r"(?:股份|责任)?有限(?:责任)?(?:股份)?公司(?=.)")
_LEGAL_FORM: Final = re.compile(
    r"(?:股份有限公司|有限责任公司|有限股份公司|有限公司|股份公司|集团公司|总公司|(?<!分)公司|有限合伙企业|合伙企业|有限合伙"
    r"|特殊普通合伙|普通合伙|个人独资企业|集团|控股|股份|有限)+$"
)
_PLACE_SUFFIX: Final = re.compile(rf"({_PLACE})(?:壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区|省|市)(?=.)")
_PLACE_PREFIX: Final = re.compile(rf"^(?:中国|{_PLACE})+(?=..)")
_LATIN_LEGAL_FORMS: Final = frozenset(
    (
        *("inc", "incorporated", "llc", "ltd", "limited", "co", "corp", "corporation", "company", "plc", "llp", "lp"),
        *("gmbh", "mbh", "ag", "kg", "kgaa", "ohg", "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "ab", "oy", "oyj"),
        *("as", "asa", "aps", "kk", "pte", "pty", "sdn", "bhd", "holding", "holdings", "group", "cie", "compagnie"),
        *("the", "and", "et", "und"),
    )
)
_DOTTED: Final = re.compile(r"(?<=\b[a-z])\.(?=[a-z]\b)|(?<=\b[a-z])\.(?=\W|$)")
_NOT_WORD: Final = re.compile(r"[\W_]+")
_HAS_CJK: Final = re.compile(rf"[{CJK_RANGES}]")

_USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES: Final = {character: value for value, character in enumerate(_USCC_ALPHABET)}
_USCC_WEIGHTS: Final = tuple(pow(3, power, 31) for power in range(17))


def company_key(name: str) -> str:
    """Return the key under which two spellings of one company's name meet.

    Left out are legal forms (有限公司, 股份有限公司, 集团, Inc., GmbH), bracketed regions
    (（中国）), the 市 and 省 of a place, punctuation, blanks, width, case, accents and traditional
    script. Branches (分公司) keep what sets them apart. Never empty for a name that is not.
    """
    folded = fold(name)
    if "(" in folded or "[" in folded or "【" in folded or "〔" in folded:
        folded = _BRACKETED_REGION.sub(" ", folded) if _BRACKETED_REGION.sub("", folded).strip() else folded
    key = _chinese_key(folded) if _HAS_CJK.search(folded) else _latin_key(folded)
    return key or _NOT_WORD.sub("", folded) or folded.strip() or name


def company_core(name: str) -> str:
    """Return the key without places in front as well, for finding candidates only: 深圳市腾讯科技 gives 腾讯科技."""
    return core_of_key(company_key(name))


def core_of_key(key: str) -> str:
    """Return the core of a name whose ``company_key`` is known already; see ``company_core``."""
    return key if key.isascii() else _PLACE_PREFIX.sub("", key, count=1)


def company_places(name: str) -> frozenset[str]:
    """Return the places that stand in front of a company's name or in brackets, without 市 and 省."""
    folded = fold(name)
    if folded.isascii():
        return frozenset()
    bracketed = "".join(_BRACKETED.findall(folded))
    front = _PLACE_PREFIX.match(_chinese_key(folded))
    return frozenset(_PLACES.findall(bracketed + (front[0] if front else "")))


def uscc_is_valid(code: str) -> bool:
    """Tell whether a unified social credit code (统一社会信用代码) has the right form and check digit."""
    normal = code.strip().upper()
    if len(normal) != 18 or not normal[2:8].isdecimal():
        return False
    try:
        total = sum(_USCC_VALUES[character] * weight for character, weight in zip(normal, _USCC_WEIGHTS, strict=False))
    except KeyError:
        return False
    return _USCC_ALPHABET[-total % 31] == normal[17]


def _chinese_key(folded: str) -> str:
    key = _NOT_WORD.sub("", folded)
    if "市" in key or "省" in key or "区" in key:
        key = _PLACE_SUFFIX.sub(r"\1", key)
    if "有限" in key:
        key = _INNER_LEGAL_FORM.sub("", key)
    return key if _LEGAL_FORM.fullmatch(key) else _LEGAL_FORM.sub("", key, count=1)


def _latin_key(folded: str) -> str:
    text = _DOTTED.sub("", folded) if "." in folded else folded
    words = _NOT_WORD.sub(" ", text.replace("'", "")).split()
    kept = [word for word in words if word not in _LATIN_LEGAL_FORMS]
    return "".join(kept or words)
