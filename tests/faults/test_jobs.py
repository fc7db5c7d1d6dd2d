"""The administrator's page of background jobs, against a worker that really runs, fails and tries again."""

from __future__ import annotations

import re

import pytest

from tests.faults.company import Browser, Company, customers_file
from tests.installation import wait_until

REPEAT = re.compile(r"/settings/jobs/(\d+)/repeat")
BACK_UP = "installation.back_up"


@pytest.fixture
def page(company: Company) -> Browser:
    return company.browser()


def failed_jobs(page: Browser) -> set[str]:
    """Return the numbers of the jobs that the page offers to try again."""
    return set(REPEAT.findall(page.get("/settings/jobs?state=failed")))


def test_failed_job_is_shown_and_done_when_it_is_tried_again(company: Company, page: Browser) -> None:
    folder = company.installation.home / "backups"
    aside = folder.with_name("backups-aside")
    if folder.exists():
        folder.rename(aside)
    folder.write_text("in the way")
    try:
        known = failed_jobs(page)
        page.post("/settings/backups/now")
        (job_id,) = wait_until(lambda: failed_jobs(page) - known, what="the job's failure on the page")
    finally:
        folder.unlink()
        if aside.exists():
            aside.rename(folder)
    before = set(folder.glob("*")) if folder.exists() else set()

    page.post(f"/settings/jobs/{job_id}/repeat")

    wait_until(lambda: BACK_UP in page.get("/settings/jobs?state=succeeded"), what="the job's success on the page")
    assert job_id not in failed_jobs(page)
    assert len(set(folder.glob("*")) - before) == 1


def test_running_and_finished_jobs_are_shown(company: Company, page: Browser) -> None:
    import_id = company.begin_import(customers_file(15_000, prefix="Jobs"))
    company.wait_for_middle(import_id)

    assert "transfer.import" in page.get("/settings/jobs?state=doing")
    company.wait_for_end(import_id)
    wait_until(lambda: "transfer.import" in page.get("/settings/jobs?state=succeeded"), what="the finished job")


def test_job_that_was_done_already_cannot_be_repeated(company: Company, page: Browser) -> None:
    assert page.status_of_post("/settings/jobs/999999999/repeat") == 404
