"""Pinyin of names, for sorting and for search by sound; names of people have readings of their own."""

from __future__ import annotations

import re
from functools import lru_cache
from operator import add
from typing import Final

from banyan.core.kernel.text.folding import CJK_RANGES, fold
from banyan.core.kernel.text.tables import phrase_readings, toned_readings

# Surnames that are not read as the same character usually is.
SURNAME_READINGS: Final = {
    "单": "shan4", "曾": "zeng1", "仇": "qiu2", "区": "ou1", "解": "xie4", "查": "zha1", "朴": "piao2", "盖": "ge3",
    "任": "ren2", "翟": "zhai2", "尉": "wei4", "覃": "qin2", "缪": "miao4", "冼": "xian3", "洗": "xian3", "乐": "yue4",
    "员": "yun4", "盛": "sheng4", "召": "shao4", "华": "hua4", "过": "guo1", "纪": "ji3", "那": "na1", "宁": "ning2",
    "葛": "ge3", "哈": "ha3", "黑": "he4", "折": "she2", "祭": "zhai4", "种": "chong2", "繁": "po2", "秘": "bi4",
    "薄": "bo2", "柏": "bai3", "逄": "pang2", "郇": "xun2", "郗": "chi1", "乜": "nie4", "佴": "nai4", "隗": "wei3",
    "句": "gou1", "於": "yu1", "车": "che1", "都": "du1", "令": "ling2", "应": "ying1", "燕": "yan1", "洪": "hong2",
    "牟": "mou4", "阚": "kan4", "晁": "chao2", "贾": "jia3", "沈": "shen3", "石": "shi2", "曲": "qu1", "谌": "chen2",
    "幺": "yao1", "么": "yao1", "万": "wan4", "占": "zhan1", "卜": "bu3", "撒": "sa4", "适": "kuo4", "行": "xing2",
}  # fmt: skip

# Words of everyday life whose first character looks like one of those surnames.
_NO_SURNAMES: Final = frozenset({
    "解放", "解决", "解读", "解密", "解析", "单位", "单车", "单元", "单品", "单县", "区域", "区块", "查询",
    "查理", "乐园", "乐高", "乐视", "乐购", "乐天", "盛大", "折扣", "种子", "种植", "种业", "车床", "都市",
    "都会", "石头", "华为", "哈啰", "黑马", "黑龙", "燕窝", "员工", "盖世", "朴素", "朴实", "适合", "行动",
    "行业", "行家", "行政", "秘书", "薄荷", "那么", "句子",
})  # fmt: skip

# Surnames of two characters; the reading is given where one of them is unusual.
COMPOUND_SURNAMES: Final = {
    "欧阳": "", "太史": "", "端木": "", "上官": "", "司马": "", "东方": "", "独孤": "", "南宫": "", "夏侯": "",
    "诸葛": "", "闻人": "", "皇甫": "", "赫连": "", "公孙": "", "慕容": "", "仲孙": "", "钟离": "", "宇文": "",
    "司徒": "", "司空": "", "轩辕": "", "百里": "", "呼延": "", "东郭": "", "南门": "", "西门": "", "公冶": "",
    "公羊": "", "淳于": "", "申屠": "", "公西": "", "濮阳": "", "太叔": "", "拓跋": "", "第五": "", "梁丘": "",
    "左丘": "", "谷梁": "", "段干": "", "令狐": "ling2 hu2", "尉迟": "yu4 chi2", "长孙": "zhang3 sun1",
    "单于": "chan2 yu2", "鲜于": "xian1 yu2", "澹台": "tan2 tai2", "万俟": "mo4 qi2", "宗政": "", "濮院": "",
    "完颜": "", "纳兰": "", "叶赫": "", "爱新": "", "亓官": "qi2 guan1", "司寇": "", "巫马": "", "乐正": "yue4 zheng4",
    "漆雕": "", "壤驷": "", "颛孙": "", "仉督": "", "子车": "zi3 ju1", "南郭": "", "北宫": "", "东里": "",
}  # fmt: skip

