import pytest

from banyan.core.database.connections import database_settings, is_behind_pgbouncer, plain_url
from banyan.core.database.tests.installation import configure
from banyan.core.kernel.configuration import Misconfigured

URL = "postgresql://app:p%40ss@db.example:6432/crm?sslmode=require"


def test_settings_name_both_roles_when_server_is_known(fresh):
    settings = database_settings(fresh)

    assert [(alias, options["USER"], options["NAME"]) for alias, options in settings.items()] == [
        ("default", "banyan_app", "banyan"),
        ("owner", "banyan_owner", "banyan"),
    ]
    assert all(options["PASSWORD"] for options in settings.values())


def test_settings_start_nothing_when_folder_is_empty(tmp_path):
    settings = database_settings(configure(tmp_path / "home"))

    assert settings["default"]["USER"] == "banyan_app"
    assert not (tmp_path / "home" / "postgres").exists()


def test_settings_follow_database_url(tmp_path):
    configuration = configure(tmp_path, DATABASE_URL=URL, BANYAN_DATABASE_POOL_SIZE="3")

    default = database_settings(configuration)["default"]

    assert {key: default[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "crm",
        "USER": "app",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6432",
    }
    assert default["OPTIONS"]["sslmode"] == "require"
    assert default["OPTIONS"]["pool"]["max_size"] == 3
    assert database_settings(configuration)["owner"]["USER"] == "app"


def test_nothing_outlives_a_transaction_when_behind_pgbouncer(tmp_path):
    default = database_settings(configure(tmp_path, DATABASE_URL=f"{URL}&pgbouncer=1"))["default"]

    assert default["DISABLE_SERVER_SIDE_CURSORS"]
    assert "pool" not in default["OPTIONS"]
    assert "pgbouncer" not in default["OPTIONS"]


@pytest.mark.parametrize("url", ["postgresql://db.example", "postgresql://db/crm?nonsense=1"])
def test_settings_name_the_variable_when_address_is_wrong(tmp_path, url):
    with pytest.raises(Misconfigured, match="DATABASE_URL") as caught:
        database_settings(configure(tmp_path, DATABASE_URL=url))

    assert caught.value.variable == "DATABASE_URL"


def test_plain_url_keeps_everything_else():
    assert plain_url(f"{URL}&pgbouncer=1") == URL
    assert is_behind_pgbouncer(f"{URL}&pgbouncer=1")
    assert not is_behind_pgbouncer(f"{URL}&pgbouncer=0")
