"""The page that says what the product costs a company; anybody may open it, and the address holds the whole scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, Invalid
from banyan.core.kernel.origin import current_origin
from banyan.core.kernel.rate_limits import RateLimiter
from banyan.core.objects.modules import modules
from banyan.core.web.menu import frame
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of
from banyan.editions.choices import DEPTH_LABELS
from banyan.editions.cost.addresses import GROUP_FIELDS, OFFER, OWN, PATH, RATE, TRAINED, query_of, values_in
from banyan.editions.cost.answers import offers_in
from banyan.editions.cost.files import MOST_CHARACTERS, PREFIX, from_text, scenario_from, to_text
from banyan.editions.cost.loading import all_assumptions, currency_rates, dates
from banyan.editions.cost.papers import as_pdf, as_workbook
from banyan.editions.cost.scenario import Offer, Scenario
from banyan.editions.cost.telling import assumption_rows, module_choices, plain, told
from banyan.editions.cost.wording import word
from banyan.editions.forms.cost import SECTIONS, CostForm, with_usual

#: Other scenarios that are compared with the one at hand; each is an address of its own.
WITH = "with"
#: What a year came to when the scenario was kept, and that it was of an older version.
KEPT, OLDER = "kept", "older"
FREE_GROUPS, FREE_OFFERS = 2, 2
#: Drawing a paper takes seconds; anybody may ask for one, but not for all the time.
papers = RateLimiter(20)
#: How workbooks and PDF files begin: they can be downloaded here, but not opened again.
NOT_TO_OPEN = (b"PK\x03\x04", b"%PDF")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def cost_page(request: HttpRequest) -> HttpResponse:
    """Show what a company pays in all parts and years, what it gains, how sure that is, and what it hinges on."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(("GET",))
    sent = request.GET.dict()
    form = CostForm(sent)
    scenario, problems = _read(form, sent)
    if scenario is not None and not all(text.strip() for text in sent.values()):
        # A form sends every input; the address that people copy has only what they said.
        others = urlencode({WITH: request.GET.getlist(WITH)}, doseq=True)
        return HttpResponseRedirect(f"{PATH}?{query_of(scenario)}{'&' if others else ''}{others}")
    result = told(scenario) if scenario else {}
    shown = scenario or scenario_from({"headcount": 200})
    context = {
        "sections": _sections(form, sent),
        "errors": [*errors_of(form), *problems],
        "result": result,
        "modules": _modules(shown) if result else {},
        "single": module_choices(shown),
        "is_single_open": bool(shown.modules) or any(error["field"].startswith("modules") for error in problems),
        "assumptions": assumption_rows(shown, sent, PREFIX),
        "own_assumptions": len(shown.ranges),
        "opens_assumptions": any(error["field"].startswith("assumptions") for error in problems),
        "opens_offers": any(error["field"].startswith(("offers", "rates")) for error in problems),
        "groups": _groups(shown, sent),
        "depths": list(DEPTH_LABELS.items()),
        "rates": _rates(shown, sent),
        "offers": _offers(shown, sent),
        "dates": dates(),
        "with": request.GET.getlist(WITH),
        "notes": _notes(sent, result),
        "links": _links(request, scenario) if scenario and result else {},
    }
    return answer_page(request, "editions/cost.html", context, status=200 if result else 422)


