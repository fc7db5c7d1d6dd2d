"""What people write into a cell that holds nothing."""

from __future__ import annotations

from banyan.core.transfer.cells import Cell

_STAND_INS = frozenset(
    {
        *("-", "--", "---", "—", "——", "－", "/", "\\", ".", "?", "*"),
        *("n/a", "#n/a", "na", "nan", "null", "none", "nil", "(null)", "(blank)", "undefined", "unknown"),
        *("无", "空", "没有", "未知", "未填", "未填写", "暂无", "不详", "请选择", "select", "please select"),
        *("0000-00-00", "0000-00-00 00:00:00", "1900-01-00", "0001-01-01", "0001-01-01 00:00:00"),
    }
)


def is_blank(cell: Cell) -> bool:
    """Say whether the cell is empty or holds only a stand-in for nothing, such as "-", "N/A" or "无"."""
    if cell is None:
        return True
    return isinstance(cell, str) and (not (text := cell.strip()) or text.casefold() in _STAND_INS)
