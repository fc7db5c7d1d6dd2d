"""Rights with conditions, posts, deputies, territories, sharing, explanations and looking as others, through pages."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from banyan.core.access.decisions import restrict
from banyan.core.access.models import Deputyship, Level, Post, Share, SharingRule, Territory
from banyan.core.access.scopes import Action
from banyan.core.access.standing import actor_for
from banyan.core.audit.counting import write_counts
from banyan.core.audit.models import Activity, Entry
from banyan.core.identity.models import Role, User
from banyan.core.kernel.clock import today
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.models import Change
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.models import Customer
from tests.cast import Cast, api_client, sign_in

RETAIL = json.dumps({"all": [{"field": "industry", "op": "eq", "value": "retail"}]})


@pytest.fixture
def admin_page(cast: Cast) -> Client:
    return sign_in(cast, "admin")


def customer(cast: Cast, name: str, owner: str = "admin", **values: Any) -> Customer:
    with organization_scope(cast.organization.pk):
        cast.organization.refresh_from_db()
        values |= {"name": name, "owner": cast.users[owner].pk}
        return door.create(cast.actor("admin"), spec_for(cast.organization, "customer"), values)


def seen_by(cast: Cast, name: str, action: Action = Action.VIEW) -> set[str]:
    with organization_scope(cast.organization.pk):
        actor = actor_for(User.objects.select_related("organization").get(pk=cast.users[name].pk))
        spec = spec_for(actor.organization, "customer")
        return set(restrict(Customer.objects.all(), actor, spec, action).values_list("name", flat=True))


def listed(cast: Cast, name: str) -> set[str]:
    answer = api_client(cast, name).get("/api/v1/customers").json()
    return {item["name"] for item in answer["items"]}


def role_of(cast: Cast, key: str) -> Role:
    with organization_scope(cast.organization.pk):
        return Role.objects.get(key=key)


def test_right_on_a_condition_shows_what_fits_it_and_nothing_else(cast: Cast, admin_page: Client) -> None:
    customer(cast, "Shop", industry="retail")
    customer(cast, "Clinic", industry="medical")
    role = role_of(cast, "salesperson")
    url = f"/settings/roles/{role.pk}/conditions"

    answer = admin_page.post(f"{url}/customer", {"actions": ["view"], "scope": "all", "filter": RETAIL})

    assert answer.status_code == 303
    assert listed(cast, "salesperson") == {"Shop"}
    page = admin_page.get(url).text
    assert "retail" in page.lower() or "Retail" in page
    matrix = admin_page.get(f"/settings/roles/{role.pk}").text
    assert 'name="customer:view"' in matrix

    admin_page.post(f"/settings/roles/{role.pk}", {"name": role.name, "*:view": "own", "*:edit": "own"})
    assert listed(cast, "salesperson") == {"Shop"}, "saving the matrix keeps rights on conditions"
    with organization_scope(cast.organization.pk):
        grant = Role.objects.get(pk=role.pk).grants["customer"]["view"]
    key = next(entry for entry in grant if isinstance(entry, dict))
    removed = f"customer:all|{json.dumps(key['condition'], sort_keys=True)}"
    admin_page.post(url, {"remove": removed})
    assert listed(cast, "salesperson") == set()


def test_condition_on_a_field_that_is_not_there_is_refused_and_nothing_is_lost(cast: Cast, admin_page: Client) -> None:
    role = role_of(cast, "salesperson")
    wrong = json.dumps({"all": [{"field": "colour", "op": "eq", "value": "red"}]})

    answer = admin_page.post(
        f"/settings/roles/{role.pk}/conditions/customer", {"actions": ["edit"], "scope": "all", "filter": wrong}
    )

    assert answer.status_code == 422
    assert "colour" in answer.text
    assert role_of(cast, "salesperson").grants == role.grants


def test_field_is_open_in_own_records_and_masked_in_others(cast: Cast, admin_page: Client) -> None:
    mine = customer(cast, "Mine", "owner", phone="13800138000")
    other = customer(cast, "Other", "teammate", phone="13900139000")
    role = role_of(cast, "member")
    admin_page.post(f"/settings/roles/{role.pk}/fields/customer", {"field:phone": "masked", "except:phone": "own"})
    reader = api_client(cast, "owner")

    phones = {item["name"]: item["phone"] for item in reader.get("/api/v1/customers").json()["items"]}

    assert phones == {"Mine": "+8613800138000", "Other": "139****9000"}
    assert reader.get(f"/api/v1/customers/{mine.pk}").json()["phone"] == "+8613800138000"
    assert reader.get("/api/v1/customers?phone=13900139000").status_code == 400, "no filter tells what a mask hides"
    body = {"phone": "13700137000"}
    assert reader.patch(f"/api/v1/customers/{mine.pk}", body, content_type="application/json").status_code == 200
    assert reader.patch(f"/api/v1/customers/{other.pk}", body, content_type="application/json").status_code == 422
    page = sign_in(cast, "owner").get("/customers").text
    assert "139****9000" in page
    assert "13900139000" not in page.replace(" ", "")


@pytest.mark.parametrize("level", ["masked", "hidden"])
def test_pages_of_a_record_show_a_field_that_is_open_in_it_alone(cast: Cast, admin_page: Client, level: str) -> None:
    mine = customer(cast, "Mine", "owner", phone="13800138000")
    other = customer(cast, "Other", "teammate", phone="13900139000")
    role = role_of(cast, "member")
    restricted = {
        f"{kind}:{name}": value for name in ("phone", "owner") for kind, value in (("field", level), ("except", "own"))
    }
    admin_page.post(f"/settings/roles/{role.pk}/fields/customer", restricted)
    browser = sign_in(cast, "owner")

    for place in ("", "/edit", "/history"):
        page = browser.get(f"/customers/{mine.pk}{place}", headers={"Accept-Language": "en"})
        assert page.status_code in {200, 404}, (place, page.text[:300])
    seen = {record.name: re.sub(r"[^0-9]", "", browser.get(f"/customers/{record.pk}").text) for record in (mine, other)}
    assert "13800138000" in seen["Mine"]
    assert "13900139000" not in seen["Other"]
    for path in (
        "/customers",
        "/customers?view=board",
        "/customers/export?format=csv",
        "/",
        "/contacts",
        "/palette?q=Mine",
    ):
        assert browser.get(path).status_code < 500, path


def test_post_and_its_level_bring_their_roles(cast: Cast, admin_page: Client) -> None:
    customer(cast, "Anyone's", "admin")
    assert listed(cast, "salesperson") == set()
    reader = role_of(cast, "read_only")
    admin_page.post("/settings/posts/levels/new", {"name": "P7", "rank": "7", "roles": [str(reader.pk)]})
    with organization_scope(cast.organization.pk):
        level = Level.objects.get(name="P7")
    admin_page.post("/settings/posts/new", {"name": "Controller", "level": str(level.pk)})
    with organization_scope(cast.organization.pk):
        post = Post.objects.get(name="Controller")

    admin_page.post(f"/settings/people/{cast.users['salesperson'].pk}/place", {"post_1": str(post.pk)})

    assert listed(cast, "salesperson") == {"Anyone's"}
    assert "Controller" in admin_page.get(f"/settings/people/{cast.users['salesperson'].pk}").text
    assert admin_page.post(f"/settings/posts/{post.pk}/delete").status_code == 422, "somebody holds it"


def test_nobody_reports_to_themselves_over_others(cast: Cast, admin_page: Client) -> None:
    owner, manager = cast.users["owner"].pk, cast.users["manager"].pk
    assert admin_page.post(f"/settings/people/{owner}/place", {"main_superior": str(manager)}).status_code == 303

    answer = admin_page.post(f"/settings/people/{manager}/place", {"main_superior": str(owner)})

    assert answer.status_code == 422
    assert "report to themselves" in answer.text


def test_deputy_works_on_what_belongs_to_the_absent_colleague_until_the_last_day(cast: Cast) -> None:
    customer(cast, "Of the owner", "owner")
    mine = sign_in(cast, "owner")
    day = today("Asia/Shanghai")
    dates = {"starts_on": day.isoformat(), "ends_on": day.isoformat()}

    answer = mine.post("/settings/me/deputies/new", {"deputy": str(cast.users["salesperson"].pk), **dates})

    assert answer.status_code == 303
    assert listed(cast, "salesperson") == {"Of the owner"}
    assert seen_by(cast, "salesperson", Action.EDIT) == {"Of the owner"}
    assert "Sam Sales" in mine.get("/settings/me/deputies").text
    with organization_scope(cast.organization.pk):
        Deputyship.objects.update(starts_on=day - timedelta(days=3), ends_on=day - timedelta(days=1))
    assert listed(cast, "salesperson") == set()


def test_deputy_with_roles_sees_as_far_but_manages_nobody(cast: Cast, admin_page: Client) -> None:
    customer(cast, "Of a teammate", "teammate")
    day = today("Asia/Shanghai").isoformat()
    admin_page.post(
        f"/settings/people/{cast.users['admin'].pk}/deputies/new",
        {"deputy": str(cast.users["salesperson"].pk), "starts_on": day, "ends_on": day, "with_rights": "on"},
    )

    assert listed(cast, "salesperson") == {"Of a teammate"}
    assert sign_in(cast, "salesperson").get("/settings/people").status_code == 403


@pytest.mark.parametrize("sent", [{"ends_on": "2020-01-01"}, {"deputy": "me"}])
def test_impossible_absences_are_refused(cast: Cast, sent: dict[str, str]) -> None:
    day = today("Asia/Shanghai").isoformat()
    values = {"deputy": str(cast.users["salesperson"].pk), "starts_on": day, "ends_on": day} | sent
    if values["deputy"] == "me":
        values["deputy"] = str(cast.users["owner"].pk)

    assert sign_in(cast, "owner").post("/settings/me/deputies/new", values).status_code == 422


def test_territory_is_a_field_only_where_there_are_territories_and_lets_its_people_see(
    cast: Cast, admin_page: Client
) -> None:
    assert "territory" not in api_client(cast, "admin").get("/api/v1/customers?limit=1").text
    admin_page.post("/settings/territories/new", {"name": "East"})
    with organization_scope(cast.organization.pk):
        east = Territory.objects.get(name="East")
    admin_page.post("/settings/territories/new", {"name": "Shanghai", "parent": str(east.pk)})
    with organization_scope(cast.organization.pk):
        shanghai = Territory.objects.get(name="Shanghai")
    customer(cast, "On the Bund", territory="East / Shanghai")
    customer(cast, "Elsewhere")
    role = role_of(cast, "salesperson")
    admin_page.post(f"/settings/roles/{role.pk}", {"name": role.name, "*:view": "territory", "*:create": "all"})

    assert listed(cast, "salesperson") == set()
    admin_page.post(f"/settings/people/{cast.users['salesperson'].pk}/place", {"territories": [str(east.pk)]})

    assert listed(cast, "salesperson") == {"On the Bund"}
    assert api_client(cast, "admin").get(f"/api/v1/customers?territory={shanghai.pk}").json()["items"][0]["name"] == (
        "On the Bund"
    )
    assert admin_page.post(f"/settings/territories/{shanghai.pk}/delete").status_code == 422


def test_record_is_shared_from_its_page_and_no_longer(cast: Cast, admin_page: Client) -> None:
    shared = customer(cast, "Together")
    url = f"/customers/{shared.pk}"
    sam = f"person:{cast.users['salesperson'].pk}"

    answer = admin_page.post(f"{url}/share", {"grantees": [sam], "access": "view", "team_role": "Pre-sales"})

    assert answer.status_code == 303
    assert listed(cast, "salesperson") == {"Together"}
    assert seen_by(cast, "salesperson", Action.EDIT) == set()
    page = admin_page.get(f"{url}/children").text
    assert "Sam Sales" in page
    assert "Pre-sales" in page
    contact = {"name": "Contact there", "customer": str(shared.pk)}
    assert (
        api_client(cast, "admin").post("/api/v1/contacts", contact, content_type="application/json").status_code == 201
    )
    assert api_client(cast, "salesperson").get("/api/v1/contacts").json()["items"], "contacts come with their customer"

    sam_page = sign_in(cast, "salesperson")
    assert sam_page.post(f"{url}/share", {"grantees": [sam], "access": "edit"}).status_code == 403
    assert sam_page.post(f"{url}/share/{cast.users['salesperson'].pk}/end").status_code == 303, "one may step back"
    assert listed(cast, "salesperson") == set()


def test_share_with_a_department_reaches_those_below_and_ends_by_itself(cast: Cast, admin_page: Client) -> None:
    shared = customer(cast, "Together")
    day = today("Asia/Shanghai")
    admin_page.post(
        f"/customers/{shared.pk}/share",
        {"grantees": [f"department:{cast.departments['sales'].pk}"], "access": "edit", "ends_on": day.isoformat()},
    )

    assert seen_by(cast, "salesperson", Action.EDIT) == {"Together"}
    with organization_scope(cast.organization.pk):
        Share.objects.update(ends_on=day - timedelta(days=1))
    assert seen_by(cast, "salesperson") == set()


def test_sharing_rule_follows_the_records(cast: Cast, admin_page: Client) -> None:
    shop = customer(cast, "Shop", industry="retail")
    customer(cast, "Clinic", industry="medical")
    sam = f"person:{cast.users['salesperson'].pk}"
    sent = {"name": "Retail", "grantees": [sam], "access": "view", "is_active": "on", "filter": RETAIL}

    assert admin_page.post("/settings/sharing/new/customer", sent).status_code == 303

    assert listed(cast, "salesperson") == {"Shop"}
    assert "Retail" in admin_page.get("/settings/sharing").text
    api_client(cast, "admin").patch(
        f"/api/v1/customers/{shop.pk}", {"industry": "medical"}, content_type="application/json"
    )
    assert listed(cast, "salesperson") == set()
    with organization_scope(cast.organization.pk):
        rule = SharingRule.objects.get()
    assert admin_page.get(f"/settings/sharing/{rule.pk}").status_code == 200
    assert admin_page.post(f"/settings/sharing/{rule.pk}/delete").status_code == 303


def test_explanation_names_the_rule_that_decides(cast: Cast, admin_page: Client) -> None:
    shared = customer(cast, "Together", "teammate")
    sam, olga = cast.users["salesperson"].pk, cast.users["owner"].pk
    question = f"/settings/access?object=customer&record={shared.pk}"

    no = admin_page.get(f"{question}&person={sam}").text
    yes = admin_page.get(f"{question}&person={olga}").text
    admin_page.post(f"/customers/{shared.pk}/share", {"grantees": [f"person:{sam}"], "access": "view"})
    shared_page = admin_page.get(f"{question}&person={sam}").text

    assert "No, Sam Sales may not" in no
    assert "covers own records" in no
    assert "Yes, Olga Owner may" in yes
    assert "Shared by Ada Admin" in shared_page
    assert sign_in(cast, "owner").get(f"{question}&person={sam}").status_code == 403


def test_looking_as_another_person_shows_their_pages_and_changes_nothing(cast: Cast, admin_page: Client) -> None:
    customer(cast, "Of the owner", "owner")
    mine = customer(cast, "Of Sam", "salesperson")
    sam = cast.users["salesperson"].pk

    assert admin_page.post(f"/settings/see-as/person/{sam}").status_code == 303

    page = admin_page.get("/customers").text
    assert "Of Sam" in page
    assert "Of the owner" not in page
    assert "You see the pages as Sam Sales sees them" in page
    assert admin_page.post(f"/customers/{mine.pk}/edit", {"name": "Changed"}).status_code == 403
    body = json.dumps({"name": "Changed"})
    refused = admin_page.patch(f"/api/v1/customers/{mine.pk}", body, content_type="application/json")
    assert refused.status_code == 403
    for private in ("/settings/me", "/settings/me/tokens", "/notifications"):
        assert admin_page.get(private).status_code == 403, private
    assert admin_page.get("/settings/people").status_code == 403
    assert admin_page.post("/settings/see-as/end").status_code == 303
    assert "Of the owner" in admin_page.get("/customers").text
    with organization_scope(cast.organization.pk):
        logged = list(Change.objects.filter(record_id=sam).values_list("action", flat=True))
        assert not Change.objects.filter(record_id=mine.pk, action="update").exists()
    assert "see_as" in logged


def test_log_names_who_looked_and_not_as_whom_they_looked(cast: Cast, admin_page: Client) -> None:
    """An entry about Sam would say of Sam what Ada did."""
    with organization_scope(cast.organization.pk):
        Role.objects.filter(key="salesperson").update(
            field_grants={"customer.phone": {"level": "hidden", "except": "own"}}
        )
    mine = customer(cast, "Of Sam", "salesperson", phone="+8613800001111")
    sam, ada = cast.users["salesperson"], cast.users["admin"]
    admin_page.post(f"/settings/see-as/person/{sam.pk}")

    assert "Ada Admin · " in admin_page.get(f"/customers/{mine.pk}").text.split("print-mark")[1]
    admin_page.get("/settings/people")

    with organization_scope(cast.organization.pk):
        entries = Entry.objects.filter(kind__in=["read.guarded", "access.refused"])
        told = {entry.kind: (entry.user_id, entry.person, entry.details["as"]) for entry in entries}
        write_counts(cast.organization.pk)
        counted = set(Activity.objects.values_list("user_id", flat=True))
    assert told == dict.fromkeys(("read.guarded", "access.refused"), (ada.pk, ada.name, str(sam.pk)))
    assert counted == {ada.pk}
    admin_page.post("/settings/see-as/end")
    assert "Looked as: Sam Sales" in admin_page.get("/settings/audit").text.replace("<span>", "").replace("</span>", "")


def test_looking_with_one_role_shows_what_it_allows(cast: Cast, admin_page: Client) -> None:
    customer(cast, "Of the owner", "owner")
    customer(cast, "Of Ada", "admin")

    admin_page.post(f"/settings/see-as/role/{role_of(cast, 'salesperson').pk}")
    page = admin_page.get("/customers").text

    assert "Of Ada" in page
    assert "Of the owner" not in page


def test_only_those_who_manage_people_look_as_others(cast: Cast) -> None:
    manager = sign_in(cast, "manager")

    assert manager.post(f"/settings/see-as/person/{cast.users['owner'].pk}").status_code == 403
    session = manager.session
    session["see_as"] = {"kind": "person", "id": str(cast.users["admin"].pk)}
    session.save()
    assert manager.get("/settings/people").status_code == 403, (
        "a session that keeps somebody helps nobody without the right"
    )


def test_records_are_given_away_by_those_who_may(cast: Cast, admin_page: Client) -> None:
    mine = customer(cast, "Mine", "salesperson")
    role = role_of(cast, "salesperson")
    admin_page.post(
        f"/settings/roles/{role.pk}", {"name": role.name, "*:view": "own", "*:edit": "own", "*:transfer": "none"}
    )
    body = json.dumps({"owner": str(cast.users["owner"].pk)})

    refused = api_client(cast, "salesperson").patch(
        f"/api/v1/customers/{mine.pk}", body, content_type="application/json"
    )

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "owner"
    taken = api_client(cast, "admin").patch(f"/api/v1/customers/{mine.pk}", body, content_type="application/json")
    assert taken.status_code == 200


def test_roles_are_compared_by_what_differs(cast: Cast, admin_page: Client) -> None:
    member, reader = role_of(cast, "member"), role_of(cast, "read_only")

    def compared(more: str = "") -> list[str]:
        page = admin_page.get(f"/settings/roles/compare?left={member.pk}&right={reader.pk}{more}").text
        table = page[page.index('<table class="comparison">') : page.index("</table>")]
        return re.findall(r"<th scope=[^>]*>(.*?)</th>", table)

    differing, everything = compared(), compared("&all=1")
    # Objects of which both roles say the same stand together, and so do their actions.
    group = next(text for text in differing if "Customers" in text)
    assert "Contacts" in group
    assert not any("See" in text.split(", ") for text in differing)
    assert any("Change" in text.split(", ") for text in differing)
    assert any("See" in text.split(", ") for text in everything)
    assert len(everything) < 30


def test_program_shares_explains_and_ends(cast: Cast, admin_page: Client) -> None:
    shared = customer(cast, "Together")
    api, sam = api_client(cast, "admin"), str(cast.users["salesperson"].pk)
    path = f"/api/v1/customers/{shared.pk}"

    made = api.post(f"{path}/shares", {"id": sam, "access": "edit"}, content_type="application/json")
    explained = api.get(f"{path}/access?user={sam}&action=edit").json()

    assert made.status_code == 201
    assert [(item["name"], item["access"]) for item in made.json()["items"]] == [("Sam Sales", "edit")]
    assert explained["allowed"] is True
    assert [reason["ground"] for reason in explained["reasons"] if reason["helps"]] == ["shared"]
    wrong = api.post(f"{path}/shares", {"id": sam, "access": "own"}, content_type="application/json")
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "access"
    notices = sign_in(cast, "salesperson").get("/notifications").text
    assert "Ada Admin shared “Together” with you." in notices
    assert api.delete(f"{path}/shares/{sam}").status_code == 204
    assert api.get(f"{path}/access?user={sam}").json()["allowed"] is False
    assert api_client(cast, "salesperson").get(f"{path}/access?user={sam}").status_code == 403


def test_mention_of_somebody_who_may_not_see_the_record_tells_nothing_of_it(cast: Cast) -> None:
    hidden = customer(cast, "Hidden", "owner")
    api = api_client(cast, "admin")
    body = {
        "about": f"customer:{hidden.pk}",
        "text": "Secret plan @Sam",
        "mentions": [str(cast.users["salesperson"].pk)],
    }

    assert api.post("/api/v1/comments", body, content_type="application/json").status_code == 201

    notices = sign_in(cast, "salesperson").get("/notifications").text
    assert "Secret plan" not in notices
    assert "Ada Admin mentioned you in a record that you may not see" in notices


def test_field_is_open_on_a_condition_and_saving_the_list_of_fields_keeps_it(cast: Cast, admin_page: Client) -> None:
    customer(cast, "Shop", "teammate", phone="13800138000", industry="retail")
    customer(cast, "Clinic", "teammate", phone="13900139000", industry="medical")
    role = role_of(cast, "member")
    url = f"/settings/roles/{role.pk}/fields/customer"

    nothing = admin_page.post(f"{url}/phone", {"level": "masked", "scope": "all", "filter": ""})
    assert nothing.status_code == 422
    answer = admin_page.post(f"{url}/phone", {"level": "masked", "scope": "all", "filter": RETAIL})

    assert answer.status_code == 303
    reader = api_client(cast, "owner")
    phones = {item["name"]: item["phone"] for item in reader.get("/api/v1/customers").json()["items"]}
    assert phones == {"Shop": "+8613800138000", "Clinic": "139****9000"}
    page = admin_page.get(url).text
    assert "but open in all records where Industry" in page
    admin_page.post(url, {"field:phone": "masked", "field:email": "hidden"})
    kept = role_of(cast, "member").field_grants
    assert kept["customer.phone"]["except"]["condition"] == json.loads(RETAIL)
    assert kept["customer.email"] == "hidden"
    admin_page.post(url, {"field:phone": "masked", "except:phone": ""})
    assert role_of(cast, "member").field_grants["customer.phone"] == "masked"