def answer_page(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a page for whoever comes: with the menu for people who are signed in, plain for everybody else."""
    is_signed_in = getattr(request, "actor", None) is not None
    around = {**(frame(request) if is_signed_in else {}), "is_signed_in": is_signed_in}
    layout = "base.html" if is_signed_in else "layout/plain.html"
    return render(request, template, {**around, "layout": layout, **context}, status=status)


@require_safe
def download(request: HttpRequest, kind: str) -> HttpResponse:
    """Return the scenario of an address as a file, or its result as a paper or a workbook."""
    if kind not in FILES:
        raise Http404
    try:
        papers.take(str(current_origin().address or "?"))
        scenario = scenario_from(values_in(with_usual(request.GET.dict())))
        made = FILES[kind](scenario)
    except DomainError as problem:
        return refused(request, problem)
    content, content_type = made
    name = f"{slugify(scenario.name, allow_unicode=True) or _('cost')}-{now():%Y-%m-%d}.{kind}"
    response = HttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = _attachment(name)
    return response


@require_POST
def open_file(request: HttpRequest) -> HttpResponse:
    """Open a scenario's file: lead to its address, or say what is wrong with it."""
    file = request.FILES.get("file")
    try:
        if file is None:
            raise Invalid([], _("Choose the file of a scenario."))
        if (file.size or 0) > MOST_CHARACTERS:
            raise Invalid([], _("The file is longer than a scenario can be."))
        content = file.read()
        if content.startswith(NOT_TO_OPEN):
            raise Invalid(
                [],
                _("This is a workbook or a paper. A scenario is opened from its YAML or JSON file: download that one."),
            )
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Invalid([], _("The file is no text in UTF-8.")) from None
        found = from_text(text)
    except DomainError as problem:
        return refused(request, problem)
    kept = f"&{KEPT}={found.kept_total}" if found.kept_total else ""
    return HttpResponseRedirect(f"{PATH}?{query_of(found.scenario)}{kept}{f'&{OLDER}=1' if found.is_older else ''}")


def refused(request: HttpRequest, problem: DomainError) -> HttpResponse:
    """Say what is wrong, field by field, with the way back."""
    errors = problem.errors if isinstance(problem, Invalid) and problem.errors else []
    context = {
        "message": "" if errors else str(problem.message),
        "errors": [{"label": label_of(error.field), "message": str(error.message)} for error in errors],
    }
    status = problem.status if problem.status != 400 else 422
    return answer_page(request, "editions/cost_refused.html", context, status=status)


def label_of(name: str) -> str:
    """Return what the field of a complaint is called on the page."""
    head, _dot, key = name.partition(".")
    if head == "assumptions" and key in all_assumptions():
        return word(all_assumptions()[key].labels)
    known = {
        "trained": _("Training by department"),
        "offers": _("Prices of other vendors"),
        "rates": _("Exchange rates"),
        "assumptions": _("Assumptions and where they come from"),
        "modules": _("Modules on top of the edition"),
        "file": _("File"),
    }
    field = CostForm.base_fields.get(head)
    return str(field.label) if field else f"{known.get(head, head)}{f' ({key})' if key else ''}"


def _read(form: CostForm, sent: Mapping[str, str]) -> tuple[Scenario | None, list[dict[str, str]]]:
    """Return the scenario that was asked for, or what is wrong with it beside the form's own fields."""
    if not form.is_valid():
        return None, []
    try:
        return scenario_from(values_in(with_usual(sent))), []
    except Invalid as problem:
        own = [error for error in problem.errors if error.field in form.fields]
        if own:
            add_problem(form, Invalid(own))
        return (
            None,
            [
                {"field": error.field, "label": label_of(error.field), "message": str(error.message)}
                for error in problem.errors
                if error.field not in form.fields
            ],
        )


def _sections(form: CostForm, sent: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the fields by section; a section is open when something in it was filled in or is wrong."""
    return [
        {
            "title": str(title),
            "fields": fields_of(form, names),
            "collapsed": not any(sent.get(name, "").strip() not in {"", "auto"} or name in form.errors for name in names),
        }
        for title, names in SECTIONS
    ]  # fmt: skip


def _groups(scenario: Scenario, sent: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the departments that are trained to a depth of their own, with room for more."""
    places = sorted({int(part) for name in sent if (part := name.removeprefix(TRAINED).partition("_")[0]).isdecimal()})
    rows = [
        {name: sent.get(f"{TRAINED}{place}_{name}", "") for name in GROUP_FIELDS}
        for place in places
        if any(sent.get(f"{TRAINED}{place}_{name}", "").strip() for name in ("department", "people"))
    ]
    rows += [dict.fromkeys(GROUP_FIELDS, "")] * FREE_GROUPS
    return [{**row, "prefix": f"{TRAINED}{place}_", "depth": row["depth"] or scenario.training}
            for place, row in enumerate(rows, 1)]  # fmt: skip


def _rates(scenario: Scenario, sent: Mapping[str, str]) -> list[dict[str, str]]:
    codes = dict.fromkeys([*currency_rates(), *scenario.rates, *(offer.currency for offer in offers_in(scenario))])
    return [
        {"name": f"{RATE}{code}", "code": code, "usual": plain(currency_rates()[code]) if code in currency_rates() else "",
         "value": sent.get(f"{RATE}{code}", "")}
        for code in codes if code != "CNY"
    ]  # fmt: skip


def _offers(scenario: Scenario, sent: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the inputs of other vendors' prices: those that are known, one's own, and room for more."""
    known = offers_in(scenario)
    free = [key for place in range(1, 40) if (key := f"{OWN}{place}") not in {offer.key for offer in known}]
    rows = [*known, *(Offer(key, "", None, scenario.currency) for key in free[:FREE_OFFERS])]
    return [
        {
            "prefix": f"{OFFER}{offer.key}_",
            "name": offer.name,
            "is_own": offer.key.startswith(OWN),
            "price": sent.get(f"{OFFER}{offer.key}_price", "" if offer.price is None else plain(offer.price)),
            "currency": offer.currency,
            "date": offer.day.isoformat() if offer.day else "",
            "source": offer.source,
        }
        for offer in rows
    ]


def _links(request: HttpRequest, scenario: Scenario) -> dict[str, Any]:
    """Return where the scenario leads: its own address, files, and the comparison."""
    query = query_of(scenario)
    return {
        "share": request.build_absolute_uri(f"{PATH}?{query}"),
        "query": query,
        "files": {kind: f"{PATH}/download/{kind}?{query}" for kind in FILES},
        "others": {
            other: f"{PATH}?{query_of(replace(scenario, edition=other))}"
            for other in ("basic", "standard", "enterprise")
        },
    }


def _notes(sent: Mapping[str, str], result: Mapping[str, Any]) -> list[str]:
    """Return what has changed since the scenario was kept, so that nobody takes a new total for the old one."""
    notes = []
    if result and sent.get(OLDER):
        notes.append(_("This scenario is of version 1. What it did not know yet is as usual now."))
    kept = sent.get(KEPT, "")[:40]
    if result and kept:
        message = _(
            "When this was kept, a year came to %(before)s; with the assumptions and prices of today it is another sum."
        )
        notes.append(message % {"before": kept})  # fmt: skip
    return notes


def _modules(scenario: Scenario) -> dict[str, list[dict[str, Any]]]:
    """Return what there is with the edition and what is on top of it, and what is left out as such companies do not need it."""
    known = [
        {
            "label": str(module.label),
            "purpose": str(module.purpose),
            "needed_by": str(module.needed_by),
            "has": scenario.edition in module.editions or module.name in scenario.modules,
        }
        for module in modules
    ]
    return {
        "in": [module for module in known if module["has"]],
        "out": [module for module in known if not module["has"]],
    }


def _attachment(name: str) -> str:
    from django.utils.http import content_disposition_header  # noqa: PLC0415 only downloads need it

    return content_disposition_header(as_attachment=True, filename=name) or "attachment"


def _pdf(scenario: Scenario) -> tuple[bytes, str]:
    return as_pdf(scenario, get_language() or "en"), "application/pdf"


#: The kinds of files of a scenario and how each is made.
FILES: dict[str, Callable[[Scenario], tuple[bytes | str, str]]] = {
    "pdf": _pdf,
    "xlsx": lambda scenario: (as_workbook(scenario), XLSX),
    "yaml": lambda scenario: (to_text(scenario, "yaml"), "application/yaml"),
    "json": lambda scenario: (to_text(scenario, "json"), "application/json"),
}
