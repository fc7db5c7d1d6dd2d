"""The advice on paper, as a workbook and as lines for a terminal, all made of the told document."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.core.kernel.clock import today
from banyan.core.kernel.languages import written_day
from banyan.core.web.pdf import draw, paper_styles

TEMPLATE = "editions/advice_paper.html"
STYLES = Path(__file__).resolve().parent.parent / "static" / "editions" / "advice_paper.css"
TIME_ZONE = "Asia/Shanghai"
WIDTHS = (34, 24, 24, 60)
Row = Sequence[Any]


def as_pdf(document: Mapping[str, Any], address: str, language: str) -> bytes:
    """Return an advice as PDF; raise ``PdfUnavailable`` where the libraries for it are missing."""
    context = {"advice": document, "address": address, "language": language,
               "day": written_day(today(TIME_ZONE), language)}  # fmt: skip
    with translation.override(language):
        text = render_to_string(TEMPLATE, context, using="jinja2")
    return draw(text, paper_styles(STYLES))


def as_workbook(document: Mapping[str, Any], address: str) -> bytes:
    """Return an advice as XLSX; amounts are numbers, each with the formula in words that it is made by."""
    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        formats = {
            "bold": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
            "number": book.add_format({"num_format": "#,##0.00", "valign": "top"}),
        }
        for title, head, rows in _sheets(document, address):
            sheet = book.add_worksheet(title)
            for column, width in enumerate(WIDTHS):
                sheet.set_column(column, column, width)
            sheet.freeze_panes(1, 0)
            for place, row in enumerate((head, *rows)):
                for column, value in enumerate(row):
                    _write(sheet, place, column, value, formats, is_head=place == 0)
    return target.getvalue()


def _listed(rows: Iterable[Mapping[str, Any]]) -> str:
    return _(", ").join(row["label"] for row in rows) or "-"


def as_text(advice: Mapping[str, Any]) -> str:
    """Return an advice as lines for a terminal: what counts, without the assumptions."""
    cost, benefit, modules = advice["cost"], advice["benefit"], advice["modules"]
    lines = [
        f"{advice['edition']['label']}: {cost['likely']['text']} ({cost['low']['text']} – {cost['high']['text']})",
        *[f"  {text}" for text in advice["edition"]["because"]],
        *[f"! {entry['text']} {entry['way_out']}" for entry in advice["contradictions"]],
        f"{_('Benefit of a year, likely')}: {benefit['likely']['text']}; {benefit['payback_text']}",
        f"{_('Modules you need')}: {_listed(modules['needed'])}",
        f"{_('Modules that hang on open questions')}: {_listed(modules['open'])}",
        f"{_('Modules you do not need')}: {_listed(modules['not_needed'])}",
        *[f"{process['name']}: {' > '.join(stage['name'] for stage in process['stages'])}" for process in advice["process"]["processes"]],
        *[f"  {phase['weeks']}: {phase['label']}" for phase in advice["roll_out"]["phases"]],
        *[f"  {part['label']}: {part['average']['text']}" for part in cost["parts"] if part["average"]["value"]],
        *[f"{row['label']}: {row['average']['text']}" for row in advice["comparison"]],
        *[f"- {risk['text']} {risk['way_out']}" for risk in advice["risks"]],
    ]  # fmt: skip
    if advice["open"]:
        lines.append(f"{pgettext('adviser', 'Open')}: {', '.join(entry['key'] for entry in advice['open'])}")
    return "\n".join([*lines, advice["address"]])


def _write(sheet: Any, row: int, column: int, value: Any, formats: Mapping[str, Any], *, is_head: bool) -> None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        sheet.write_number(row, column, value, formats["number"])
    elif value not in (None, ""):
        sheet.write_string(row, column, str(value), formats["bold" if is_head else "text"])


def _sheets(advice: Mapping[str, Any], address: str) -> Iterable[tuple[str, Row, Sequence[Row]]]:
    """Yield the sheets: title, heading and rows."""
    benefit, currency, edition = advice["benefit"], advice["cost"]["currency"], advice["edition"]
    summary: list[Row] = [
        (_("Edition"), edition["label"], "", " ".join(edition["because"])),
        *[(figure["label"], figure["value"], "", f"{figure['formula']} {figure['with_figures']}".strip()) for figure in advice["figures"]],
        (_("Benefit of a year, likely"), benefit["likely"]["value"], currency, ""),
        (_("Net present value"), benefit["net_present_value"]["value"], currency, ""),
        (_("Payback"), benefit["payback_text"], "", ""),
        *[(_("Contradiction"), "", "", f"{each['text']} {each['way_out']}") for each in advice["contradictions"]],
        (_("Address of this advice"), address, "", ""),
    ]  # fmt: skip
    yield _("Advice"), (pgettext("adviser", "What"), pgettext("adviser", "Value"), _("Unit"), _("Why and how")), summary
    yield _("Answers"), (_("Question"), pgettext("adviser", "Answer")), [
        (question["label"], question["answer"] or pgettext("adviser", "Open"))
        for step in advice["answered"] for question in step["questions"]
    ]  # fmt: skip
    states = {
        "needed": pgettext("adviser", "Needed"),
        "open": pgettext("adviser", "Open"),
        "not_needed": pgettext("adviser", "Not needed"),
    }
    yield _("Modules"), (_("Module"), _("Verdict"), pgettext("adviser", "For"), _("Against or why not")), [
        (row["label"], states[state], row.get("for", ""),
         " ".join(filter(None, (row.get("against", ""), row.get("because", "")))))
        for state, rows in advice["modules"].items() for row in rows
    ]  # fmt: skip
    yield from _figures(advice)
    yield from _plan(advice)


def _figures(advice: Mapping[str, Any]) -> Iterable[tuple[str, Row, Sequence[Row]]]:
    """Yield the sheets of cost and benefit."""
    cost, benefit, currency = advice["cost"], advice["benefit"], advice["cost"]["currency"]
    years = [_("Year %(number)s") % {"number": place + 1} for place in range(len(cost["years"]))]
    yield _("Cost"), (_("Part"), *years, _("Average"), _("Currency"), _("Formula")), [
        *[(part["label"], *[year["value"] for year in part["years"]], part["average"]["value"], currency, part["formula"])
          for part in cost["parts"]],
        (_("Total"), *[year["value"] for year in cost["years"]], cost["likely"]["value"], currency, ""),
    ]  # fmt: skip
    yield _("Benefit"), (_("Benefit"), _("Low"), _("Likely"), _("High"), _("Currency"), _("Formula"), _("With figures")), [
        (gain["label"], gain["low"]["value"], gain["likely"]["value"], gain["high"]["value"], currency, gain["formula"],
         gain["with_figures"])
        for gain in benefit["gains"]
    ]  # fmt: skip


def _plan(advice: Mapping[str, Any]) -> Iterable[tuple[str, Row, Sequence[Row]]]:
    """Yield the sheets of process, roll-out, comparison, risks and assumptions."""
    yield _("Process"), (_("Process"), _("Stage"), _("Probability in %"), _("Days until it counts as stuck")), [
        (process["name"], stage["name"], stage["probability"], stage["stale_days"])
        for process in advice["process"]["processes"] for stage in process["stages"]
    ]  # fmt: skip
    yield _("Roll-out"), (_("Phase"), _("Weeks"), "", _("What is done")), [
        *[(phase["label"], phase["weeks"], "", phase["text"]) for phase in advice["roll_out"]["phases"]],
        *[(row["label"], _("%(people)s people, %(hours)s hours each") % row, "", row["text"])
          for row in advice["training"]["roles"]],
    ]  # fmt: skip
    yield pgettext("adviser", "Comparison"), (pgettext("adviser", "Choice"), _("A year"), _("Difference"), _("For and against")), [
        (row["label"], row["average"]["value"], row["difference"]["value"],
         " ".join([row["verdict"], *row["for"], *row["against"], *row["items"]]).strip())
        for row in advice["comparison"]
    ]  # fmt: skip
    yield (
        _("Risks"),
        (_("Risk"), "", "", _("What to do")),
        [(risk["text"], "", "", risk["way_out"]) for risk in advice["risks"]],
    )
    yield _("Assumptions"), (_("Assumption"), _("Low, likely, high"), _("Unit"), _("Source")), [
        (row["label"], f"{row['low']}, {row['likely']}, {row['high']}", row["unit"], row["source"])
        for row in advice["assumptions"]
    ]  # fmt: skip
