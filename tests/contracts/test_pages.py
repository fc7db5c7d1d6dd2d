"""What pages promise for every object that is registered, without a line written for it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from banyan.core.access.scopes import FieldAccess
from banyan.core.identity.models import Role
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.locks import locked_fields
from banyan.core.web.presenting import Presenter
from tests.cast import Cast, sign_in
from tests.contracts.samples import Maker

DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def browser(scope: Cast) -> Client:
    return sign_in(scope, "admin")


def pages_of(spec: ObjectSpec, record: Any) -> list[str]:
    """Return every page and part that an object and one of its records have."""
    base, own = f"/{spec.plural}", f"/{spec.plural}/{record.pk}"
    parts = ["", "?display=table", "/rows", "/figures", "/new", "/views/new"]
    parts += ["?display=board", "/board"] if spec.board else []
    parts += ["?display=calendar", "/events?start=2026-03-01&end=2026-03-31"] if spec.calendar else []
    of_record = ["", "/edit", "/copy", "/history", "/timeline", "/children"]
    return [*(base + part for part in parts), *(own + part for part in of_record)]


def asked_as(url: str) -> dict[str, str]:
    """Return the headers with which an address is asked for: by itself a timeline would lead to its record."""
    return SCRIPT if url.endswith("/timeline") else {}


def test_every_page_opens(spec: ObjectSpec, maker: Maker, browser: Client) -> None:
    record = maker.record(spec, **maker.values(spec, full=True))
    found = {url: browser.get(url, headers=asked_as(url)).status_code for url in pages_of(spec, record)}
    assert {url: status for url, status in found.items() if status != 200} == {}


@pytest.mark.parametrize("level", ["hidden", "masked"])
def test_pages_open_for_whom_no_field_but_the_name_is_open(
    spec: ObjectSpec, maker: Maker, scope: Cast, level: str
) -> None:
    """What the product itself sorts by, filters by and shows is not asked for where somebody may not see it."""
    record = maker.record(spec, **maker.values(spec, full=True))
    restricted = {f"{spec.name}.{name}": level for name in spec.all_fields if name not in {spec.title, "version"}}
    Role.objects.update(field_grants=restricted)
    reader = sign_in(scope, "admin")
    # What was asked for by its address alone may say that it is not there.
    urls = [
        url
        for url in pages_of(spec, record)
        if not url.endswith(("/board", "/copy", "/edit", "/new")) and "/events" not in url
    ]

    found = {url: reader.get(url, headers=asked_as(url)).status_code for url in ("/", *urls)}
    assert {url: status for url, status in found.items() if status not in {200, 404}} == {}


@pytest.mark.parametrize(
    "path", ["opportunity.stage", "opportunity.stage_since", "lead.customer", "lead.grade", "task.waits_for"]
)
def test_page_opens_when_a_single_field_that_apps_calculate_with_is_masked(
    maker: Maker, scope: Cast, path: str
) -> None:
    spec = spec_for(scope.organization, path.partition(".")[0])
    record = maker.record(spec, **maker.values(spec, full=True))
    Role.objects.update(field_grants={path: "masked"})

    assert sign_in(scope, "admin").get(f"/{spec.plural}/{record.pk}").status_code == 200


def test_every_field_is_a_column_sorts_and_has_its_editor(spec: ObjectSpec, maker: Maker, browser: Client) -> None:
    record = maker.record(spec, **maker.values(spec, full=True))
    presenter = Presenter(maker.actor, spec)
    names = [name for name in spec.all_fields if presenter.access[name] > FieldAccess.HIDDEN and name != "version"]
    headers = {**SCRIPT, "HX-Current-URL": f"http://testserver/{spec.plural}?display=table&number={record.number}"}

    columns = browser.post(f"/{spec.plural}/columns", {"columns": names}, headers=headers)
    assert re.findall(r'data-cell="([^"]+)"', columns.content.decode()) == names

    sortable = [name for name, entry in spec.all_fields.items() if entry.kind.sortable]
    assert [name for name in sortable if browser.get(f"/{spec.plural}/rows?sort=-{name}").status_code != 200] == []

    locked = locked_fields(maker.actor, spec, {"id": record.pk})
    editable = [name for name, entry in spec.all_fields.items() if presenter.editable(entry) and name not in locked]
    paths = [path for name in editable for path in (f"cells/{name}", f"facts/{name}/edit")]
    answers = {path: browser.get(f"/{spec.plural}/{record.pk}/{path}", headers=SCRIPT) for path in paths}
    assert [path for path, answer in answers.items() if b'id="edit-' not in answer.content] == []


def test_form_sent_back_as_it_came_changes_nothing(spec: ObjectSpec, maker: Maker, browser: Client) -> None:
    record = maker.record(spec, **maker.values(spec, full=True))
    html = browser.get(f"/{spec.plural}/{record.pk}/edit", headers=DIALOG).content.decode()

    response = browser.post(f"/{spec.plural}/{record.pk}/edit", entered(html), headers=DIALOG)

    assert response.status_code == 204, response.content.decode()[:2000]
    assert spec.model.objects.get(pk=record.pk).version == record.version


def entered(html: str) -> dict[str, list[str]]:
    """Return what a browser sends for the inputs of a form."""
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input\b[^>]*>", html):
        name, kind = attribute(tag, "name"), attribute(tag, "type")
        if name and (kind not in {"checkbox", "radio"} or " checked" in tag):
            sent.setdefault(name, []).append(attribute(tag, "value"))
    for tag, body in re.findall(r"(<textarea\b[^>]*>)(.*?)</textarea>", html, flags=re.DOTALL):
        sent[attribute(tag, "name")] = [unescape(body)]
    for tag, body in re.findall(r"(<select\b[^>]*>)(.*?)</select>", html, flags=re.DOTALL):
        chosen = [
            attribute(option, "value") for option in re.findall(r"<option\b[^>]*>", body) if " selected" in option
        ]
        sent[attribute(tag, "name")] = chosen
    return sent


def attribute(tag: str, name: str) -> str:
    """Return an attribute of a tag."""
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def test_form_names_every_field_that_is_needed(spec: ObjectSpec, maker: Maker, browser: Client) -> None:
    required = [name for name, entry in spec.writable_fields.items() if entry.required and entry.default is None]
    if not required:
        pytest.skip("nothing is required")

    response = browser.post(f"/{spec.plural}/new", dict.fromkeys(required, ""), headers=DIALOG)

    shown = " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())
    assert response.status_code == 422
    with override("en"):
        complaints = {name: f"“{spec.all_fields[name].label}” is needed." for name in required}
    assert {name: text for name, text in complaints.items() if text not in shown} == {}


def test_readers_may_not_write_and_strangers_find_nothing(
    spec: ObjectSpec, scope: Cast, maker: Maker, strangers: Cast
) -> None:
    record = maker.record(spec)
    viewer, stranger = sign_in(scope, "viewer"), sign_in(strangers, "admin")
    own, base, title = f"/{spec.plural}/{record.pk}", f"/{spec.plural}", {spec.title: "x"}
    posts = {
        f"{own}/edit": title,
        f"{own}/delete": {},
        f"{base}/bulk/delete": {"ids": str(record.pk)},
        f"{base}/bulk/edit": {"ids": str(record.pk), "fields": spec.title, **title},
    }

    refused = {url: viewer.post(url, sent, headers=SCRIPT).status_code for url, sent in posts.items()}
    unknown = {url: stranger.get(url).status_code for url in pages_of(spec, record) if str(record.pk) in url}

    assert {url: status for url, status in refused.items() if status != 403} == {}
    assert {url: status for url, status in unknown.items() if status != 404} == {}
    assert spec.model.objects.get(pk=record.pk).version == record.version
