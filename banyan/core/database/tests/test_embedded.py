import contextlib
import os
import pwd
import shutil
import signal
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from banyan.core.database import embedded
from banyan.core.database.errors import DatabaseUnavailable
from banyan.core.database.tests.installation import configure, run_python

# Starts the server of a home folder, tells its process id, and waits for a line before it ends.
START = """
import os, signal, sys
from banyan.core.database import embedded
from banyan.core.kernel.configuration import Configuration
# A shell that started the tests in the background lets them ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
if len(sys.argv) > 2:  # whom to become; only now, as Python itself may lie in a folder of root's
    os.setgroups([])
    os.setuid(int(sys.argv[2]))
try:
    configuration = Configuration.from_environment({"BANYAN_HOME": sys.argv[1]})
    print(embedded.ensure_running(configuration).pid, flush=True)
except Exception as error:
    print(error, flush=True)
input()
"""


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def first_row(url, query="SELECT 1"):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query).fetchone()


@contextlib.contextmanager
def other_process(home, *user_id):
    process = run_python(START, home, *user_id)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.communicate("\n")
        process.stdin.close()
        process.stdout.close()


def test_server_starts_within_a_second_when_initialised(fresh):
    embedded.ensure_running(fresh)
    embedded.stop(fresh)

    begin = time.perf_counter()
    address = embedded.ensure_running(fresh)

    assert time.perf_counter() - begin < 1
    assert first_row(address.application_url, "SELECT current_user") == ("banyan_app",)
    assert first_row(address.owner_url, "SELECT current_user") == ("banyan_owner",)


def test_server_is_gone_when_its_only_user_stops(fresh):
    embedded.ensure_running(fresh)

    assert embedded.stop(fresh)

    assert embedded.status(fresh).is_initialised
    assert not embedded.status(fresh).is_running


def test_second_process_finds_server_when_it_runs(fresh):
    address = embedded.ensure_running(fresh)

    with other_process(fresh.home) as process:
        assert int(process.stdout.readline()) == address.pid

    assert embedded.status(fresh).pid == address.pid


def test_server_stays_when_starter_stops_and_other_process_uses_it(fresh):
    address = embedded.ensure_running(fresh)
    with other_process(fresh.home) as process:
        process.stdout.readline()

        assert not embedded.stop(fresh)
        assert first_row(address.application_url) == (1,)

    assert not embedded.status(fresh).is_running


def test_server_is_found_and_stopped_when_starter_was_killed(fresh):
    with other_process(fresh.home) as process:
        pid = int(process.stdout.readline())
        process.kill()
        process.wait()
    assert psutil.pid_exists(pid)

    assert embedded.ensure_running(fresh).pid == pid
    assert embedded.stop(fresh)


def test_server_keeps_what_was_confirmed_when_it_is_killed(fresh):
    address = embedded.ensure_running(fresh)
    with psycopg.connect(address.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    psutil.Process(address.pid).kill()
    assert wait_for(lambda: not embedded.status(fresh).is_running)

    again = embedded.ensure_running(fresh)

    assert again.pid != address.pid
    assert first_row(again.owner_url, "SELECT answer FROM kept") == (42,)


def test_watch_starts_server_again_when_it_is_killed(fresh):
    address = embedded.ensure_running(fresh)
    ended = embedded.keep_running(fresh, interval_seconds=0.05)
    psutil.Process(address.pid).kill()

    assert wait_for(lambda: embedded.status(fresh).pid not in {None, address.pid})
    ended.set()
    assert wait_for(lambda: _answers(address.application_url))


def _answers(url):
    with contextlib.suppress(psycopg.OperationalError):
        return first_row(url) == (1,)
    return False


def test_server_starts_when_pid_file_names_another_program(fresh):
    embedded.ensure_running(fresh)
    embedded.stop(fresh)
    data_directory = fresh.home / "postgres"
    (data_directory / "postmaster.pid").write_text(f"{os.getpid()}\n{data_directory}\n0\n5432\n\n\n\nready\n")
    shutil.chown(data_directory / "postmaster.pid", *_owner_of(data_directory))

    assert first_row(embedded.ensure_running(fresh).application_url) == (1,)


def _owner_of(path):
    found = path.stat()
    return found.st_uid, found.st_gid


def test_server_starts_when_first_start_was_interrupted(tmp_path):
    configuration = configure(tmp_path / "home")
    half_made = configuration.home / "postgres.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")

    try:
        assert first_row(embedded.ensure_running(configuration).application_url) == (1,)
        assert not half_made.exists()
    finally:
        embedded.stop(configuration)


def test_server_starts_when_path_is_too_long_for_a_socket(tmp_path):
    configuration = configure(tmp_path / ("long" * 30))
    try:
        assert first_row(embedded.ensure_running(configuration).application_url) == (1,)
    finally:
        embedded.stop(configuration)


