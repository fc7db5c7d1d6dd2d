"""Moving in through the pages: files are delivered, understood, tried, taken over, taken back."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from banyan.core.transfer.models import RejectedRow, SourceKey
from banyan.customers.models import Activity, Contact, Customer
from banyan.leads.models import Lead
from banyan.migration.models import Move, MoveTable
from banyan.orders.models import Order, OrderLine
from banyan.sales.models import Opportunity
from banyan.teamwork.models import Task
from tests.cast import Cast, sign_in

EXPORTS = Path(__file__).parent / "exports"
PAGE = "/settings/import"


@pytest.fixture
def browser(scope: Cast) -> Client:
    return sign_in(scope, "admin")


def archive(folder: str, *, without: tuple[str, ...] = (), **changed: str) -> SimpleUploadedFile:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        for path in sorted((EXPORTS / folder).iterdir()):
            if path.stem not in without:
                target.writestr(path.name, changed.get(path.stem, path.read_text(encoding="utf-8")))
    return SimpleUploadedFile(f"{folder}.zip", content.getvalue())


def deliver(browser: Client, *files: SimpleUploadedFile, source: str = "auto") -> str:
    answer = browser.post(PAGE, {"source": source, "files": list(files)})
    assert answer.status_code == 303, re.findall(r'class="notice.*?</div>', answer.content.decode(), re.DOTALL)
    return answer["Location"]


def test_weekly_export_comes_in_with_links_people_and_history(scope: Cast, browser: Client) -> None:
    address = deliver(browser, archive("salesforce"))
    page = browser.get(address).content.decode()
    print(re.sub(r"<[^>]+>", " ", page)[-6000:])
    print([(t.name, t.system, t.kind, t.part, t.object_name, t.rows, t.problem) for t in MoveTable.objects.all()])
    browser.post(f"{address}/start", {"move": "1"})
    move = Move.objects.get()
    for r in RejectedRow.objects.all(): print(r.source, r.errors)
    from banyan.core.transfer.models import IncompleteRow
    for r in IncompleteRow.objects.all(): print(r.source, r.errors)
    print([(t.name, t.task and (t.task.status, t.task.read, t.task.created, t.task.updated, t.task.rejected, t.task.problem)) for t in MoveTable.objects.all()])
    assert move.state == "done", move.problem
    print([(a.text, a.type, a.happened_at, a.owner, a.customer, a.contact, a.about) for a in Activity.objects.all()])
    print([(a.name, a.due_on, a.assignee, a.customer, a.about) for a in Task.objects.all()])
    print([(a.name, a.stage, a.closed_on, a.owner, a.customer, a.custom) for a in Opportunity.objects.all()])
    print([(a.name, a.parent, a.owner, a.created_at, a.created_by, a.updated_at, a.custom, a.level, a.status, a.address) for a in Customer.objects.all()])
    print([(a.name, a.customer, a.custom) for a in Contact.objects.all()])
    print([(a.name, a.status, a.created_at) for a in Lead.objects.all()], Order.objects.values(), OrderLine.objects.values())
    assert 0
