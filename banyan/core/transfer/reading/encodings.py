"""Which character encoding a text is in, judged by the whole file and not by its first page."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from banyan.core.transfer.cells import screened
from banyan.core.transfer.reading import refusals

_CHUNK_BYTES = 1 << 18
_HEAD_BYTES = 1 << 16
_EVIDENCE_BYTES = 1 << 18

# The longer marks first: the mark of UTF-32 begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Each is read as the larger set that contains it, as browsers do: files named so hold its characters too.
_LARGER_SETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "ascii": "utf-8",
    "utf-8-sig": "utf-8",
    "big5": "cp950",
}

# The characters that business files in Chinese are full of. In the right encoding about half of all characters
# are among these; in a wrong one hardly any, because the bytes then point to rare characters.
_FREQUENT_SIMPLIFIED = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "公司限客户名称电话地址联系手机邮箱编号负责状态来源业备注金额日期类型产品数量价格销售合同订单职务部门省市区县路街道室楼号层"
    "北京上海广州深圳天津重庆江苏浙东山河南湖西四川福建安徽杭宁波苏无锡成都武汉长沙青岛大连厦门佛莞合肥济郑沈阳哈尔滨"
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚"
    "科技信息网络贸易有实集团股份电子机械设备材料服务医药化食建筑工程房地投资管理教育文传媒广告物流汽车能源环保金融保险银"
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华新文美玉红小华海晓春志建国光辉龙凤云飞鹏宇浩然婷雪梅琳晨佳欣怡"
    "男女是否先生经理总监主任员日月元万姓邮政编码网站传真规模级别创建时间跟进内容下次标签意向成交重要普通已未"
)
_FREQUENT_TRADITIONAL = frozenset(
    "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多定行學法所民得經"
    "公司限客戶名稱電話地址聯繫絡手機郵箱編號負責狀態來源業備註金額日期類型產品數量價格銷售合同訂單職務部門省市區縣路街道室樓號層"
    "北京上海廣州深圳天津重慶江蘇浙東山河南湖西四川福建安徽杭寧波無錫成都武漢長沙青島大連廈門臺台灣高雄中新竹香港九龍澳嘉義"
    "王李張劉陳楊趙黃周吳徐孫胡朱高林何郭馬羅梁宋鄭謝韓唐馮于董蕭程曹袁鄧許傅沈曾彭呂蘇盧蔣蔡賈丁魏薛葉余潘杜戴夏鍾汪田任姜范方石姚"
    "科技資訊信息網路貿易實集團股份電子機械設備材料服務醫藥化食建築工程房地投資管理教育文傳媒廣告物流汽車能源環保金融保險銀"
    "偉芳娜秀英敏靜麗強磊軍洋勇艷傑娟濤明超蘭霞平剛桂華新文美玉紅小海曉春志建國光輝龍鳳雲飛鵬宇浩然婷雪梅琳晨佳欣怡"
    "男女是否先生經理總監主任員日月元萬姓郵政編碼網站傳真規模級別創建時間跟進內容下次標籤成交重要普通已未"
)
_LEAST_FREQUENT_SHARE = 0.2
# The first bytes of everyday characters and of full-width punctuation in GB 2312.
_FIRST_LEVEL = (0xB0, 0xD7)
_PUNCTUATION = 0xA3
_LEAST_EVERYDAY_SHARE = 0.6
_TEXT_ENCODING = re.compile(
    r"(utf-(8|16|32)|gb|big5|cp\d|iso8859|koi8|shift_jis|euc_|euc-|mac-|ascii|windows|johab|hz|iso2022)", re.IGNORECASE
)
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_LEAST_LATIN_SHARE = 0.6
# More than this share of NUL and other controls means a picture or a program, not text.
_MOST_CONTROL_SHARE = 0.02
_CONTROLS = bytes([*range(9), 11, 12, *range(14, 27), *range(28, 32)])


@dataclass(slots=True)
class DecodedText:
    """A binary file seen as text; ``unreadable`` counts the characters that could not be decoded so far."""

    file: BinaryIO
    encoding: str
    unreadable: int = 0

    def chunks(self) -> Iterator[str]:
        """Yield the text in pieces, without byte order mark and harmful characters; restarts at each call."""
        self.unreadable = 0
        decoder = codecs.getincrementaldecoder(self.encoding)(errors="replace")
        is_first = True
        for chunk in raw_chunks(self.file):
            text = decoder.decode(chunk)
            if is_first and text:
                text = text.removeprefix("\ufeff")
                is_first = False
            self.unreadable += text.count("\ufffd")
            yield screened(text)
        if rest := decoder.decode(b"", True):
            self.unreadable += 1
            yield rest


def raw_chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the file from its beginning; several readers of one file do not disturb each other."""
    offset = 0
    while True:
        file.seek(offset)
        chunk = file.read(_CHUNK_BYTES)
        if not chunk:
            return
        offset += len(chunk)
        yield chunk


