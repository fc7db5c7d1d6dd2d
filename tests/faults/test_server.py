"""Killing and starting the server and its database: what was answered is kept, and what is wrong is said."""

from __future__ import annotations

import socket
import threading
import urllib.error

import pytest

from tests.faults.company import RECOVERY_SECONDS, Company
from tests.installation import Installation, kill, runs, wait_until


def test_second_start_says_that_the_port_is_taken(company: Company) -> None:
    with pytest.raises(RuntimeError, match=rf"Port {company.installation.port} on 127\.0\.0\.1 cannot be used") as said:
        company.installation.command("serve")

    assert f"PORT={company.installation.port + 1}" in str(said.value)
    assert company.installation.answers()


HOST = "Host: 127.0.0.1\r\n"
HIDDEN = f"GET /livez HTTP/1.1\r\n{HOST}\r\n"


def test_request_hidden_in_another_is_not_answered(company: Company) -> None:
    framings = (
        "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        f"Transfer-Encoding: chunked\r\nContent-Length: {5 + len(HIDDEN)}\r\n\r\n0\r\n\r\n",
        f"Content-Length: 0\r\nContent-Length: {len(HIDDEN)}\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Content-Length : 0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    )
    for framing in framings:
        with socket.create_connection(("127.0.0.1", company.installation.port), 10) as line:
            line.sendall(f"POST /livez HTTP/1.1\r\n{HOST}{framing}{HIDDEN}".encode())
            answer = b"".join(iter(lambda: line.recv(65_536), b""))
        assert answer.count(b"HTTP/1.1 ") == 1, framing
        assert answer[9:10] == b"4", framing


def test_second_start_on_another_port_finds_the_database_running(company: Company) -> None:
    database = company.installation.database()
    second = Installation(company.installation.home)
    try:
        second.start()
        assert Company(second, company.name, company.token).count("customers") == company.count("customers")
    finally:
        second.stop()

    assert company.installation.database() == database
    assert company.installation.answers()


def test_server_is_whole_again_when_its_first_process_was_killed(company: Company) -> None:
    orphans = company.installation.processes()

    company.installation.kill_parent()
    wait_until(lambda: not any(map(runs, orphans)), what="the end of the orphans")
    company.installation.start()

    assert company.installation.worker() is not None


def test_request_process_is_replaced_when_it_is_killed(company: Company) -> None:
    worker = company.installation.worker()
    for process in company.installation.processes():
        if process != worker:
            kill(process)

    wait_until(company.installation.answers, what="an answer")


def test_confirmed_records_are_kept_when_the_database_is_killed_under_load(company: Company) -> None:
    confirmed: list[str] = []
    statuses: set[int] = set()
    enough, stopping = threading.Event(), threading.Event()

    def write(writer: int) -> None:
        number = 0
        while not stopping.is_set():
            number += 1
            try:
                confirmed.append(company.ask("customers", {"name": f"Load {writer} {number}"})["id"])
            except urllib.error.HTTPError as error:
                statuses.add(error.code)
            except OSError:
                statuses.add(0)
            if len(confirmed) > 20:
                enough.set()

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for writer in writers:
        writer.start()
    assert enough.wait(20)
    before = company.installation.database()
    kill(before)
    wait_until(company.installation.answers, seconds=RECOVERY_SECONDS, what="the return of the database")
    seen = len(confirmed)
    wait_until(lambda: len(confirmed) > seen + 5, seconds=RECOVERY_SECONDS, what="writing again")
    stopping.set()
    for writer in writers:
        writer.join()

    assert company.installation.database() != before
    assert statuses <= {500, 503}
    stored = {item["id"]: item for item in company.ask("customers?name__startswith=Load&limit=1000")["items"]}
    assert set(confirmed) <= set(stored)
    assert len({item["number"] for item in stored.values()}) == len(stored)
    assert all(company.ask(f"customers/{record_id}/history")["items"] for record_id in list(stored)[:5])
