"""Fields that a file holds in several columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.importing import engine, services
from banyan.customers.public import Contact

FEBRL = Path(__file__).resolve().parents[4] / "tests" / "data" / "febrl" / "dataset1.csv"


@pytest.fixture
def run(cast, tmp_path):
    """Import a file of contacts as an administrator and return the import and the contacts by name."""

    def carry_out(path, **plan):
        with organization_scope(cast.organization.pk):
            actor = cast.actor("admin")
            task = services.begin(actor, object_name="contact", path=path, file_name=path.name)
            task.plan = {**task.plan, **plan}
            task.save()
            services.make_ready(actor, task)
        done = engine.work(actor, task.pk, path)
        with organization_scope(cast.organization.pk):
            return done, {contact.name: contact for contact in Contact.objects.all()}

    return carry_out


def written(tmp_path, text):
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_name_and_address_are_put_together_when_they_come_in_columns(run, tmp_path):
    text = (
        "First name,Last name,Street number,Address 1,Address 2,City,Zip\n"
        "Maria,Keller,6,Tullaroop Street,Level 2,Perth,4011\n"
        ",Waller,,,,,\n"
        "明,欧阳,88号,中山路,,南京,210000\n"
    )

    done, contacts = run(written(tmp_path, text))

    assert (done.read, done.created, done.rejected) == (3, 3, 0)
    assert sorted(contacts) == ["Maria Keller", "Waller", "欧阳明"]
    address = contacts["Maria Keller"].address
    assert (address["street"], address["city"], address["postcode"]) == (
        "6 Tullaroop Street, Level 2",
        "Perth",
        "4011",
    )
    assert contacts["欧阳明"].address["street"] == "中山路88号"


def test_whole_name_wins_when_its_parts_stand_beside_it(run, tmp_path):
    _done, contacts = run(written(tmp_path, "Full name,First name,Last name\nMaria J. Keller,Maria,Keller\n"))

    assert list(contacts) == ["Maria J. Keller"]


@pytest.mark.slow
def test_people_of_febrl_are_recognised_when_their_duplicates_are_imported(run):
    done, contacts = run(FEBRL)

    assert done.is_balanced
    # Every second row is a misspelt duplicate; three rows have no name at all.
    assert done.rejected == 3
    assert done.created + done.updated + done.unchanged == 997
    assert done.updated + done.unchanged >= 400
    assert len(contacts) <= done.created
