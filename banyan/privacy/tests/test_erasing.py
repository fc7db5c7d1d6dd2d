"""Erasing a person: nothing of the values is left in any table of the database, except what must stay and is listed."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from psycopg import sql

from banyan.core.access.actor import Actor
from banyan.core.audit.sealing import seal
from banyan.core.audit.verification import verify
from banyan.core.files import storage
from banyan.core.files.models import File
from banyan.core.files.services import attach
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import Conflict, Missing, NotAllowed
from banyan.core.listing.views import ViewValues, save_view
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.objects.sensitivity import set_sensitive
from banyan.core.records import door, merging, recycle
from banyan.core.records.models import Change, Merge
from banyan.core.records.undo import undo
from banyan.customers.public import Contact, Customer
from banyan.orders.public import place_order
from banyan.privacy.choices import ErasureState, Reach
from banyan.privacy.models import Erasure
from banyan.privacy.services.erasing import begin_erasure, erase
from banyan.privacy.services.finding import find, subject_of, subject_typed
from banyan.privacy.services.planning import plan_of, survey_of
from banyan.teamwork.public import comment, notify
from tests.cast import Cast

NAME, MOBILE, OLD_MOBILE, EMAIL = "欧阳娜娜娜", "+8613812345678", "+8613912345670", "nana.ouyang@unique.example"
#: Any way in which the person may still stand somewhere: the name, its pinyin, phones and their pieces, the address.
TRACES = (NAME, "ouyangnanana", "13812345678", "138 1234 5678", "12345678", "13912345670", "nana.ouyang", "Ouyang Road")


def create(actor: Actor, object_name: str, **values: Any) -> Record:
    return door.create(actor, spec_for(actor.organization, object_name), values)


def update(actor: Actor, record: Record, object_name: str, **values: Any) -> None:
    door.update(actor, spec_for(actor.organization, object_name), record.pk, values)


def places(*texts: str) -> list[tuple[str, str]]:
    """Return where texts stand in the database: every table, every column, as its text."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            query = sql.SQL("SELECT count(*) FROM {} AS line WHERE position(lower(%s) in lower(line::text)) > 0")
            for text in texts:
                cursor.execute(query.format(sql.Identifier(table)), [text])
                if cursor.fetchone()[0]:
                    found.append((table, text))
    return found


@pytest.fixture
def person(admin: Actor) -> Contact:
    """A contact who has left traces in every corner."""
    company = create(admin, "customer", name="Harbor Light Trading")
    values = {
        "name": NAME, "customer": str(company.pk), "mobile": OLD_MOBILE, "email": EMAIL, "wechat": "nana.ouyang",
        "address": {"street": "1 Ouyang Road"}, "notes": f"{NAME} likes tea", "birthday": "1990-04-01",
        "further_contacts": [{"label": "home", "value": "+86 10 6552 9988"}],
    }  # fmt: skip
    made = create(admin, "contact", **values)
    update(admin, made, "contact", mobile=MOBILE)
    update(admin, made, "contact", notes=f"Call {NAME} at 138 1234 5678")
    about = {"customer": str(company.pk), "contact": str(made.pk)}
    create(admin, "activity", text=f"{NAME} asked for 13812345678", next_step=f"Call {NAME}", **about)
    create(admin, "opportunity", name=f"Sofas for {NAME}", customer=str(company.pk), notes=f"Mail {EMAIL}")
    create(admin, "task", name=f"Ring {NAME}", about=f"contact:{made.pk}", checklist=[{"text": EMAIL, "done": False}])
    comment(admin, about=f"contact:{made.pk}", text=f"{NAME} is on leave")
    twin = create(admin, "contact", name=NAME, phone=MOBILE, customer=str(company.pk))
    merging.merge(admin, spec_for(admin.organization, "contact"), made.pk, [twin.pk])
    bin_spec = spec_for(admin.organization, "activity")
    gone = create(admin, "activity", text=f"{NAME} was rude", **about)
    recycle.delete(admin, bin_spec, [gone.pk])
    assert admin.user is not None
    notify([admin.user], kind="system", text="%(name)s changed", about=f"contact:{made.pk}", values={"name": NAME})
    view = ViewValues(name=f"Deals of {NAME}", filter={"field": "name", "op": "contains", "value": EMAIL})
    save_view(admin, spec_for(admin.organization, "opportunity"), view)
    attach(admin, object_name="contact", record_id=made.pk, upload=SimpleUploadedFile(f"{NAME}.txt", b"hello"))
    return Contact.objects.get(pk=made.pk)


def erase_now(actor: Actor, object_name: str, record: Record, **options: Any) -> Erasure:
    wanted = {"reach": Reach.EVERYWHERE, "clears_texts": False, **options}
    begun = begin_erasure(actor, object_name, record.pk, **wanted)
    erase(actor, begun.pk)
    return Erasure.objects.get(pk=begun.pk)


def test_everything_about_a_person_is_found(admin: Actor, person: Contact) -> None:
    found = find(admin, subject_of(admin, "contact", person.pk))

    assert len(found.subject.ids) == 2
    assert {"activity", "task", "comment"} <= found.linked.keys()
    assert len(found.linked["activity"]) == 2
    assert "opportunity" in found.mentioned
    by_phone = find(admin, subject_typed(admin, "138-1234-5678"))
    assert person.pk in by_phone.mentioned["contact"]


