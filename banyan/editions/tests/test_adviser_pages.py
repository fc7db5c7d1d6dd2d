"""The adviser for visitors and programs: questions, the advice in every form, and the trial it makes."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from django.conf import settings
from django.test import Client
from pypdf import PdfReader

from banyan.cli.advise import advise as command
from banyan.cli.cost import cost
from banyan.core.identity.models import Account, User
from banyan.core.kernel.clock import today
from banyan.core.objects.modules import module_is_on, modules
from banyan.core.objects.registry import spec_for
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import page_text
from banyan.editions.adviser.trials import MARK, MOST_OF_AN_ADDRESS, mark_of
from banyan.editions.jobs import end_adviser_trials
from banyan.editions.models import KeptAdvice
from tests.cast import PASSWORD, Cast, api_client, sign_in

QUERY = {
    "headcount": "12",
    "sales_process": "stages",
    "papers": "quotes,orders",
    "industry": "consulting",
    "currency": "USD",
}
VISITOR = {"organization": "Lane Works", "name": "Ada Lane", "email": "ada@lane.test", "password": PASSWORD}


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def open_to_visitors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CONFIGURATION", replace(settings.CONFIGURATION, trials="visitors"))


@pytest.mark.django_db
def test_answers_lead_from_page_to_page_in_the_address(visitor: Client) -> None:
    first = visitor.get("/adviser")
    assert "How many people do you have now?" in page_text(first)
    assert "no other number matters as much" in page_text(first)
    on = visitor.get(
        "/adviser",
        {"from": "company", "headcount": "1,200", "reach": "?", "languages": ["zh", "en"], "to": "organization"},
    )
    assert on.headers["Location"] == "/adviser?step=organization&headcount=1200&languages=zh%2Cen"
    assert "Organization and budget Step 2 of 5" in page_text(visitor.get(on.headers["Location"]))


@pytest.mark.django_db
def test_wrong_answer_is_named_beside_its_question_and_the_others_stay(visitor: Client) -> None:
    sent = {"from": "company", "headcount": "none", "industry": "finance", "budget": "5000", "to": "organization"}
    for query in (sent, {"headcount": "none", "budget": "5000"}):
        answer = visitor.get("/adviser", query)
        assert answer.status_code == 422
        assert "This must be a number." in page_text(answer)
        assert 'name="budget" value="5000"' in answer.content.decode()
    assert visitor.get("/adviser/result", {"headcount": "0"}).status_code == 422


@pytest.mark.django_db
def test_address_gives_the_same_advice_on_page_paper_and_in_the_workbook(visitor: Client) -> None:
    page = page_text(visitor.get("/adviser/result", QUERY))
    wanted = (
        "Modules you need", "Modules you do not need", "Purchasing is done elsewhere.",
        "From the template “Consulting and design”", "Roll-out in", "Administrators", "What it costs, in USD", "What it brings",
        "Staying on spreadsheets", "Standard edition", "Basic edition with Quotes",
        "Switched on singly, on top of it: ", "That costs less than the next larger edition.", "Risks, and what to do about them",
    )  # fmt: skip
    assert [part for part in wanted if part not in page] == []
    paper = visitor.get("/adviser/result.pdf", {**QUERY, "language": "zh-hans"})
    text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(paper.content)).pages)
    assert all(part in text for part in ("标准版", "咨询"))
    book = openpyxl.load_workbook(io.BytesIO(visitor.get("/adviser/result.xlsx", QUERY).content))
    assert book.sheetnames[:3] == ["Advice", "Answers", "Modules"]
    total = next(row for row in book["Cost"].iter_rows(values_only=True) if row[0] == "Total")
    assert f"{total[-3]:,.0f} USD" in page


@pytest.mark.django_db
def test_sign_in_page_and_cost_page_lead_to_the_adviser(visitor: Client, scope: Cast) -> None:
    assert 'href="/adviser"' in visitor.get("/sign-in").content.decode()
    assert 'href="/adviser' in visitor.get("/cost").content.decode()
    assert 'href="/adviser"' in sign_in(scope, "admin").get("/settings/").content.decode()
    assert 'href="/customers"' in sign_in(scope, "admin").get("/adviser").content.decode()


@pytest.mark.django_db
def test_visitor_is_in_a_trial_with_exactly_what_was_advised(visitor: Client, open_to_visitors: None) -> None:
    wanted = _advice()
    entered = visitor.post(f"/adviser/trial?{_query()}", VISITOR)
    assert (entered.status_code, entered.headers["Location"]) == (303, "/")
    made = Organization.objects.get(name="Lane Works")
    assert (made.edition, made.language, made.currency, made.headcount) == ("basic", "en", "USD", 12)
    assert {module.name for module in modules if module_is_on(made, module.name)} == wanted
    with organization_scope(made.pk):
        assert "decision_path" in spec_for(made, "customer").writable_fields
        assert spec_for(made, "customer").model._default_manager.count() > 2
    assert "This is a trial organization." in page_text(visitor.get("/"))
    assert visitor.get("/quotes").status_code == 200
    assert visitor.get("/invoices").status_code == 404
    _let_end(made)
    assert visitor.get("/").status_code == 302
    made.refresh_from_db()
    assert (made.name, Account.objects.filter(email="ada@lane.test").exists()) == ("Ended trial", False)
    with organization_scope(made.pk):
        assert not User.objects.exists()


@pytest.mark.django_db
def test_visitors_make_no_trial_unless_the_installation_lets_them(visitor: Client) -> None:
    assert "Try it with exactly this" not in page_text(visitor.get("/adviser/result", QUERY))
    assert visitor.get("/adviser/trial", QUERY).status_code == 403
    assert visitor.post(f"/adviser/trial?{_query()}", VISITOR).status_code == 403
    assert not Organization.objects.filter(name="Lane Works").exists()


def test_administrator_makes_a_trial_by_one_click_and_others_do_not(scope: Cast) -> None:
    admin, member = sign_in(scope, "admin"), sign_in(scope, "salesperson")
    assert "Try it with exactly this" not in page_text(member.get("/adviser/result?headcount=8"))
    assert member.post("/adviser/trial?headcount=8", {}).status_code == 403
    assert "Try it with exactly this" in page_text(admin.get("/adviser/result?headcount=8"))
    assert admin.post("/adviser/trial?headcount=8", {}).status_code == 303
    made = Organization.objects.get(settings__has_key=MARK)
    assert (made.name, made.edition) == ("Trial of the Basic edition", "basic")
    assert "This is a trial organization." in page_text(admin.get("/"))
    _let_end(made)
    account = Account.objects.get(email=scope.users["admin"].email)
    assert account.organization_ids == [scope.organization.pk]


@pytest.mark.django_db
def test_trials_are_bounded_and_addresses_of_others_refused(
    visitor: Client, open_to_visitors: None, monkeypatch: pytest.MonkeyPatch, scope: Cast
) -> None:
    taken = visitor.post("/adviser/trial?headcount=8", {**VISITOR, "email": scope.users["owner"].email})
    assert (taken.status_code, "Sign in with it" in page_text(taken)) == (422, True)
    weak = visitor.post("/adviser/trial?headcount=8", {**VISITOR, "password": "12345"})
    assert weak.status_code == 422
    assert not Organization.objects.filter(settings__has_key=MARK).exists()
    for number in range(MOST_OF_AN_ADDRESS):
        with organization_scope(scope.organization.pk):
            Organization.objects.create(name=f"Trial {number}", settings={MARK: {"from": mark_of("127.0.0.1")}})
    refused = visitor.post("/adviser/trial?headcount=8", VISITOR)
    assert (refused.status_code, "Too many trial organizations" in page_text(refused)) == (429, True)
    assert not Account.objects.filter(email=VISITOR["email"]).exists()


def test_programs_ask_for_questions_and_advice(scope: Cast) -> None:
    api = api_client(scope, "viewer")
    keys = [row["key"] for row in api.get("/api/v1/advice/questions").json()["items"]]
    assert {"headcount", "industry", "budget"} <= set(keys)
    given = {"headcount": 200, "papers": ["quotes"], "industry": "finance"}
    found = api.post("/api/v1/advice", {"answers": given}, content_type="application/json").json()
    assert (found["edition"]["key"], found["answers"]) == (
        "standard",
        {"industry": "finance", "headcount": 200, "papers": ["quotes"]},
    )
    assert found["cost"]["low"]["value"] <= found["cost"]["likely"]["value"] <= found["cost"]["high"]["value"]
    for wrong, field in (
        ({"answers": {"headcount": -1}}, "answers.headcount"),
        ({}, "answers"),
        ({"answers": {"x": 1}}, "answers.x"),
    ):
        refused = api.post("/api/v1/advice", wrong, content_type="application/json")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


def test_command_reads_a_file_writes_each_format_and_refuses_what_is_wrong(tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text("headcount: 200\npapers: [quotes, orders]\n", encoding="utf-8")
    text = _run(f"--answers={answers}", "--language=en").output
    assert text.startswith("Standard edition: ")
    assert "Quotes" in text
    assert _run(f"--answers={answers}", "--headcount=10", "--answer=papers=orders", "--format=json").output.startswith(
        '{"version": 1'
    )
    assert _run(f"--answers={answers}", "--format=xlsx", f"--output={tmp_path / 'advice.xlsx'}").exit_code == 0
    assert (tmp_path / "advice.xlsx").stat().st_size > 5_000
    assert '"headcount": 200' in CliRunner().invoke(cost, [f"--adviser={answers}", "--json"]).output
    assert _run("--format=pdf").exit_code == 2
    wrong = _run("--headcount=0", "--language=en")
    assert (wrong.exit_code, "headcount: Give a number" in wrong.output) == (1, True)


def _run(*arguments: str) -> Any:
    return CliRunner().invoke(command, list(arguments))


def _advice() -> set[str]:
    told = json.loads(_run(*(f"--answer={name}={value}" for name, value in QUERY.items()), "--format=json").output)
    return {row["name"] for row in told["modules"]["needed"]}


def _query() -> str:
    return "&".join(f"{name}={value}" for name, value in QUERY.items())


def _let_end(made: Organization) -> None:
    """Let the last day of a trial pass, and the night's work come."""
    made.settings[MARK]["until"] = (today("UTC") - timedelta(days=2)).isoformat()
    with organization_scope(made.pk):
        made.save(update_fields=["settings"])
    end_adviser_trials(0)


