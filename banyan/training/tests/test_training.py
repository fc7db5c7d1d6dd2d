"""Courses: practised in an organization of one's own, checked by what is there, noted where people work."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import override

from banyan.core.access.actor import system_actor
from banyan.core.business_rules.models import ValidationRule
from banyan.core.configuration.applying import apply_document
from banyan.core.configuration.documents import read_document
from banyan.core.configuration.templates import apply_industry
from banyan.core.identity.models import Account, Role, User, UserRole
from banyan.core.kernel.clock import now
from banyan.core.layouts.models import Layout
from banyan.core.listing.models import SavedView
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.registry import spec_for
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.models import Import, ImportStatus
from banyan.core.web.help.conditions import all_hold
from banyan.sales.models import Stage
from banyan.training.checking import FACTS
from banyan.training.courses import BadCourse, all_checks, all_courses, common_course, read_course
from banyan.training.jobs import end_sandboxes
from banyan.training.models import Certificate, Sandbox
from banyan.training.services import close_sandbox
from banyan.training.tests.learning import CLICK, Learning, change, find, lessons_done, sandbox, write
from tests.cast import Cast, sign_in

#: What the addresses of a course end with; a lesson of that name could not be opened.
RESERVED = {"reset", "certificate", "files"}


def test_every_check_of_a_course_is_known_and_names_what_exists(home: Cast) -> None:
    with organization_scope(home.organization.pk):
        specs = {name: spec_for(home.organization, name) for name in {"customer"} | {
            check.options["object"] for check in all_checks(all_courses()) if "object" in check.options
        }}  # fmt: skip
        everything = system_actor(home.organization)
        assert all(all_hold(everything, course.needs) for course in all_courses())

    assert {check.kind for check in all_checks(all_courses())} <= set(FACTS)
    for check in all_checks(all_courses()):
        fields = [*check.options.get("where", {}), *([check.options["field"]] if "field" in check.options else [])]
        assert [name for name in fields if name not in specs[check.options["object"]].all_fields] == []
    for course in all_courses():
        assert not RESERVED & {lesson.key for lesson in course.lessons}
        texts = [words.text + words.task for lesson in course.lessons for words in lesson.words.values()]
        used = {name for text in texts for name in re.findall(r"\{(\w+)\}", text)}
        assert used <= set(course.names), course.name


def test_exercise_outside_of_where_one_practises_is_refused_with_the_way_out(home: Cast) -> None:
    learning = Learning(home, "owner")
    refused = learning.browser.post("/training/everyone/customer/check", headers=CLICK)
    assert "Press “Practise” first" in refused.json()["detail"]


def test_everyday_course_is_practised_to_its_certificate(home: Cast) -> None:
    learning = Learning(home, "owner")
    learning.browser.post("/training/everyone/around/read")
    learner = learning.practise("everyone", "customer")
    assert learning.check("everyone", "customer") == [
        "There is no customer named River Stone Design yet.", "River Stone Design has no phone number yet.",
    ]  # fmt: skip
    write(learner, "customer", name="river stone  design")
    assert learning.check("everyone", "customer") == ["River Stone Design has no phone number yet."]
    change(learner, "customer", "river stone  design", phone="+8613800138999")
    assert learning.check("everyone", "customer") == []

    harbor = find(learner, "customer", "Harbor Light Trading")
    assert len(learning.check("everyone", "follow-up")) == 2
    write(learner, "activity", customer=harbor.pk, type="call", text="Talked about lamps", next_on="2030-01-02")
    assert learning.check("everyone", "follow-up") == []

    with organization_scope(learner.organization_id):
        mei = User.objects.get(name="Mei Lin")
    write(learner, "task", name="Send samples", assignee=mei.pk, due_on="2030-01-02")
    assert learning.check("everyone", "task") == []
    assert learning.check("everyone", "cell") != []
    change(learner, "customer", "Cedar Hill Furniture", level="a")
    assert learning.check("everyone", "cell") == []

    tree = {"field": "level", "op": "eq", "value": "a"}
    with organization_scope(learner.organization_id):
        row = SavedView.objects.create(
            organization=learner.organization,
            object_name="customer",
            name="A",
            owner=learner.user,
            filter={"field": "name"},
        )
        assert learning.check("everyone", "view") == ["None of your views filters by the level."]
        SavedView.objects.filter(pk=row.pk).update(filter=tree)
        Import.objects.create(
            organization=learner.organization,
            object_name="customer",
            file_name="x.csv",
            status=ImportStatus.DONE,
            created=5,
        )
    copy = find(learner, "customer", "Harbor Light Trading (2)")
    deleted = learning.browser.post(f"/customers/{copy.pk}/delete", headers={"HX-Request": "true"})
    assert learning.check("everyone", "restore") != []
    learning.browser.post(re.findall(r"/undo/[0-9a-f-]+", deleted.headers["HX-Trigger"])[0])
    assert [learning.check("everyone", key) for key in ("view", "import", "restore")] == [[], [], []]

    page = learning.browser.get("/training/everyone/certificate").text
    assert "Olga Owner" in page
    assert "Working with Banyan" in page
    with organization_scope(home.organization.pk):
        certificate = Certificate.objects.get()
    assert certificate.number in page
    trainer = sign_in(home, "admin")
    assert "8/8" in trainer.get("/training/people").text
    assert certificate.number in trainer.get(f"/training/people/{certificate.user_id}/everyone/certificate").text


def test_selling_and_orders_are_checked_by_what_is_there(home: Cast) -> None:
    learning = Learning(home, "owner")
    learner = learning.practise("sales", "contact")
    harbor = find(learner, "customer", "Harbor Light Trading")
    write(learner, "contact", name="Anna Reed", customer=harbor.pk)
    assert learning.check("sales", "contact") == ["Anna Reed has no role yet."]
    change(learner, "contact", "Anna Reed", role="decision_maker")
    write(learner, "opportunity", name="Refit of the office", customer=harbor.pk, amount="50000.00")
    assert learning.check("sales", "stage") == ["Lamps for the shop still stands in its first stage."]
    with organization_scope(learner.organization_id):
        stages = spec_for(learner.organization, "stage").model._default_manager
        second = stages.filter(outcome="open").order_by("position")[1]
        won = stages.get(outcome="won")
    change(learner, "opportunity", "Lamps for the shop", stage=second.pk)
    change(learner, "opportunity", "Terrace furniture", stage=won.pk)
    assert [learning.check("sales", key) for key in ("contact", "opportunity", "stage", "won")] == [[]] * 4
    assert learning.check("sales", "lead") == ["The lead Otto Brand is not converted yet."]
    lead = find(learner, "lead", "Otto Brand")
    learning.browser.post(f"/leads/{lead.pk}/convert", {"customer_name": "Lighthouse Clinic"})

    learner = learning.practise("orders", "order")
    assert [learning.check("orders", key) == [] for key in ("order", "confirm", "payment")] == [False] * 3
    cedar, chair = find(learner, "customer", "Cedar Hill Furniture"), find(learner, "product", "Office chair")
    order = write(learner, "order", name="Chairs for the new office", customer=cedar.pk)
    write(learner, "order_line", order=order.pk, product=chair.pk, quantity="2")
    first = find(learner, "order", "Lamps, first delivery")
    assert learning.browser.post(f"/orders/{first.pk}/confirm").status_code < 400
    copper = find(learner, "customer", "Copper Kettle Coffee")
    write(learner, "payment", customer=copper.pk, amount="1000")
    assert [learning.check("orders", key) for key in ("order", "confirm", "payment")] == [[]] * 3


def test_service_and_marketing_are_practised_with_tickets_and_campaigns(home: Cast) -> None:
    learning = Learning(home, "owner")
    learner = learning.practise("service", "take")
    harbor = find(learner, "customer", "Harbor Light Trading")
    write(learner, "ticket", name="The desk lamps flicker", customer=harbor.pk, kind="question")
    assert learning.check("service", "take") == ["The desk lamps flicker is not a fault of high priority yet."]
    change(learner, "ticket", "The desk lamps flicker", kind="fault", priority="high")
    change(learner, "ticket", "A chair wobbles", state="waiting")
    change(learner, "ticket", "Please send the invoice again", state="solved")
    write(learner, "article", name="A lamp flickers: what to do", text="Change the driver.", state="published")
    assert [learning.check("service", key) for key in ("take", "wait", "solve", "article")] == [[]] * 4

    learner = learning.practise("marketing", "segment")
    write(learner, "segment", name="Customers who fell silent", object_name="customer")
    write(learner, "campaign", name="Spring fair", kind="event", budget="20000")
    assert learning.check("marketing", "response") == ["No lead names the campaign Spring fair yet."]
    write(learner, "lead", name="Birch Studio", campaign="Spring fair")
    change(learner, "campaign", "News of the autumn", status="running", actual_cost="800")
    keys = ("segment", "campaign", "response", "running")
    assert [learning.check("marketing", key) for key in keys] == [[]] * 4


def test_what_a_learner_deleted_is_there_again_for_the_next_course(home: Cast) -> None:
    learning = Learning(home, "owner")
    learner = learning.practise("everyone", "customer")
    copper = find(learner, "customer", "Copper Kettle Coffee")
    learning.browser.post(f"/customers/{copper.pk}/delete")
    learning.practise("orders", "order")
    assert find(learner, "customer", "Copper Kettle Coffee").pk != copper.pk
    order = find(learner, "order", "Lamps, first delivery")
    assert order.customer_id == find(learner, "customer", "Copper Kettle Coffee").pk


def test_administrators_practise_what_only_they_may(home: Cast) -> None:
    assert Learning(home, "owner").browser.get("/training/administrator").status_code == 404
    learning = Learning(home, "admin")
    learner = learning.practise("administrator", "role")
    assert learning.browser.get("/settings/people").status_code == 200
    assert learning.browser.get("/settings/backups").status_code == 403
    assert (
        len(
            [key for key in ("role", "own-role", "field", "rule", "automation") if learning.check("administrator", key)]
        )
        == 5
    )

    with organization_scope(learner.organization_id):
        mei, manager = User.objects.get(name="Mei Lin"), Role.objects.get(key="manager")
        UserRole.objects.create(organization=learner.organization, user=mei, role=manager)
        Role.objects.create(organization=learner.organization, key="mine", name="Mine")
        create_custom_field(learner, "customer", FieldDraft("text", {"en": "Size"}))
        ValidationRule.objects.create(organization=learner.organization, object_name="customer", key="x", name="X")
    assert [learning.check("administrator", key) for key in ("role", "own-role", "field", "rule")] == [[]] * 4


def test_practising_stays_apart_and_leads_back(home: Cast) -> None:
    learning = Learning(home, "owner")
    learner = learning.practise("everyone", "customer")
    write(learner, "customer", name="River Stone Design", phone="+8613800138999")

    day = learning.browser.get("/").text
    assert "Exercise: Record a customer named River Stone Design" in day
    assert 'hx-post="/training/everyone/customer/check"' in day
    warned = learning.browser.post("/training/everyone/follow-up/check", headers={"HX-Request": "true"})
    assert "There is no call with Harbor Light Trading yet." in warned["HX-Trigger"].encode().decode("unicode_escape")
    assert learning.check("everyone", "customer") == []
    assert lessons_done(home) == ["customer"]
    with organization_scope(home.organization.pk):
        assert (
            not spec_for(home.organization, "customer")
            .model._default_manager.filter(name="River Stone Design")
            .exists()
        )
    learning.browser.post("/training/leave")
    assert "Exercise:" not in learning.browser.get("/").text
    assert "1 of 8 lessons" in learning.browser.get("/training").text
    again = learning.practise("everyone", "customer")
    assert again.organization_id == learner.organization_id


def test_another_course_is_begun_before_its_exercises_are_checked(home: Cast) -> None:
    learning = Learning(home, "owner")
    learning.practise("everyone", "customer")
    page = learning.browser.get("/training/orders/confirm").text
    assert 'action="/training/orders/confirm/practise"' in page
    assert 'hx-post="/training/orders/confirm/check" hx-target' not in page

    learner = learning.practise("orders", "confirm")
    assert find(learner, "order", "Lamps, first delivery").status == "draft"
    assert 'hx-post="/training/orders/confirm/check" hx-target' in learning.browser.get("/training/orders/confirm").text
    assert "Exercise: Write an order" in learning.browser.get("/").text


def test_signing_in_leads_to_where_one_works_although_one_practises(home: Cast) -> None:
    Learning(home, "owner").practise("everyone", "customer")
    visitor = Client()
    answer = visitor.post("/sign-in", {"email": home.users["owner"].email, "password": "correct horse battery"})

    assert answer.status_code in {302, 303}
    assert "choose-organization" not in visitor.get("/", follow=True).redirect_chain.__str__()
    assert "Banyan Test Company" in visitor.get("/").text


OWN_ROLE = """
banyan: 1
roles:
  - {key: nurse, name: Nurse, grants: {customer: {view: all}}}