# Other readings of everyday characters, for search only: people type the one they think of first.
OTHER_READINGS: Final = {
    "重": "zhong chong", "长": "chang zhang", "行": "xing hang", "乐": "le yue", "都": "du dou", "会": "hui kuai",
    "单": "dan shan", "曾": "zeng ceng", "解": "jie xie", "区": "qu ou", "查": "cha zha", "朴": "piao pu",
    "仇": "qiu chou", "盖": "gai ge", "厦": "xia sha", "什": "shi shen", "贾": "jia gu", "翟": "zhai di",
    "尉": "wei yu", "覃": "qin tan", "洗": "xi xian", "缪": "miao mou", "石": "shi dan", "朝": "chao zhao",
    "传": "chuan zhuan", "调": "diao tiao", "弹": "tan dan", "藏": "cang zang", "盛": "sheng cheng",
    "省": "sheng xing", "率": "lv shuai", "茄": "qie jia", "番": "fan pan", "六": "liu lu", "堡": "bao pu",
    "沈": "shen chen", "牟": "mou mu", "繁": "fan po", "员": "yuan yun", "晟": "sheng cheng", "阿": "a e",
    "柏": "bai bo", "薄": "bo bao", "车": "che ju", "召": "zhao shao", "绿": "lv lu", "适": "shi kuo",
    "种": "zhong chong", "秘": "mi bi", "娜": "na nuo", "蔓": "man wan", "蚌": "bang beng", "浒": "hu xu",
    "侗": "dong tong", "匙": "chi shi", "荨": "qian xun", "嵌": "qian kan", "轧": "zha ya", "卡": "ka qia",
    "咖": "ka ga", "广": "guang an", "合": "he ge", "角": "jiao jue", "血": "xue xie", "奇": "qi ji",
    "叶": "ye xie", "拓": "tuo ta", "虹": "hong jiang", "蓉": "rong", "泊": "bo po", "佛": "fo fu",
    "喝": "he", "还": "hai huan", "假": "jia", "觉": "jue jiao", "落": "luo la", "量": "liang", "仔": "zai zi",
    "模": "mo mu", "宿": "su xiu", "提": "ti di", "校": "xiao jiao", "系": "xi ji", "参": "can shen",
    "尾": "wei yi", "吓": "xia he", "莘": "shen xin", "亳": "bo", "氏": "shi zhi", "伽": "jia qie", "俞": "yu shu",
    "读": "du dou", "巷": "xiang hang", "钥": "yao yue", "澄": "cheng deng", "屏": "ping bing", "鸟": "niao diao",
    "圈": "quan juan", "蕾": "lei", "桔": "ju jie", "溪": "xi qi", "吕": "lv lu", "女": "nv nu", "旅": "lv lu",
    "律": "lv lu", "铝": "lv lu", "滤": "lv lu",
}  # fmt: skip

_UNIT: Final = re.compile(rf"[{CJK_RANGES}]|[^\W_{CJK_RANGES}]+")
_ALL_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]+")
_CHINESE_NAME: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}")
_LONGEST_SORTED_TEXT: Final = 64
_LONGEST_SYLLABLE: Final = 6
_SEGMENTATIONS: Final = 8
_VOWELS: Final = frozenset("aeiouv")
_VARIANTS: Final = 4
_VARIED_CHARACTERS: Final = 8


@lru_cache(maxsize=1)
def _phrase_lengths() -> dict[str, list[int]]:
    """Return how long the phrases are that begin with two characters, the longest first."""
    found: dict[str, set[int]] = {}
    for phrase in phrase_readings():
        found.setdefault(phrase[:2], set()).add(len(phrase))
    return {start: sorted(lengths, reverse=True) for start, lengths in found.items()}


@lru_cache(maxsize=1)
def _deviating_characters() -> frozenset[str]:
    usual = toned_readings()
    return frozenset(
        character
        for phrase, readings in phrase_readings().items()
        for character, reading in zip(phrase, readings, strict=True)
        if usual.get(character) != reading
    )


@lru_cache(maxsize=1)
def _plain_readings() -> dict[str, str]:
    return {character: reading[:-1] for character, reading in toned_readings().items()}


