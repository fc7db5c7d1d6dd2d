"""The administrator's page of background jobs, against a worker that really runs, fails and tries again."""

from __future__ import annotations

import json

import psycopg
import pytest

from banyan.core.database.connections import database_urls
from banyan.core.kernel.configuration import Configuration
from tests.faults.company import Browser, Company, customers_file
from tests.installation import wait_until

DEFER = "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('bulk', %s, %s) RETURNING id"
BACK_UP = "installation.back_up"


@pytest.fixture
def page(company: Company) -> Browser:
    return company.browser()


def defer(company: Company, task: str) -> int:
    """Queue a job of the company as the product does: a row, which wakes the worker."""
    configuration = Configuration.from_environment({"BANYAN_HOME": str(company.installation.home)})
    with psycopg.connect(database_urls(configuration)[0], autocommit=True) as connection:
        organization = company.ask("me")["organization"]["id"]
        arguments = json.dumps({"organization_id": organization, "user_id": None})
        (job_id,) = connection.execute(DEFER, [task, arguments]).fetchone() or (0,)
    return int(job_id)


def is_shown(page: Browser, state: str, job_id: int, name: str) -> bool:
    """Say whether the page shows a job in a state; failed ones are known by their button, which names them."""
    text = page.get(f"/settings/jobs?state={state}")
    return f"/settings/jobs/{job_id}/repeat" in text if state == "failed" else name in text


def test_failed_job_is_shown_and_done_when_it_is_tried_again(company: Company, page: Browser) -> None:
    folder = company.installation.home / "backups"
    aside = folder.with_name("backups-aside")
    if folder.exists():
        folder.rename(aside)
    folder.write_text("in the way")
    try:
        job_id = defer(company, BACK_UP)
        wait_until(lambda: is_shown(page, "failed", job_id, BACK_UP), what="the job's failure on the page")
    finally:
        folder.unlink()
        if aside.exists():
            aside.rename(folder)
    before = set(folder.glob("*")) if folder.exists() else set()

    page.post(f"/settings/jobs/{job_id}/repeat")

    wait_until(lambda: is_shown(page, "succeeded", job_id, BACK_UP), what="the job's success on the page")
    assert not is_shown(page, "failed", job_id, BACK_UP)
    assert len(set(folder.glob("*")) - before) == 1


def test_running_and_finished_jobs_are_shown(company: Company, page: Browser) -> None:
    import_id = company.begin_import(customers_file(15_000, prefix="Jobs"))
    company.wait_for_middle(import_id)

    assert "transfer.import" in page.get("/settings/jobs?state=doing")
    company.wait_for_end(import_id)
    wait_until(lambda: "transfer.import" in page.get("/settings/jobs?state=succeeded"), what="the finished job")


def test_job_that_was_done_already_cannot_be_repeated(company: Company, page: Browser) -> None:
    assert page.status_of_post("/settings/jobs/999999999/repeat") == 404
