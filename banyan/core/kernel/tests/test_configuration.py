import dataclasses
import stat

import pytest

from banyan.core.kernel.configuration import Configuration, Misconfigured, describe, unknown_variables


def read(tmp_path, **variables):
    return Configuration.from_environment({"BANYAN_HOME": str(tmp_path / "home"), **variables})


def test_defaults_need_no_variable(tmp_path):
    configuration = read(tmp_path)

    assert configuration.uses_embedded_database
    assert configuration.base_url == "http://127.0.0.1:8000"
    assert configuration.files_url == str(tmp_path / "home" / "files")
    assert configuration.backup_directory == tmp_path / "home" / "backups"
    assert configuration.backups_kept == (7, 4)
    assert configuration.reads_isolated
    assert not configuration.debug


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "web"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "²"),
        ("DATABASE_URL", "mysql://db/crm"),
        ("DATABASE_OWNER_URL", "postgresql://owner@db/crm"),
        ("BANYAN_DEBUG", "perhaps"),
        ("BANYAN_RLS_READS", "writes"),
        ("BANYAN_BACKUPS_KEPT", "7"),
        ("BANYAN_BASE_URL", "crm.example.com"),
        ("BANYAN_BASE_URL", "https://crm.example.com/banyan"),
        ("BANYAN_EMAIL_URL", "mail.example.com"),
        ("BANYAN_FILES_URL", "ftp://store/files"),
        ("BANYAN_LOG_LEVEL", "loud"),
        ("BANYAN_WORKER_CONCURRENCY", "-1"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY_FALLBACKS", f"{'x' * 50},short"),
    ],
)
def test_error_names_variable_when_value_is_malformed(tmp_path, variable, value):
    with pytest.raises(Misconfigured) as caught:
        read(tmp_path, **{variable: value})

    assert caught.value.variable == variable
    assert str(caught.value.message).startswith(f"{variable}: ")


def test_secrets_are_not_shown_when_configuration_is_printed(tmp_path):
    configuration = read(tmp_path, DATABASE_URL="postgresql://app:hidden@db/crm", SECRET_KEY="hidden" * 10)

    assert "hidden" not in repr(configuration)


def test_error_does_not_repeat_password_when_address_is_wrong(tmp_path):
    with pytest.raises(Misconfigured) as caught:
        read(tmp_path, DATABASE_URL="mysql://app:hidden@db/crm")

    assert "hidden" not in str(caught.value)


def test_secret_key_is_made_once_and_private(tmp_path):
    first, second = read(tmp_path), read(tmp_path)

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 50
    assert stat.S_IMODE((tmp_path / "home" / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["secret_key"]


def test_error_names_home_when_secret_key_cannot_be_kept(tmp_path):
    (tmp_path / "home").write_text("a file")

    with pytest.raises(Misconfigured, match="BANYAN_HOME"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("variables", "base_url", "hosts"),
    [
        ({"HOST": "0.0.0.0", "PORT": "9000"}, "http://localhost:9000", ()),  # noqa: S104 - nothing listens
        ({"HOST": "192.168.1.5"}, "http://192.168.1.5:8000", ("192.168.1.5",)),
        ({"HOST": "::1"}, "http://[::1]:8000", ()),
        ({"BANYAN_BASE_URL": "https://crm.example.com/"}, "https://crm.example.com", ("crm.example.com",)),
    ],
)
def test_addresses_follow_from_each_other(tmp_path, variables, base_url, hosts):
    configuration = read(tmp_path, **variables)

    assert configuration.base_url == base_url
    assert configuration.allowed_hosts == ("localhost", "127.0.0.1", "[::1]", *hosts)
    assert configuration.is_https == base_url.startswith("https")


def test_owner_is_the_application_when_only_one_address_is_given(tmp_path):
    configuration = read(tmp_path, DATABASE_URL="postgresql://app@db/crm")

    assert configuration.database_owner_url == configuration.database_url
    assert not configuration.uses_embedded_database


def test_every_field_is_described():
    assert len(describe()) == len(dataclasses.fields(Configuration))
    assert all(description.help.endswith(".") for description in describe())


def test_misspelt_variables_are_found():
    assert unknown_variables({"BANYAN_HOEM": "", "BANYAN_HOME": "", "PATH": ""}) == ["BANYAN_HOEM"]
