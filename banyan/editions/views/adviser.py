"""The adviser: pages of questions and the advice they lead to; anybody may open them, and the address holds the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import DomainError, Invalid
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.web.errors import domain_error
from banyan.core.web.files.views import PDF_POLICY
from banyan.core.web.menu import frame
from banyan.core.web.plain_forms import UNPROCESSABLE, errors_of, fields_of
from banyan.editions.adviser.advising import advise
from banyan.editions.adviser.answers import answers_in_query, query_of, read_answers
from banyan.editions.adviser.loading import Step, steps
from banyan.editions.adviser.papers import as_pdf, as_workbook
from banyan.editions.adviser.telling import tell
from banyan.editions.adviser.trials import may_found
from banyan.editions.cost.addresses import address_of
from banyan.editions.cost.wording import word
from banyan.editions.forms.adviser import StepForm

HOME, RESULT = "/adviser", "/adviser/result"
LANGUAGE, STEP, FROM, TO, TO_RESULT = "language", "step", "from", "to", "result"
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
View = Callable[..., HttpResponse]


def open_to_all(view: View) -> View:
    """Let a view answer whoever reads, in the language that the address names, with refusals in words."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(("GET",))
        with translation.override(asked_language(request) or translation.get_language()):
            try:
                return view(request, *args, **values)
            except DomainError as error:
                return domain_error(request, error)

    return answer


@open_to_all
def ask(request: HttpRequest) -> HttpResponse:
    """Show one page of questions; take the answers of the page before and lead on with all of them in the address."""
    sent_from = _step(request.GET.get(FROM))
    others = answers_in_query(request.GET)
    if sent_from is not None:
        own = {question.key for question in sent_from.questions}
        kept = read_answers({key: value for key, value in others.items() if key not in own})
        form = StepForm(sent_from, request.GET, {})
        if not form.is_valid():
            return _page(request, sent_from, form, kept)
        return _lead_on(request, {**kept, **form.answers})
    step = _step(request.GET.get(STEP)) or steps()[0]
    try:
        given = read_answers(others)
    except Invalid as problem:
        return _repair(request, problem, others)
    return _page(request, step, StepForm(step, None, given), given)


@open_to_all
def result(request: HttpRequest) -> HttpResponse:
    """Show the advice for the answers of the address."""
    others = answers_in_query(request.GET)
    try:
        given = read_answers(others)
    except Invalid as problem:
        return _repair(request, problem, others)
    advice = advise(given)
    document = tell(advice)
    query = with_language(request, query_of(given))
    context = {
        "advice": document,
        "pdf_url": f"{RESULT}.pdf?{query}",
        "workbook_url": f"{RESULT}.xlsx?{query}",
        "trial_url": f"{HOME}/trial?{query}" if may_found(getattr(request, "actor", None)) else "",
        "change_url": f"{HOME}?{query}",
        "step_urls": {step.key: step_url(request, step.key, given) for step in steps()},
        "share_url": request.build_absolute_uri(f"{RESULT}?{query}"),
        "cost_url": address_of(advice.scenario),
        "query": query_of(given) if getattr(request, "actor", None) is not None else "",
        "kept_url": f"{HOME}/kept",
    }
    return framed(request, "editions/advice.html", context)


@open_to_all
def paper(request: HttpRequest) -> HttpResponse:
    """Answer with the advice as PDF."""
    given = read_answers(answers_in_query(request.GET))
    language = translation.get_language() or "en"
    address = request.build_absolute_uri(f"{RESULT}?{with_language(request, query_of(given))}")
    response = HttpResponse(as_pdf(tell(advise(given)), address, language), content_type="application/pdf")
    response.headers["Content-Disposition"] = str(content_disposition_header(False, f"{file_name()}.pdf"))
    response.headers["Content-Security-Policy"] = PDF_POLICY
    return response


