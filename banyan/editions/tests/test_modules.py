from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.access.actor import Actor
from banyan.core.access.role_editing import change_role, copy_role
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import Invalid, NotAllowed
from banyan.core.objects.choosing import choose, in_edition, switched_off, switched_on
from banyan.core.objects.modules import (
    EVERY_EDITION,
    Mixture,
    contradictions,
    edition_modules,
    effective,
    mixing,
    mixture_of,
    modules,
    specs_on,
    with_required,
    without_unmet,
)
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.core.web.help.guide import guide_in
from banyan.editions.models import ModuleStart
from banyan.editions.switching.starting import give_rights, proposals, samplers
from banyan.editions.switching.surface import preview, things_of
from tests.cast import Cast, api_client, sign_in

NAMES = st.frozensets(st.sampled_from(modules.keys()))
EDITIONS = st.sampled_from(EVERY_EDITION)
MIXTURES = st.builds(Mixture, EDITIONS, NAMES, NAMES)
URL = "/settings/modules"


@pytest.fixture
def cast(cast: Cast) -> Cast:
    Organization.objects.filter(pk=cast.organization.pk).update(edition="basic")
    cast.organization.edition = "basic"
    return cast


@pytest.fixture
def ada(scope: Cast) -> Client:
    scope.users["admin"].language = "en"
    scope.users["admin"].save(update_fields=["language"])
    return sign_in(scope, "admin", accept_language="en")


# --- rules


@given(MIXTURES)
def test_whatever_is_on_has_what_it_needs(mixture: Mixture) -> None:
    on = effective(mixture)
    assert all(on.issuperset(modules[name].requires) for name in on)
    assert not on & mixture.off


@given(EDITIONS, NAMES)
def test_a_mixture_says_exactly_what_was_wanted_when_nothing_is_missing(edition: str, names: frozenset[str]) -> None:
    wanted = with_required(names)
    assert effective(mixing(edition, wanted)) == wanted
    assert not contradictions(mixing(edition, names))


@given(MIXTURES, st.sampled_from(modules.keys()))
def test_a_module_switched_off_and_on_again_brings_back_all_that_went(mixture: Mixture, name: str) -> None:
    start = mixing(mixture.edition, effective(mixture))
    on = effective(switched_on(start, name))
    assert on >= effective(start) | with_required([name])
    own = edition_modules(mixture.edition)
    off = effective(switched_off(Mixture(mixture.edition), name))
    assert name not in off
    if name in own:
        assert effective(switched_on(switched_off(Mixture(mixture.edition), name), name)) == own


@given(NAMES)
def test_what_is_left_without_its_need_is_the_largest_that_works(names: frozenset[str]) -> None:
    left = without_unmet(names)
    assert left <= names
    assert all(not names.issuperset(with_required([name])) for name in names - left)


@given(MIXTURES, EDITIONS)
def test_another_edition_keeps_what_was_chosen_besides(mixture: Mixture, edition: str) -> None:
    start = mixing(mixture.edition, effective(mixture))
    assert in_edition(start, start.edition) == start
    assert effective(in_edition(start, edition)) <= edition_modules(edition) | start.on


@given(MIXTURES)
def test_contradictions_name_what_is_missing(mixture: Mixture) -> None:
    for entry in contradictions(mixture):
        assert entry.module in mixture.on
        assert entry.module not in effective(mixture)
        assert entry.missing or entry.module in mixture.off


def test_every_module_says_what_it_is_for_and_its_chapters_are_in_both_guides() -> None:
    for module in modules:
        assert all(str(text) for text in (module.purpose, module.needed_by, module.spared_by)), module.name
        assert all(required in modules for required in module.requires)
    for language in ("en", "zh-hans"):
        guide = guide_in(language)
        anchors = {chapter.name for chapter in guide.chapters}
        anchors |= {section.name for chapter in guide.chapters for section in chapter.sections}
        assert {anchor for module in modules for anchor in module.chapters} <= anchors


# --- pages


def test_a_preview_says_what_appears_and_the_switch_makes_exactly_that(ada: Client, scope: Cast) -> None:
    actor = scope.actor("admin")
    before = things_of(actor)
    found = preview(actor, switched_on(mixture_of(actor.organization), "quotes"))
    assert found.comes == ("documents", "portal", "quotes")

    text = ada.get(f"{URL}/preview", {"on": "quotes"}).content.decode()
    assert all(word in text for word in ("Quotes", "Links for people outside", "GET /quotes", "Settings"))
    assert Organization.objects.get(pk=scope.organization.pk).modules_on == []
    values = re.findall(r'<input type="hidden" name="(edition|on|off)" value="([^"]*)"', text)
    sent: dict[str, list[str]] = {}
    for name, value in values:
        sent.setdefault(name, []).append(value)
    ada.post(URL, sent)

    after = things_of(scope.actor("admin"))
    for entry in found.differences:
        if entry.name == "fields":
            continue
        shown = [label for key, label in after[entry.name].items() if key not in before[entry.name]]
        assert tuple(dict.fromkeys(shown)) == entry.comes
    assert ada.get("/quotes").status_code == 200
    page = ada.get(URL).content.decode()
    assert "Start with Quotes" in page
    assert "Start with Quotes" in ada.get("/").content.decode()
    ada.post(f"{URL}/quotes/put-away")
    assert "Start with Quotes" not in ada.get("/").content.decode()


