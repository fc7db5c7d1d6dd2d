"""What forms, cells and programs are told of locked fields is what the door does, for every object and whatever locks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from banyan.core.approvals.definitions import read_step
from banyan.core.approvals.flows import create_flow, publish_flow, save_step
from banyan.core.approvals.services import start_approval
from banyan.core.kernel.errors import Invalid, Unconfirmed
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for, specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.records.locks import lock_sources
from tests.cast import Cast, sign_in
from tests.contracts.samples import Maker

State = Callable[[Maker, ObjectSpec, Record], object]


def _set(**columns: Any) -> State:
    return lambda _maker, spec, record: spec.model.objects.filter(pk=record.pk).update(**columns)


def _line(name: str, link: str) -> State:
    return lambda maker, _spec, record: maker.record(maker.spec(name), **{link: str(record.pk)}, quantity="2")


#: Records of each object that something locks, in a state in which it does.
LOCKED: dict[str, tuple[str, State, frozenset[str]]] = {
    "sent quote": ("quote", _set(status="sent"), frozenset({"amount", "valid_until", "customer"})),
    "accepted quote": ("quote", _set(status="accepted"), frozenset({"notes"})),
    "draft with lines": ("quote", _line("quote_line", "quote"), frozenset({"amount"})),
    "order with lines": ("order", _line("order_line", "order"), frozenset({"amount"})),
    "signed contract": ("contract", _set(status="active"), frozenset({"amount", "starts_on"})),
    "approved contract": ("contract", _set(status="approved"), frozenset({"amount"})),
    "signed amendment": ("contract_amendment", _set(status="signed"), frozenset({"new_amount"})),
    "draft amendment": ("contract_amendment", _set(status="draft"), frozenset({"contract"})),
    "requested invoice": ("invoice", _set(), frozenset({"order", "customer"})),
    "issued invoice": ("invoice", _set(state="issued"), frozenset({"title"})),
    "reversed payment": ("payment", _set(state="reversed"), frozenset({"amount", "paid_on"})),
    "instalment": ("payment_plan", _set(), frozenset({"order"})),
    "delivery": ("delivery", _set(), frozenset({"warehouse"})),
    "return": ("order_return", _set(), frozenset({"order"})),
    "converted lead": ("lead", _set(status="converted"), frozenset({"status"})),
    "price book": ("price_book", lambda maker, _spec, record: maker.record(
        maker.spec("price_book_entry"), price_book=str(record.pk)), frozenset({"currency"})),
}  # fmt: skip


def test_what_is_shown_as_locked_is_refused_and_what_is_not_is_no_reason_to_refuse(scope: Cast, maker: Maker) -> None:
    browser = sign_in(scope, "admin")
    for case, (name, state, expected) in LOCKED.items():
        spec = spec_for(scope.organization, name)
        record = maker.record(spec)
        state(maker, spec, record)
        told = _told(browser, spec, record)
        locked = {field for field, answer in told.items() if answer["code"]}
        assert expected <= locked, case

        codes = {answer["code"] for answer in told.values()}
        tried = 0
        for field in spec.writable_fields:
            refused = _refused(maker, spec, record, field)
            if field in locked and refused is not None:
                assert told[field]["code"] in refused, (case, field)
                tried += 1
            elif refused:
                assert not (refused & codes), (case, field, refused)
        assert tried, case


@pytest.mark.parametrize("name", ["order", "purchase_order"])
def test_values_that_a_form_does_not_offer_are_those_that_the_door_refuses(
    scope: Cast, maker: Maker, name: str
) -> None:
    spec = spec_for(scope.organization, name)
    record, browser = maker.record(spec), sign_in(scope, "admin")
    states = [option.code for option in spec.all_fields["status"].kind.options]  # type: ignore[attr-defined]
    for before in states:
        spec.model.objects.filter(pk=record.pk).update(status=before)
        form = browser.get(f"/{spec.plural}/{record.pk}/edit").text
        closed = dict(re.findall(r'value="(\w+)"[^>]*? disabled title="([^"]+)"', form))
        assert closed == browser.get(f"/api/v1/{spec.plural}/{record.pk}/locks").json()["values"].get("status", {})
        for after in set(states) - {before}:
            codes = _refusal(maker, spec, record, {"status": after})
            assert bool(codes & {"no_way", "derived", "bad_move", "in_use"}) == (after in closed), (
                before,
                after,
                codes,
            )
        assert all(reason in form for reason in closed.values())


@pytest.mark.parametrize("case", ["sent quote", "order with lines"])
def test_form_record_page_and_cell_show_the_lock_with_its_reason(scope: Cast, maker: Maker, case: str) -> None:
    name, state, expected = LOCKED[case]
    spec = spec_for(scope.organization, name)
    record = maker.record(spec)
    browser = sign_in(scope, "admin")
    url = f"/{spec.plural}/{record.pk}"
    assert not _fixed(browser, url) & expected
    state(maker, spec, record)
    told = _told(browser, spec, record)

    assert expected <= _fixed(browser, url)
    reason = told[min(expected)]["reason"]
    assert f'aria-label="{reason}"' in browser.get(f"{url}/edit").text
    page = browser.get(url).text
    for field in expected & set(re.findall(r'data-fact="(\w+)"', page)):
        assert f"{url}/facts/{field}/edit" not in page
        answer = browser.get(f"{url}/cells/{field}", headers={"HX-Request": "true"})
        assert "<form" not in answer.text
        assert f'aria-label="{reason}"' in answer.text
        assert reason in answer.headers["HX-Trigger"].encode().decode("unicode_escape")


def test_list_shows_what_is_locked_before_a_cell_is_opened(scope: Cast, maker: Maker) -> None:
    spec = spec_for(scope.organization, "quote")
    sent, begun, ready = (maker.record(spec) for _number in range(3))
    _set(status="sent")(maker, spec, sent)
    _line("quote_line", "quote")(maker, spec, begun)
    browser, reader = sign_in(scope, "admin"), sign_in(scope, "viewer")
    rows = _rows(browser, "/quotes")
    amount = _told(browser, spec, begun)["amount"]["reason"]
    whole = _told(browser, spec, sent)["valid_until"]["reason"]

    assert rows[str(ready.pk)].count("lock-mark") == 0
    assert rows[str(begun.pk)].count("lock-mark") == 0
    assert re.search(rf'data-cell="amount" tabindex="-1" title="{re.escape(amount)}"', rows[str(begun.pk)])
    assert re.search(r'data-cell="valid_until"[^>]*data-editable', rows[str(begun.pk)])
    assert rows[str(sent.pk)].count("lock-mark") == 1
    assert f'title="{whole}"' in rows[str(sent.pk)]
    assert not re.search(r'data-cell="(amount|valid_until|customer)"[^>]*data-editable', rows[str(sent.pk)])
    assert "lock-mark" not in reader.get("/quotes").text


def test_approval_locks_forms_boards_and_bulk_edits_while_it_runs(scope: Cast, maker: Maker) -> None:
    spec = spec_for(scope.organization, "opportunity")
    record = maker.record(spec)
    other = maker.record(spec)
    decides = {"kind": "people", "people": [str(scope.users["manager"].pk)]}
    flow = create_flow(maker.actor, spec, {"en": "Discount"})
    save_step(maker.actor, flow.pk, read_step({"key": "one", "names": {"en": "Manager"}, "approvers": [decides]}))
    publish_flow(maker.actor, flow.pk)
    spec = spec_for(scope.organization, "opportunity")
    start_approval(maker.actor, flow.pk, spec, record.pk)
    browser, url = sign_in(scope, "admin"), f"/opportunities/{record.pk}"

    assert {"amount", "stage"} <= _fixed(browser, url)
    form = browser.get(f"{url}/edit").text
    assert "Discount" in form
    board = browser.get("/opportunities?display=board").text
    assert len(re.findall(r"board-card is-locked", board)) == 1
    bulk = browser.get(f"/opportunities/bulk/edit?ids={record.pk}&ids={other.pk}", headers={"HX-Request": "true"}).text
    assert "1 of them has locked fields" in bulk


def test_every_source_is_tried_here(scope: Cast) -> None:
    tried = {LOCKED[case][0] for case in LOCKED}
    specs = specs_for(scope.organization)
    beside = {"approvals.lock", "customers.pools", "privacy.withdrawn", "billing.subscriptions"}
    for source in lock_sources:
        locks = {name for name, spec in specs.items() if source.applies(spec)}
        assert source.name in beside or locks & tried, source.name


def _rows(browser: Client, url: str) -> dict[str, str]:
    """Return the rows of a list by the ids of their records."""
    rows = re.findall(r'<tr id="row-([\w-]+)".*?</tr>', browser.get(url).text, re.DOTALL)
    page = browser.get(url).text
    return {pk: re.search(rf'<tr id="row-{pk}".*?</tr>', page, re.DOTALL)[0] for pk in rows}  # type: ignore[index]


def _told(browser: Client, spec: ObjectSpec, record: Record) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = browser.get(f"/api/v1/{spec.plural}/{record.pk}/locks").json()["fields"]
    return found


def _fixed(browser: Client, url: str) -> set[str]:
    """Return the fields that the form of a record shows without asking for them."""
    return set(re.findall(r'class="field is-fixed[^"]*" data-field="(\w+)"', browser.get(f"{url}/edit").text))


def _refused(maker: Maker, spec: ObjectSpec, record: Record, field: str) -> set[str] | None:
    """Return with which codes a change of a field is refused at that field; None when there was nothing to change."""
    stored = spec.model.objects.get(pk=record.pk)
    entry = spec.all_fields[field]
    value = "USD" if field == "currency" else maker.value(entry)
    if value is None or value == door.value_of(stored, spec, field):
        return None
    try:
        with transaction.atomic():
            changed = door.update(maker.actor, spec, record.pk, {field: value})
            same = changed.version == stored.version
            transaction.set_rollback(True)
    except Invalid as error:
        return {problem.code for problem in error.errors if problem.field == field}
    except Unconfirmed:
        return set()
    return None if same else set()


def _refusal(maker: Maker, spec: ObjectSpec, record: Record, values: dict[str, Any]) -> set[str]:
    """Return with which codes a change would be refused; it is taken back in any case."""
    try:
        with transaction.atomic():
            door.update(maker.actor, spec, record.pk, values)
            transaction.set_rollback(True)
    except Invalid as error:
        return {problem.code for problem in error.errors}
    except Unconfirmed:
        pass
    return set()