@lru_cache(maxsize=1)
def _known_syllables() -> tuple[frozenset[str], frozenset[str]]:
    # The sounds of 嗯 and 呣 have no vowel and would cut every syllable that ends in n or ng.
    known = frozenset(reading for reading in _plain_readings().values() if not _VOWELS.isdisjoint(reading))
    return known, frozenset(reading[:end] for reading in known for end in range(1, len(reading) + 1))


@lru_cache(maxsize=1)
def _other_plain_readings() -> dict[str, tuple[str, ...]]:
    others = {character: tuple(readings.split()) for character, readings in OTHER_READINGS.items()}
    for character, reading in SURNAME_READINGS.items():
        others[character] = tuple(dict.fromkeys((*others.get(character, ()), reading[:-1])))
    usual = _plain_readings()
    return {character: readings for character, readings in others.items() if readings != (usual[character],)}


def units(name: str) -> list[str]:
    """Return the name folded and in parts that are read one by one: CJK characters, Latin words, numbers."""
    return units_of_folded(fold(name))


def units_of_folded(folded: str) -> list[str]:
    """Return the parts of a name that is folded already; see ``units``."""
    return list(folded) if _ALL_CHINESE.fullmatch(folded) else _UNIT.findall(folded)


def syllables(parts: list[str]) -> list[str]:
    """Return the pinyin of each part from ``units`` without tones; what is not Chinese stays as it is.

    Words whose characters are read in another way than usual, such as 重庆 or 银行, are recognised.
    """
    return _spelled(parts, _phrases_in(parts))


def _spelled(parts: list[str], phrases: list[tuple[int, tuple[str, ...]]]) -> list[str]:
    readings = _plain_readings()
    spelled = [readings.get(part, part) for part in parts]
    for start, phrase in phrases:
        for offset, reading in enumerate(phrase):
            spelled[start + offset] = reading[:-1]
    return spelled


def spellings(parts: list[str]) -> list[list[str]]:
    """Return up to four ways to spell the parts, the most likely one first.

    Each further way exchanges the reading of one everyday character with several readings among
    the first eight, so that 重庆 is found as ``chongqing`` and as ``zhongqing``.
    """
    return _varied(parts, syllables(parts))


def spellings_of_folded(folded: str) -> tuple[list[str], list[list[str]]]:
    """Return the parts of a name that is folded already and the ways to spell them, none if nothing is Chinese."""
    parts, phrases = _taken_apart(folded)
    return parts, _varied(parts, _spelled(parts, phrases)) if has_chinese(parts) else []


def _varied(parts: list[str], usual: list[str]) -> list[list[str]]:
    found = [usual]
    others = _other_plain_readings()
    varied = parts[:_VARIED_CHARACTERS]
    if others.keys().isdisjoint(varied):
        return found
    for index, part in enumerate(varied):
        for reading in others.get(part, ()):
            if reading != usual[index] and len(found) < _VARIANTS:
                found.append([*usual[:index], reading, *usual[index + 1 :]])
    return found


def has_chinese(parts: list[str]) -> bool:
    """Tell whether any of the parts from ``units`` has a pinyin."""
    return not _plain_readings().keys().isdisjoint(parts)


def full(name: str) -> str:
    """Return the whole name in pinyin without blanks: 重庆银行 gives ``chongqingyinhang``."""
    parts, phrases = _taken_apart(fold(name))
    return "".join(_spell_person(parts) or _spelled(parts, phrases))


def initials(name: str) -> str:
    """Return the first letter of each character and Latin words whole: 中国银行 gives ``zgyh``."""
    parts = units(name)
    spelled = _spell_person(parts) or syllables(parts)
    return "".join(initials_by_part(parts, spelled))


def initials_by_part(parts: list[str], spelled: list[str]) -> list[str]:
    """Return the first letter of each Chinese part, and the other parts as they are."""
    return [sound[0] if sound != part else part for part, sound in zip(parts, spelled, strict=True)]