@open_to_all
def workbook(request: HttpRequest) -> HttpResponse:
    """Answer with the advice as a workbook."""
    given = read_answers(answers_in_query(request.GET))
    address = request.build_absolute_uri(f"{RESULT}?{with_language(request, query_of(given))}")
    response = HttpResponse(as_workbook(tell(advise(given)), address), content_type=WORKBOOK_TYPE)
    response.headers["Content-Disposition"] = str(content_disposition_header(True, f"{file_name()}.xlsx"))
    return response


def file_name() -> str:
    """Return what the files of an advice are called."""
    return _("CRM advice")


def asked_language(request: HttpRequest) -> str:
    """Return the language that the address names; an empty text when it names none that there is."""
    asked = request.GET.get(LANGUAGE, "")
    return asked if asked in dict(LANGUAGES) else ""


def with_language(request: HttpRequest, query: str) -> str:
    """Return the parameters of an address with the language that was asked for."""
    asked = asked_language(request)
    return "&".join(filter(None, (query, urlencode({LANGUAGE: asked}) if asked else "")))


def framed(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a page with the menu for whoever is signed in, and without for everybody else."""
    is_signed_in = getattr(request, "actor", None) is not None
    current = translation.get_language()
    languages = [
        {"label": name, "url": f"{request.path}?{_in_language(request, code)}"}
        for code, name in LANGUAGES
        if code != current
    ]
    around = frame(request) if is_signed_in else {}
    shown = {
        **around,
        "layout": "base.html" if is_signed_in else "layout/plain.html",
        "languages": [] if is_signed_in else languages,
        **context,
    }
    return render(request, template, shown, status=status)


def step_url(request: HttpRequest, key: str, given: Mapping[str, Any]) -> str:
    """Return the address of a page of questions with what was answered."""
    return f"{HOME}?{with_language(request, '&'.join(filter(None, (urlencode({STEP: key}), query_of(given)))))}"


def _in_language(request: HttpRequest, code: str) -> str:
    parameters = request.GET.copy()
    parameters[LANGUAGE] = code
    return parameters.urlencode()


def _step(key: str | None) -> Step | None:
    return next((step for step in steps() if step.key == key), None)


def _lead_on(request: HttpRequest, given: Mapping[str, Any]) -> HttpResponse:
    wanted = request.GET.get(TO, "")
    if wanted == TO_RESULT or _step(wanted) is None:
        return HttpResponseRedirect(f"{RESULT}?{with_language(request, query_of(given))}")
    return HttpResponseRedirect(step_url(request, wanted, given))


def _repair(request: HttpRequest, problem: Invalid, sent: Mapping[str, Any]) -> HttpResponse:
    """Show the page of the first answer that is wrong, with what is wrong, and keep the others."""
    wrong = {error.field for error in problem.errors}
    step = next(step for step in steps() if any(question.key in wrong for question in step.questions))
    own = {question.key for question in step.questions}
    kept = {key: value for key, value in sent.items() if key not in own and key not in wrong}
    form = StepForm(step, request.GET, {})
    form.is_valid()
    return _page(request, step, form, read_answers(kept))


def _page(request: HttpRequest, step: Step, form: StepForm, given: Mapping[str, Any]) -> HttpResponse:
    known = steps()
    place = known.index(step)
    own = {question.key for question in step.questions}
    others = {key: value for key, value in given.items() if key not in own}
    context = {
        "title": word(step.label),
        "step": step.key,
        "steps": [
            {"label": word(each.label), "url": step_url(request, each.key, given),
             "state": "current" if each is step else "done" if known.index(each) < place else "ahead"}
            for each in known
        ],
        "place": place + 1,
        "count": len(known),
        "fields": fields_of(form),
        "errors": errors_of(form),
        "hidden": [{"name": name, "value": value} for name, value in parse_qsl(query_of(others))],
        "language_name": asked_language(request),
        "next": known[place + 1].key if place + 1 < len(known) else "",
        "back_url": step_url(request, known[place - 1].key, given) if place else "",
        "answered": len(given),
        "is_first": place == 0,
    }  # fmt: skip
    return framed(request, "editions/adviser.html", context, status=UNPROCESSABLE if form.errors else 200)
