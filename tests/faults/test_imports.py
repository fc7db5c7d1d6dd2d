"""Killing what carries an import out, in the middle of it: no row is lost, none comes twice."""

from __future__ import annotations

from tests.faults.company import Company, customers_file
from tests.installation import kill

ROWS = 12_000
GOOD = ROWS - ROWS // 100


def assert_whole(company: Company, import_id: str, prefix: str) -> None:
    """The import is done, its balance adds up, and each row of the file is one record with all that belongs to it."""
    state = company.wait_for_end(import_id)
    assert (state["status"], state["read"], state["problem"]) == ("done", ROWS, "")
    assert (state["created"], state["updated"], state["unchanged"], state["rejected"]) == (GOOD, 0, 0, ROWS - GOOD)
    assert company.count("customers", name__startswith=prefix) == GOOD
    assert company.count("customers", name__startswith=prefix, email__isnull="true") == 0
    for number in (0, ROWS // 2, ROWS - 2):
        (found,) = company.ask(f"customers?name={prefix}%20Trading%20{number}")["items"]
        (change,) = company.ask(f"customers/{found['id']}/history")["items"]
        assert change["action"] == "create"
        assert [item["id"] for item in company.ask(f"customers?search={prefix}{number}@example.com")["items"]] == [
            found["id"]
        ]


def test_import_goes_on_when_the_worker_is_killed(company: Company) -> None:
    import_id = company.begin_import(customers_file(ROWS, prefix="Worker"))
    company.wait_for_middle(import_id)

    worker = company.installation.worker()
    kill(worker)

    assert_whole(company, import_id, "Worker")
    assert company.installation.worker() != worker


def test_import_goes_on_when_the_database_is_killed(company: Company) -> None:
    import_id = company.begin_import(customers_file(ROWS, prefix="Database"))
    company.wait_for_middle(import_id)

    kill(company.installation.database())

    assert_whole(company, import_id, "Database")


def test_import_goes_on_when_everything_is_killed_and_started_again(company: Company) -> None:
    import_id = company.begin_import(customers_file(ROWS, prefix="Power"))
    company.wait_for_middle(import_id)

    database = company.installation.database()
    company.installation.kill()
    kill(database)
    assert not company.installation.answers()
    company.installation.start()

    assert_whole(company, import_id, "Power")