def segmentations(text: str, *, most_syllables: int) -> list[list[str]]:
    """Return the ways to cut typed pinyin into syllables, at most eight, the longest syllables first.

    ``zhongguoyinh`` gives zhong, guo, yin, h: the last syllable may be begun only. What follows after
    ``most_syllables`` is not looked at. Text that is no pinyin gives an empty list.
    """
    known, begun = _known_syllables()
    found: list[list[str]] = []

    def cut(start: int, before: list[str]) -> None:
        if len(before) == most_syllables:
            found.append(before)
            return
        rest = text[start : start + _LONGEST_SYLLABLE]
        for length in range(len(rest), 0, -1):
            syllable = rest[:length]
            if start + length == len(text):
                if syllable in begun:
                    found.append([*before, syllable])
            elif syllable in known:
                cut(start + length, [*before, syllable])
            if len(found) >= _SEGMENTATIONS:
                return

    cut(0, [])
    return found


def sort_key(name: str) -> str:
    """Return a text whose byte order (collation "C") is the order of a Chinese name list.

    Chinese stands among Latin by its pinyin, then by tone, then by character, so the same surname
    stays together; digits come before letters. Surnames are read as surnames in names of people
    (单 shan, 曾 zeng, 仇 qiu, 区 ou), which are told by their two to four Chinese characters.
    """
    folded = fold(name[:_LONGEST_SORTED_TEXT])
    parts, phrases = _taken_apart(folded)
    keys = [_usual_sort_keys[part] for part in parts]
    for start, phrase in phrases:
        for offset, reading in enumerate(phrase, start):
            keys[offset] = _sort_key_of(parts[offset], reading)
    for offset, reading in enumerate(_surname_readings("".join(parts), len(parts))):
        keys[offset] = _sort_key_of(parts[offset], reading)
    return " ".join(keys) or folded.strip()


def _sort_key_of(character: str, reading: str) -> str:
    # The blank after the syllable sorts before any letter, so 李安 (li an) comes before 林 (lin).
    return f"{reading[:-1]} {reading[-1]}{character}"


class _SortKeys(dict[str, str]):
    """The sort key of each part of a name as it is usually read; learns a character when it first meets it."""

    def __missing__(self, part: str) -> str:
        reading = toned_readings().get(part)
        if reading is None:
            return part
        return self.setdefault(part, _sort_key_of(part, reading))


_usual_sort_keys: Final = _SortKeys()


def _phrases_in(parts: list[str]) -> list[tuple[int, tuple[str, ...]]]:
    return [] if _deviating_characters().isdisjoint(parts) else _find_phrases(tuple(parts))


# One name is asked about for its order, its duplicates and its search words. Nobody changes these lists.
@lru_cache(maxsize=4_096)
def _taken_apart(folded: str) -> tuple[list[str], list[tuple[int, tuple[str, ...]]]]:
    parts = units_of_folded(folded)
    return parts, _phrases_in(parts)


@lru_cache(maxsize=4_096)
def _find_phrases(parts: tuple[str, ...]) -> list[tuple[int, tuple[str, ...]]]:
    phrases = phrase_readings()
    lengths = _phrase_lengths()
    found: list[tuple[int, tuple[str, ...]]] = []
    free = 0
    for index, start in enumerate(map(add, parts, parts[1:])):
        if start in lengths and index >= free:
            for length in lengths[start]:
                phrase = phrases.get("".join(parts[index : index + length]))
                if phrase and len(phrase) == length:
                    found.append((index, phrase))
                    free = index + length
                    break
    return found


def _surname_readings(name: str, length: int) -> list[str]:
    if not 2 <= length <= 4 or not _CHINESE_NAME.fullmatch(name):
        return []
    if name[:2] in COMPOUND_SURNAMES:
        return COMPOUND_SURNAMES[name[:2]].split()
    is_person = length < 4 and name[0] in SURNAME_READINGS and name[:2] not in _NO_SURNAMES
    return [SURNAME_READINGS[name[0]]] if is_person else []


def _spell_person(parts: list[str]) -> list[str]:
    surname = _surname_readings("".join(parts), len(parts))
    if not surname:
        return []
    return [*(reading[:-1] for reading in surname), *syllables(parts)[len(surname) :]]