def test_nothing_of_an_erased_person_is_left_in_the_database(
    admin: Actor, person: Contact, django_capture_on_commit_callbacks: Any
) -> None:
    file = File.objects.get(name=f"{NAME}.txt")
    assert {table for table, _text in places(*TRACES)} >= {
        "customers_contact", "customers_contactkey", "customers_activity", "sales_opportunity", "teamwork_task",
        "teamwork_comment", "teamwork_notification", "records_change", "records_merge", "files_file", "listing_savedview",
    }  # fmt: skip

    with django_capture_on_commit_callbacks(execute=True):
        erasure = erase_now(admin, "contact", person)

    assert places(*TRACES) == []
    assert erasure.state == ErasureState.DONE
    assert NAME not in str(erasure.counts)
    assert erasure.counts["contact"]["anonymised"] == 2
    erased = Contact.objects.get(pk=person.pk)
    assert (erased.name, erased.mobile, erased.email, erased.birthday) == (erasure.pseudonym, "", "", None)
    assert erased.customer_id == person.customer_id
    with pytest.raises(FileNotFoundError):
        list(storage.read(file.key))
    assert find(admin, subject_typed(admin, MOBILE)).mentioned == {}


def test_chain_of_the_audit_log_is_whole_after_an_erasure(admin: Actor, person: Contact) -> None:
    seal(admin.organization_id, horizon=now())

    erase_now(admin, "contact", person)

    assert verify(admin.organization_id).finding is None


def test_undoing_older_work_brings_nothing_back(admin: Actor, person: Contact) -> None:
    batches = set(Change.objects.filter(record_id=person.pk, action="update").values_list("batch_id", flat=True))
    erasure = erase_now(admin, "contact", person)

    for batch in batches:
        undo(admin, batch)
    merge = Merge.objects.get(kept_id=person.pk)
    merging.unmerge(admin, merge.batch_id)

    assert places(*TRACES) == []
    assert Contact.objects.get(pk=person.pk).name == erasure.pseudonym


def test_encrypted_values_are_found_and_erased(admin: Actor, person: Contact) -> None:
    for name in ("mobile", "email", "phone", "wechat"):
        set_sensitive(admin, "contact", name, sensitive=True)
    update(admin, person, "contact", mobile="+8613700001111")
    other = create(admin, "contact", name="Somebody", mobile="+8613700001111")

    found = find(admin, subject_of(admin, "contact", person.pk))
    assert other.pk in found.mentioned["contact"]
    erase_now(admin, "contact", person)

    erased = Contact.objects.get(pk=person.pk)
    assert (erased.mobile, erased.email, Contact.objects.get(pk=other.pk).mobile) == ("", "", "")
    kept = Change.objects.filter(record_id=person.pk).exclude(values={})
    assert all(pair == [None, None] for row in kept for name, pair in row.values.items() if name == "mobile")


def test_namesakes_keep_their_name_unless_somebody_decides_otherwise(admin: Actor, person: Contact) -> None:
    namesake = create(admin, "contact", name=NAME, email="somebody.else@other.example")
    plan = plan_of(admin, survey_of(admin, subject_of(admin, "contact", person.pk)), Reach.LINKED)
    assert namesake.pk in plan.namesakes["contact"]

    erase_now(admin, "contact", person, reach=Reach.LINKED)

    assert Contact.objects.get(pk=namesake.pk).name == NAME
    assert "138 1234 5678" not in str(list(Change.objects.values_list("values", flat=True)))


def test_texts_of_what_belongs_to_the_person_are_cleared_on_wish(admin: Actor, person: Contact) -> None:
    erasure = erase_now(admin, "contact", person, clears_texts=True)

    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT text FROM customers_activity WHERE contact_id = %s", [person.pk])
        assert cursor.fetchall() == [(erasure.pseudonym,)]


def test_orders_stay_for_the_tax_office_with_their_buyer(admin: Actor) -> None:
    buyer = create(admin, "customer", name=NAME, type="person", phone=MOBILE, notes=f"{NAME} pays late")
    order = place_order(admin, {"customer": str(buyer.pk), "name": f"Sofa for {NAME}", "amount": "5000"}, [])

    erasure = erase_now(admin, "customer", buyer)

    kept = Customer.objects.get(pk=buyer.pk)
    assert (kept.name, kept.phone, kept.notes) == (NAME, "", "")
    kept_places = {table for table, _text in places(NAME)}
    assert kept_places == {"customers_customer", "customers_customerkey", "orders_order"}
    assert places("13812345678", "12345678") == []
    (entry,) = erasure.kept
    year = today(admin.time_zone).year
    assert (entry["object"], entry["count"], entry["until"]) == ("order", 1, f"{year + 10}-12-31")
    assert entry["law"]
    assert erasure.review_on is not None
    assert order.pk is not None


def test_only_those_who_manage_personal_data_erase_and_only_persons(scope: Cast, admin: Actor) -> None:
    company = create(admin, "customer", name="Harbor Light Trading")
    person = create(admin, "contact", name=NAME)
    options = {"reach": Reach.LINKED, "clears_texts": False}

    with pytest.raises(NotAllowed):
        begin_erasure(scope.actor("manager"), "contact", person.pk, **options)
    with pytest.raises(Missing):
        begin_erasure(admin, "customer", company.pk, **options)
    begin_erasure(admin, "contact", person.pk, **options)
    with pytest.raises(Conflict):
        begin_erasure(admin, "contact", person.pk, **options)


def test_erasure_that_was_cut_off_goes_on_where_it_was(admin: Actor, person: Contact) -> None:
    begun = begin_erasure(admin, "contact", person.pk, reach=Reach.EVERYWHERE, clears_texts=False)

    def stop(step: str, done: int, total: int) -> None:
        if done == 3:
            raise RuntimeError("The machine stops here.")

    with pytest.raises(RuntimeError):
        erase(admin, begun.pk, stop)
    assert Contact.objects.get(pk=person.pk).name == NAME

    erase(admin, begun.pk)
    assert places(*TRACES) == []
