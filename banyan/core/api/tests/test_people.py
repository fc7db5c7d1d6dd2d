"""People, and who is calling."""

from __future__ import annotations

import pytest


def test_me_tells_who_i_am_and_what_i_may(olga, call):
    me = olga.get("me").json()

    assert (me["name"], me["organization"]["currency"]) == ("Olga Owner", "CNY")
    assert me["rights"]["customers"] == {
        "view": "all", "create": "all", "edit": "all", "delete": "own", "export": "own", "import": "all", "bulk": "all",
        "transfer": "all", "share": "all",
    }  # fmt: skip
    assert call("viewer").get("me").json()["rights"]["customers"]["edit"] == "none"


def test_people_are_listed_page_by_page(olga, strangers):
    seen, cursor = [], ""
    while cursor is not None:
        page = olga.get(f"users?limit=2&cursor={cursor}").json()
        seen += [person["name"] for person in page["items"]]
        cursor = page["next"]

    assert seen == ["Ada Admin", "Mei Manager", "Olga Owner", "Sam Sales", "Tom Teammate", "Vera Viewer"]


def test_people_are_found_by_name_address_and_department(olga, cast):
    def names(query):
        return [person["name"] for person in olga.get(f"users?{query}").json()["items"]]

    assert names("search=tom") == ["Tom Teammate"]
    assert names("email=MANAGER@cast.test") == ["Mei Manager"]
    assert names(f"department={cast.departments['south'].pk}") == ["Sam Sales", "Tom Teammate"]
    assert names("is_active=false") == []


def test_person_is_shown_to_colleagues_only(olga, cast, strangers):
    tom = olga.get(f"users/{cast.users['teammate'].pk}").json()

    assert (tom["email"], tom["department"]["name"]) == ("teammate@cast.test", "Sales South")
    assert olga.get(f"users/{strangers.users['owner'].pk}").status_code == 404


@pytest.mark.parametrize("query", ["cursor=x", "cursor=WzEsMl0", "department=x", "is_active=x", "limit=0", "age=3"])
def test_people_list_names_the_parameter_that_is_wrong(olga, query):
    response = olga.get(f"users?{query}")

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == query.partition("=")[0]


def test_search_finds_records_of_several_objects(olga):
    customer = olga.create("customers", name="云杉科技")
    olga.create("contacts", name="云小杉", customer=customer["id"])

    hits = olga.get("search?q=云杉").json()["items"]

    assert (hits[0]["object"], hits[0]["id"], hits[0]["title"]) == ("customer", customer["id"], "云杉科技")
    assert olga.get("search?q=云杉&objects=contacts").json()["items"] == []
    assert olga.get("search?q=x&objects=planets").status_code == 400
    assert olga.get("search").json()["items"] == []