def test_server_keeps_settings_of_the_administrator(fresh):
    embedded.ensure_running(fresh)
    embedded.stop(fresh)
    local = fresh.home / "postgres" / "local.conf"
    local.write_text("work_mem = '17MB'\n")
    shutil.chown(local, *_owner_of(local.parent))

    assert first_row(embedded.ensure_running(fresh).application_url, "SHOW work_mem") == ("17MB",)


def test_sessions_end_and_data_stay_when_server_is_stopped_during_work(fresh):
    address = embedded.ensure_running(fresh)
    with psycopg.connect(address.owner_url) as connection:
        connection.execute("CREATE TABLE half_done (x int)")

        assert embedded.stop(fresh)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")

    again = embedded.ensure_running(fresh)
    assert first_row(again.owner_url, "SELECT to_regclass('half_done')") == (None,)


def test_passwords_and_data_are_private(fresh):
    embedded.ensure_running(fresh)

    assert (fresh.home / "postgres").stat().st_mode & 0o077 == 0
    assert (fresh.home / "postgres" / "connection.json").stat().st_mode & 0o077 == 0
    wrong = embedded.known_connection(fresh).application_url.replace("banyan_app:", "banyan_app:x")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_server_runs_when_started_by_an_ordinary_user(tmp_path):
    nobody = pwd.getpwnam("nobody")
    _open_way(tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)

    with other_process(home, nobody.pw_uid) as process:
        pid = int(process.stdout.readline())
        assert psutil.Process(pid).username() == "nobody"

    assert wait_for(lambda: not psutil.pid_exists(pid))


@pytest.mark.skipif(os.geteuid() != 0, reason="root may write everywhere, so another user has to try")
def test_start_is_explained_when_folder_is_not_writable(tmp_path):
    _open_way(tmp_path)
    home = tmp_path / "home"
    home.mkdir(mode=0o755)

    with other_process(home, pwd.getpwnam("nobody").pw_uid) as process:
        answer = process.stdout.readline()

    assert "cannot be" in answer
    assert "BANYAN_HOME" in answer


def _open_way(folder):
    for parent in (folder, *folder.parents):
        parent.chmod(parent.stat().st_mode | 0o011)


def test_start_is_explained_when_home_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    configuration = configure(tmp_path / "file" / "home", SECRET_KEY="x" * 50)

    with pytest.raises(DatabaseUnavailable, match="cannot be used") as caught:
        embedded.ensure_running(configuration)

    assert "BANYAN_HOME" in str(caught.value.advice)


def test_start_is_refused_when_disk_is_full(fresh, monkeypatch):
    monkeypatch.setattr(embedded, "LEAST_FREE_BYTES", 1 << 60)

    with pytest.raises(DatabaseUnavailable, match=r"disk of .* is full"):
        embedded.ensure_running(fresh)


def test_start_is_explained_when_folder_is_of_another_version(fresh):
    embedded.ensure_running(fresh)
    embedded.stop(fresh)
    (fresh.home / "postgres" / "PG_VERSION").write_text("9\n")

    with pytest.raises(DatabaseUnavailable, match="made by PostgreSQL 9"):
        embedded.ensure_running(fresh)


def test_start_is_refused_when_folder_is_of_another_program(fresh):
    embedded.ensure_running(fresh)
    embedded.stop(fresh)
    (fresh.home / "postgres" / "connection.json").unlink()

    with pytest.raises(DatabaseUnavailable, match="Banyan did not make"):
        embedded.ensure_running(fresh)


def test_start_is_explained_when_settings_are_wrong(fresh):
    embedded.ensure_running(fresh)
    embedded.stop(fresh)
    local = fresh.home / "postgres" / "local.conf"
    local.write_text("no_such_setting = 1\n")
    shutil.chown(local, *_owner_of(local.parent))

    with pytest.raises(DatabaseUnavailable, match="did not start") as caught:
        embedded.ensure_running(fresh)

    assert "postgres.log" in str(caught.value.advice)


def test_server_starts_with_programs_of_the_machine(tmp_path):
    installed = shutil.which("postgres")
    if installed is None:
        pytest.skip("no PostgreSQL is installed on this machine")
    folder = Path(installed).resolve().parent
    configuration = configure(tmp_path / "home", BANYAN_POSTGRES_BINARIES=str(folder))
    try:
        assert first_row(embedded.ensure_running(configuration).application_url) == (1,)
    finally:
        embedded.stop(configuration)


def test_server_ends_in_good_order_when_its_process_is_interrupted(fresh):
    with other_process(fresh.home) as process:
        pid = int(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        process.wait(30)

    assert wait_for(lambda: not psutil.pid_exists(pid))