layouts:
  - {key: device/any/nurse/any, tabs: [{key: main, sections: [{key: main, fields: [{name: name}, {name: customer}]}]}]}
"""


def test_one_practises_with_the_fields_layouts_processes_and_words_of_ones_organization(home: Cast) -> None:
    with organization_scope(home.organization.pk):
        actor = system_actor(home.organization)
        apply_industry(actor, "medical")
        apply_document(actor, read_document(OWN_ROLE))
    learning = Learning(home, "owner")
    learner = learning.practise("everyone", "customer")

    with organization_scope(learner.organization_id), override("en"):
        institution = spec_for(learner.organization, "customer")
        assert (str(institution.label), "hospital_level" in institution.all_fields) == ("Institution", True)
        assert institution.model._default_manager.filter(name="Harbor Light Trading").exists()
        assert Stage.objects.filter(name="Committee").exists()
        assert set(Layout.objects.filter(object_name="device").values_list("role", flat=True)) == {None}
        assert not Role.objects.filter(key="nurse").exists()
    assert "Registration" in learning.browser.get("/medical-devices/new").text


def test_place_for_practising_is_closed_and_emptied(home: Cast) -> None:
    learning = Learning(home, "owner")
    learner = learning.practise("everyone", "customer")
    learning.browser.post("/training/close")

    row = sandbox(home)
    assert row.is_closing
    assert learner.organization_id not in Account.objects.get(pk=home.users["owner"].account_id).organization_ids
    assert learning.browser.get("/training").status_code == 200
    with organization_scope(home.organization.pk):
        actor = home.actor("owner")
    close_sandbox(actor, row.pk)
    with organization_scope(home.organization.pk):
        assert not Sandbox.objects.exists()
    with organization_scope(learner.organization_id):
        assert not spec_for(learner.organization, "customer").model._default_manager.exists()


def test_unused_place_for_practising_is_closed_after_two_weeks(home: Cast) -> None:
    Learning(home, "owner").practise("everyone", "customer")
    end_sandboxes(timestamp=0)
    assert not sandbox(home).is_closing
    with organization_scope(home.organization.pk):
        Sandbox.objects.update(used_at=now() - timedelta(days=15))
    end_sandboxes(timestamp=0)

    assert sandbox(home).is_closing


def test_nobody_reads_or_resets_the_progress_of_others_but_trainers(home: Cast, strangers: Cast) -> None:
    learning, owner = Learning(home, "owner"), home.users["owner"]
    learning.browser.post("/training/everyone/around/read")
    member, trainer, stranger = sign_in(home, "teammate"), sign_in(home, "admin"), sign_in(strangers, "admin")

    assert member.get("/training/people").status_code == 403
    assert member.post(f"/training/people/{owner.pk}/everyone/reset").status_code == 403
    assert stranger.post(f"/training/people/{owner.pk}/everyone/reset").status_code == 404
    assert str(owner.pk) not in stranger.get("/training/people").text
    assert lessons_done(home) == ["around"]
    assert trainer.post(f"/training/people/{owner.pk}/everyone/reset").status_code == 303
    assert lessons_done(home) == []
    assert learning.browser.get("/training/everyone/certificate").status_code == 404


def test_learner_begins_anew(home: Cast) -> None:
    learning = Learning(home, "owner")
    learning.browser.post("/training/everyone/around/read")
    learning.browser.post("/training/everyone/reset")

    assert lessons_done(home) == []
    assert "0 of 8 lessons" in learning.browser.get("/training").text


def test_file_to_practise_importing_is_in_the_language_of_the_exercise(home: Cast) -> None:
    browser = sign_in(home, "owner")
    english = browser.get("/training/everyone/files/customers")
    browser.post("/settings/me/language", {"language": "zh-hans"})

    assert "Blue Door Books" in english.content.decode("utf-8-sig")
    assert "蓝门书店" in browser.get("/training/everyone/files/customers").content.decode("utf-8-sig")
    assert browser.get("/training/everyone/files/dragons").status_code == 404


def test_lessons_are_told_in_the_readers_language(home: Cast) -> None:
    browser = sign_in(home, "owner")
    browser.post("/settings/me/language", {"language": "zh-hans"})

    assert "河石设计" in browser.get("/training/everyone/customer").text
    with override("zh-hans"):
        assert common_course().names["harbor"]["zh-hans"] == "海灯贸易"


def test_wrong_file_of_a_course_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    words = 'en = {title = "A", text = "B."}\nzh-hans = {title = "甲", text = "乙。"}\n'
    for text, complaint in (
        (words, "no lessons"),
        (f"{words}[[lesson]]\n{words}", "without key"),
        (f'{words}[[lesson]]\nkey = "x"\n{words}[[lesson]]\nkey = "x"\n{words}', "two lessons"),
        (f'{words}[[lesson]]\nkey = "x"\n{words}[[lesson.check]]\nkind = "view"\nen = "A"\nzh-hans = "甲"', "no task"),
        (f'{words}[[lesson]]\nkey = "x"\nen = {{title = "A", text = "B."}}', "says nothing in zh-hans"),
    ):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(BadCourse, match=complaint):
            read_course(file)