def test_advice_is_kept_found_again_and_compared_with_todays(scope: Cast) -> None:
    owner, admin = sign_in(scope, "owner", accept_language="en"), sign_in(scope, "admin", accept_language="en")
    assert "Kept advice" in page_text(owner.get("/adviser/result", {"headcount": "12"}))
    kept = [
        owner.post("/adviser/kept/keep", {"query": query})["Location"] for query in (_query(), "headcount=60", _query())
    ]
    assert kept[0] == kept[2]
    listed = page_text(owner.get("/adviser/kept"))
    assert "Standard edition" in listed
    assert "Answered differently than before: " in listed
    assert "How many people do you have now?" in listed
    same = page_text(admin.get(kept[0]))
    assert "Edition and modules are the same as then." in same
    assert "as then" in same
    other = page_text(admin.get(kept[0], {"with": kept[1].rpartition("/")[2]}))
    assert "Needed then, not today" in other
    with organization_scope(scope.organization.pk):
        KeptAdvice.objects.filter(pk=kept[0].rpartition("/")[2]).update(
            answers={"headcount": "many"}, modules=["orders"]
        )
    assert "The questions have changed since" in page_text(admin.get(kept[0]))
    assert sign_in(scope, "teammate").get(kept[0]).status_code == 404
    assert sign_in(scope, "teammate").post(f"{kept[0]}/remove").status_code == 404
    assert admin.post(f"{kept[0]}/remove").status_code == 303
    assert admin.get(kept[0]).status_code == 404


@pytest.mark.django_db
def test_visitor_keeps_the_link_and_nothing_else(visitor: Client) -> None:
    assert "Kept advice" not in page_text(visitor.get("/adviser/result", QUERY))
    assert visitor.get("/adviser/kept").status_code == 302