def test_a_preview_of_less_says_what_stops_and_what_is_kept(ada: Client, scope: Cast) -> None:
    actor = scope.actor("admin")
    customer = door.create(actor, spec_for(actor.organization, "customer"), {"name": "Harbor Light"})
    door.create(actor, spec_for(actor.organization, "opportunity"), {"customer": customer.pk, "name": "Deal"})
    text = ada.get(f"{URL}/preview", {"off": "opportunities"}).content.decode()
    assert "What is kept" in text
    assert re.search(r"Opportunities</span><span class=\"figures\">1<", text)
    ada.post(f"{URL}/opportunities", {"on": "false"})
    assert ada.get("/opportunities").status_code == 404
    ada.post(f"{URL}/opportunities", {"on": "true"})
    assert "Harbor Light" in ada.get("/opportunities").content.decode()


def test_a_choice_without_what_it_needs_is_refused_with_both_ways_out(ada: Client, scope: Cast) -> None:
    answer = ada.get(f"{URL}/preview", {"chosen": "1", "edition": "basic", "module": ["customers", "commissions"]})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Commissions needs" in text
    assert text.count('href="/settings/modules/preview?edition=basic') == 2
    sent = {"edition": "basic", "on": ["commissions"], "off": ["orders"]}
    refused = ada.post(URL, sent)
    assert refused.status_code == 422
    assert scope.organization.modules_on == Organization.objects.get(pk=scope.organization.pk).modules_on == []


def test_only_who_manages_the_organization_chooses(scope: Cast) -> None:
    assert sign_in(scope, "owner").get(URL).status_code == 403
    assert sign_in(scope, "owner").get(f"{URL}/preview", {"on": "quotes"}).status_code == 403
    with pytest.raises(NotAllowed):
        choose(scope.actor("owner"), Mixture("enterprise"))


def test_a_role_that_names_its_objects_is_proposed_the_rights_it_has_on_something_alike(scope: Cast) -> None:
    actor: Actor = scope.actor("admin")
    reader = Role.objects.get(key="read_only")
    narrow = copy_role(actor, reader.pk, name="Customers only")
    grants = {"customer": {"view": "own", "edit": "own"}}
    change_role(actor, narrow.pk, name="Customers only", grants=grants, field_grants={}, abilities=[])
    choose(actor, switched_on(mixture_of(actor.organization), "leads"))
    actor = scope.actor("admin")
    found = proposals(actor, "leads")
    assert [(entry.role.name, entry.like.name) for entry in found] == [("Customers only", "customer")]
    give_rights(actor, "leads", [str(narrow.pk)])
    narrow.refresh_from_db()
    assert narrow.grants["lead"] == {"view": "own", "edit": "own"}
    assert proposals(actor, "leads") == []


# --- programs


def test_programs_look_and_choose(scope: Cast) -> None:
    client = api_client(scope, "admin")
    kind = "application/json"
    looked = client.post("/api/v1/modules/preview", {"switch_on": ["quotes"]}, content_type=kind).json()
    assert looked["comes"] == ["documents", "portal", "quotes"]
    assert "GET /quotes" in looked["appears"]["api"]
    refused = client.patch("/api/v1/modules", {"modules": ["commissions"]}, content_type=kind)
    assert refused.status_code == 422
    assert "Opportunities" in refused.json()["errors"][0]["message"]
    for wrong in ({"edition": "platinum"}, {"switch_on": "quotes"}, {"switch_on": ["rockets"]}, {"level": 9}):
        assert client.patch("/api/v1/modules", wrong, content_type=kind).status_code == 422
    chosen = client.patch(
        "/api/v1/modules", {"edition": "standard", "switch_off": ["orders"]}, content_type=kind
    ).json()
    on = {module["name"] for module in chosen["modules"] if module["is_on"]}
    assert chosen["edition"] == "standard"
    assert "quotes" in on
    assert not on & {"orders", "billing", "commissions", "stock"}
    assert api_client(scope, "owner").get("/api/v1/modules").status_code == 403


def test_a_configuration_file_that_contradicts_itself_is_refused(scope: Cast) -> None:
    with override("en"), pytest.raises(Invalid) as refused:
        choose(scope.actor("admin"), Mixture("basic", frozenset({"quotes"})))
    assert "Documents" in str(refused.value.errors[0].message)
    choose(scope.actor("admin"), Mixture("standard"))
    assert ModuleStart.objects.filter(module="quotes").exists()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_examples_of_every_module_come_and_go_by_a_click(ada: Client, scope: Cast, language: str) -> None:
    Organization.objects.filter(pk=scope.organization.pk).update(edition="standard", language=language)
    names = samplers.keys()
    kept = {name: spec.model._default_manager.filter(deleted_at__isnull=True).count() for name, spec in _specs(scope)}
    for name in names:
        assert "Make examples" in ada.get(f"{URL}/{name}").content.decode()
        made = ada.post(f"{URL}/{name}/examples")
        assert made.status_code == 303, (name, made.content.decode()[-3000:])
        assert "Remove the examples" in ada.get(f"{URL}/{name}").content.decode(), name
        assert ada.post(f"{URL}/{name}/examples").status_code == 409
    for name in reversed(names):
        ada.post(f"{URL}/{name}/examples", {"remove": "true"})
    left = {name: spec.model._default_manager.filter(deleted_at__isnull=True).count() for name, spec in _specs(scope)}
    assert left == kept


def _specs(scope: Cast) -> list[tuple[str, ObjectSpec]]:
    return list(specs_on(Organization.objects.get(pk=scope.organization.pk)).items())