def decoded(file: BinaryIO, encoding: str | None = None) -> DecodedText:
    """Return the file as text, in the encoding given or else in the one that the content shows.

    Refuses binary content, an encoding that does not exist, and text that fits no encoding we know.
    """
    if encoding is not None:
        return DecodedText(file, _known_encoding(encoding))
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    for mark, marked in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return DecodedText(file, marked)
    if wide := _unmarked_utf16(head):
        return DecodedText(file, wide)
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > len(head) * _MOST_CONTROL_SHARE + 2:
        raise refusals.not_a_table()
    if _is_utf8(file):
        return DecodedText(file, "utf-8")
    return DecodedText(file, _most_plausible(_evidence(file)))


def _known_encoding(name: str) -> str:
    try:
        known = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        raise refusals.no_such_encoding(name) from None
    # Python knows more than encodings of text: "hex" and "rot13" among them.
    if not _TEXT_ENCODING.match(known):
        raise refusals.no_such_encoding(name)
    return _LARGER_SETS.get(known, known)


def _unmarked_utf16(head: bytes) -> str | None:
    """Return the byte order when the text is UTF-16 without a mark.

    Its line ends, digits and separators put NULs into every second byte: always the same ones.
    """
    even, odd = head[0::2].count(0), head[1::2].count(0)
    most, least = max(even, odd), min(even, odd)
    if most < 2 or least * 20 > most:
        return None
    encoding = "utf-16-be" if even > odd else "utf-16-le"
    try:
        text = head[: len(head) // 2 * 2].decode(encoding, "strict" if len(head) < _HEAD_BYTES else "replace")
    except UnicodeDecodeError:
        return None
    # A stray NUL in narrow text would turn the rest of it into characters that nobody assigned or uses.
    usual = sum(character < "\u0250" or "\u2000" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3"
                or "\uff00" <= character <= "\uffef" for character in text)  # fmt: skip
    has_lines = any(mark in text for mark in "\n\r,;\t|")
    narrow_share = 2 * most / len(head)
    return encoding if has_lines and usual >= 0.95 * len(text) and narrow_share > 0.02 else None


def _is_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in raw_chunks(file):
            decoder.decode(chunk)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _evidence(file: BinaryIO) -> bytes:
    """Return lines with bytes beyond ASCII from all over the file; the others say nothing."""
    found: list[bytes] = []
    size = 0
    rest = b""
    for chunk in raw_chunks(file):
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()[-_EVIDENCE_BYTES:]
        if chunk.isascii():
            continue
        telling = [line for line in lines if not line.isascii()]
        found += telling
        size += sum(map(len, telling))
        if size > _EVIDENCE_BYTES:
            break
    return b"\n".join([*found, rest])


def _most_plausible(evidence: bytes) -> str:
    if _is_damaged_utf8(evidence):
        return "utf-8"
    simplified = _frequent_share(evidence, "gb18030", _FREQUENT_SIMPLIFIED)
    traditional = _frequent_share(evidence, "cp950", _FREQUENT_TRADITIONAL)
    if max(simplified, traditional) >= _LEAST_FREQUENT_SHARE:
        return "gb18030" if simplified >= traditional else "cp950"
    runs = _HIGH_RUN.findall(evidence)
    # Accented letters stand alone between plain ones; the bytes of Chinese characters come in rows.
    if sum(len(run) == 1 for run in runs) >= _LEAST_LATIN_SHARE * len(runs):
        return "cp1252"
    if _is_everyday_chinese(evidence):
        return "gb18030"
    raise refusals.unknown_encoding()


def _is_everyday_chinese(evidence: bytes) -> bool:
    """Say whether most characters are among the 3,755 of GB 2312's first level, as in any Chinese text."""
    pairs = _HIGH_RUN.findall(evidence)
    leads = [run[index] for run in pairs for index in range(0, len(run) - 1, 2)]
    everyday = sum(_FIRST_LEVEL[0] <= lead <= _FIRST_LEVEL[1] or lead == _PUNCTUATION for lead in leads)
    return bool(leads) and everyday >= _LEAST_EVERYDAY_SHARE * len(leads)


def _is_damaged_utf8(evidence: bytes) -> bool:
    """Say whether nearly all of it is UTF-8: some programs cut texts in the middle of a character."""
    text = evidence.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    meant = sum(character > "\x7f" for character in text) - damaged
    return meant > 0 and damaged * 10 <= meant


def _frequent_share(evidence: bytes, encoding: str, frequent: frozenset[str]) -> float:
    """Return the share of usual characters among those beyond ASCII, less what cannot be decoded at all."""
    wide = [character for character in evidence.decode(encoding, "replace") if character > "\x7f"]
    if not wide:
        return 0.0
    broken = sum(character == "\ufffd" for character in wide)
    return (sum(character in frequent for character in wide) - 5 * broken) / len(wide)
