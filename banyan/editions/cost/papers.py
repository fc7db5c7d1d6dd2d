"""The result of a scenario as a paper (PDF) and as a workbook (XLSX) whose sums are formulas."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.core.kernel.clock import now
from banyan.core.transfer.formulas import escaped
from banyan.core.web.pdf import draw
from banyan.editions.choices import PART_LABELS
from banyan.editions.cost.addresses import address_of
from banyan.editions.cost.answers import benefit_of, estimate_in
from banyan.editions.cost.benefit import factors, facts_of
from banyan.editions.cost.drawing import drawn
from banyan.editions.cost.files import PREFIX
from banyan.editions.cost.loading import all_assumptions, benefits, dates, fact_labels
from banyan.editions.cost.model import means, ranges_of
from banyan.editions.cost.scenario import Scenario
from banyan.editions.cost.telling import assumption_rows, facts, plain, told
from banyan.editions.cost.wording import word

STYLES = Path(__file__).resolve().parent.parent / "static" / "editions" / "cost_paper.css"
DRAWN = ("by_year", "tornado", "cash", "curve", "growth")
WIDE, NARROW = 46, 16


def as_pdf(scenario: Scenario, language: str) -> bytes:
    """Return the result as PDF; raise ``PdfUnavailable`` where the libraries for it are missing."""
    with translation.override(language):
        found = told(scenario)
        context = {
            "told": found,
            "drawings": {name: drawn(found[name]["option"]) for name in DRAWN if found[name]},
            "assumptions": assumption_rows(scenario, _own(scenario), PREFIX),
            "language": language,
            "day": f"{now():%Y-%m-%d}",
            "address": address_of(scenario),
        }
        text = render_to_string("editions/cost_paper.html", context, using="jinja2")
    return draw(text, _styles())


def as_workbook(scenario: Scenario) -> bytes:
    """Return the result as XLSX: cost, benefit, the assumptions and what was asked; sums and benefits are formulas."""
    target = io.BytesIO()
    import xlsxwriter

    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        _Book(book, scenario).write()
    return target.getvalue()


class _Book:
    """A workbook while it is written."""

    def __init__(self, book: Any, scenario: Scenario) -> None:
        self.book, self.scenario = book, scenario
        self.bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.amount = book.add_format({"num_format": "#,##0.00", "valign": "top"})
        self.sum = book.add_format({"num_format": "#,##0.00", "bold": True, "top": 1})
        self.share = book.add_format({"num_format": "0.0 %", "valign": "top"})
        self.number = book.add_format({"num_format": "#,##0.####", "valign": "top"})

    def write(self) -> None:
        self._cost()
        self._benefit()
        self._assumptions()
        self._company()

    def _sheet(self, name: str, headings: Sequence[str]) -> Any:
        sheet = self.book.add_worksheet(name[:31])
        sheet.write_row(0, 0, headings, self.bold)
        sheet.set_column(0, 0, WIDE)
        sheet.set_column(1, max(1, len(headings) - 1), NARROW)
        sheet.freeze_panes(1, 1)
        return sheet

    def _cost(self) -> None:
        """Write the parts by year; the sums below and beside are formulas."""
        found, years = estimate_in(self.scenario), self.scenario.years
        titles = [_("Year %(number)s") % {"number": year + 1} for year in range(years)]
        heading = _("Part, in %(currency)s") % {"currency": self.scenario.currency}
        sheet = self._sheet(_("Cost"), [heading, *titles, _("Average"), _("Of it once")])
        once = found.one_off
        for row, (name, amounts) in enumerate(found.parts.items(), 1):
            sheet.write_string(row, 0, str(PART_LABELS[name]), self.text)
            for column, amount in enumerate(amounts, 1):
                sheet.write_number(row, column, float(amount), self.amount)
            span = f"{_cell(row, 1)}:{_cell(row, years)}"
            sheet.write_formula(row, years + 1, f"=ROUND(AVERAGE({span}),2)", self.amount, float(found.per_year[name]))
            sheet.write_number(row, years + 2, float(once.get(name, 0)), self.amount)
        last = len(found.parts)
        sums = [*found.totals, found.likely, sum(once.values(), Decimal(0))]
        sheet.write_string(last + 1, 0, _("Total"), self.bold)
        for column, amount in enumerate(sums, 1):
            sheet.write_formula(
                last + 1, column, f"=SUM({_cell(1, column)}:{_cell(last, column)})", self.sum, float(amount)
            )
        extra = [
            (_("A year, low"), found.low),
            (_("A year, high"), found.high),
            (_("All years, in today's money"), found.present_value),
        ]
        for row, (label, amount) in enumerate(extra, last + 3):
            sheet.write_string(row, 0, label, self.text)
            sheet.write_number(row, 1, float(amount), self.amount)

    def _benefit(self) -> None:
        """Write each benefit of a full year as a live formula of its factors, and what comes of costs and benefits."""
        scenario, gained = self.scenario, benefit_of(self.scenario)
        sheet = self._sheet(
            _("Benefit"), [_("Benefit, of a full first year in CNY"), pgettext("cost", "Value"), _("Factor")]
        )
        numbers = means(ranges_of(scenario, all_assumptions()))
        values = {**numbers, **facts_of(scenario, numbers)[0]}
        row = 1
        for effect in benefits():
            first, total = row + 1, 1.0
            signs: list[str] = []
            for sign, name in factors(effect.formula):
                row += 1
                value = float(values.get(name) if name in values else name)  # type: ignore[arg-type]
                total = total * value if sign == "*" else total / value
                signs.append(f"{sign if signs else ''}{_cell(row, 1)}")
                sheet.write_number(row, 1, value, self.number)
                sheet.write_string(row, 2, f"{'÷' if sign == '/' else '×'} {_factor(name)}", self.text)
            sheet.write_string(first - 1, 0, word(effect.labels), self.bold)
            sheet.write_formula(first - 1, 1, "=" + "".join(signs), self.sum, total)
            row += 2
        results = [
            (_("Benefit a year, likely"), float(gained.likely), self.amount),
            (_("Benefit a year, low"), float(gained.low), self.amount),
            (_("Benefit a year, high"), float(gained.high), self.amount),
            (_("Interest for coming years"), float(scenario.discount), self.share),
        ]
        for label, value, style in results:
            sheet.write_string(row, 0, label, self.text)
            sheet.write_number(row, 1, value, style)
            row += 1
        self._flows(sheet, row + 1, interest=_cell(row - 1, 1))

    def _flows(self, sheet: Any, row: int, *, interest: str) -> None:
        """Write costs at the beginning and benefits at the end of each year, and what they come to."""
        gained = benefit_of(self.scenario)
        heading = _("Flow at the end of year, in %(currency)s") % {"currency": self.scenario.currency}
        sheet.write_string(row, 0, heading, self.bold)
        for year, flow in enumerate(gained.flows):
            sheet.write_string(row + 1 + year, 0, str(year), self.text)
            sheet.write_number(row + 1 + year, 1, float(flow), self.amount)
        first, last = _cell(row + 1, 1), _cell(row + len(gained.flows), 1)
        end = row + len(gained.flows) + 1
        sheet.write_string(end, 0, _("Net present value"), self.bold)
        later = f"{_cell(row + 2, 1)}:{last}"
        sheet.write_formula(end, 1, f"={first}+NPV({interest},{later})", self.sum, float(gained.net_present_value))
        sheet.write_string(end + 1, 0, _("Internal rate of return"), self.bold)
        if gained.rate is not None:
            sheet.write_formula(end + 1, 1, f"=IRR({first}:{last})", self.share, float(gained.rate))

    def _assumptions(self) -> None:
        headings = [_("Assumption"), _("Part"), _("Unit"), _("Low"), _("Likely"), _("High"), _("Source")]
        sheet = self._sheet(_("Assumptions"), headings)
        sheet.set_column(6, 6, 70)
        known = ranges_of(self.scenario, all_assumptions())
        for row, entry in enumerate(assumption_rows(self.scenario, _own(self.scenario), PREFIX), 1):
            found = known[entry["key"]]
            for column, text in ((0, entry["label"]), (1, entry["part"]), (2, entry["unit"])):
                sheet.write_string(row, column, str(text), self.text)
            for column, number in enumerate((found.low, found.likely, found.high), 3):
                sheet.write_number(row, column, float(number), self.number)
            sheet.write_string(row, 6, _("Your own figure") if entry["value"] else entry["source"], self.text)

    def _company(self) -> None:
        sheet = self._sheet(_("Company"), [_("The company and its plan"), pgettext("cost", "Value")])
        sheet.set_column(1, 1, 40)
        rows = [
            (_("Name of the scenario"), self.scenario.name or "–"),
            *facts(self.scenario),
            (_("Assumptions as of"), dates()["assumptions"]),
            (_("Prices as of"), dates()["price_book"]),
        ]
        for row, (label, value) in enumerate(rows, 1):
            sheet.write_string(row, 0, label, self.text)
            sheet.write_string(row, 1, escaped(str(value)), self.text)


def _own(scenario: Scenario) -> dict[str, str]:
    """Return the assumptions that a scenario replaces, as the page shows them."""
    return {
        f"{PREFIX}{key}": ", ".join(plain(number) for number in (one.low, one.likely, one.high))
        for key, one in scenario.ranges.items()
    }


def _factor(name: str) -> str:
    if name in all_assumptions():
        return word(all_assumptions()[name].labels)
    return word(fact_labels()[name]) if name in fact_labels() else name


def _cell(row: int, column: int) -> str:
    from xlsxwriter.utility import xl_rowcol_to_cell

    return str(xl_rowcol_to_cell(row, column))


@lru_cache(maxsize=1)
def _styles() -> str:
    return STYLES.read_text(encoding="utf-8")
