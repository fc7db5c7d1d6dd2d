import stat
import sys
from pathlib import Path

import pytest

from banyan.core.ciphers.master import KeyUnavailable, MasterKeys, new_master_key, write_keys
from banyan.core.ciphers.passphrases import read_recovery_copy, recovery_copy
from banyan.core.kernel.configuration import Configuration
from banyan.core.kernel.errors import Refused

KEY = bytes(range(32))
PASSPHRASE = "four words of no meaning"

KMS = """
import sys
content = sys.stdin.buffer.read()
if sys.argv[1] == "wrap":
    sys.stdout.buffer.write(b"kms" + bytes(b ^ 0x5A for b in content))
elif content.startswith(b"kms"):
    sys.stdout.buffer.write(bytes(b ^ 0x5A for b in content[3:]))
else:
    sys.exit("not mine")
"""


def keys_in(home: Path, **variables: str) -> MasterKeys:
    return MasterKeys(Configuration.from_environment({"BANYAN_HOME": str(home), "SECRET_KEY": "x" * 50, **variables}))


def test_the_key_file_is_made_for_its_owner_alone(tmp_path):
    keys = keys_in(tmp_path)

    assert keys.unwrap(keys.wrap(KEY)) == KEY
    assert stat.S_IMODE((tmp_path / "master_key").stat().st_mode) == 0o600
    assert not keys.is_open_to_others()
    assert keys_in(tmp_path).unwrap(keys.wrap(KEY)) == KEY


def test_an_older_key_still_opens_after_a_new_one_was_made(tmp_path):
    keys = keys_in(tmp_path)
    wrapped = keys.wrap(KEY)
    keys.add_new()

    assert not keys.is_current(wrapped)
    assert keys.unwrap(wrapped) == KEY
    assert keys.is_current(keys.wrap(KEY))


def test_a_key_of_another_installation_does_not_open(tmp_path):
    wrapped = keys_in(tmp_path / "one").wrap(KEY)

    with pytest.raises(KeyUnavailable) as refused:
        keys_in(tmp_path / "other").unwrap(wrapped)
    assert refused.value.code == "encryption.other_master_key"


def test_the_key_may_lie_in_the_environment(tmp_path):
    first, second = new_master_key(), new_master_key()
    wrapped = keys_in(tmp_path, BANYAN_MASTER_KEY=first.text).wrap(KEY)

    assert keys_in(tmp_path, BANYAN_MASTER_KEY=f"{second.text},{first.text}").unwrap(wrapped) == KEY
    assert not (tmp_path / "master_key").exists()
    with pytest.raises(KeyUnavailable):
        keys_in(tmp_path, BANYAN_MASTER_KEY="short").wrap(KEY)


def test_a_kms_wraps_by_its_command(tmp_path):
    program = tmp_path / "kms.py"
    program.write_text(KMS)
    keys = keys_in(tmp_path, BANYAN_KMS_COMMAND=f"{sys.executable} {program}")
    wrapped = keys.wrap(KEY)

    assert keys.source == "kms"
    assert keys.unwrap(wrapped) == KEY
    with pytest.raises(KeyUnavailable):
        keys.unwrap("kms:AAAA")
    with pytest.raises(KeyUnavailable):
        keys_in(tmp_path, BANYAN_KMS_COMMAND="/no/such/program").wrap(KEY)


def test_what_the_file_wrapped_is_still_opened_beside_a_kms(tmp_path):
    wrapped = keys_in(tmp_path).wrap(KEY)
    program = tmp_path / "kms.py"
    program.write_text(KMS)
    keys = keys_in(tmp_path, BANYAN_KMS_COMMAND=f"{sys.executable} {program}")

    assert keys.unwrap(wrapped) == KEY
    assert not keys.is_current(wrapped)


def test_a_recovery_copy_gives_the_keys_back_for_its_passphrase(tmp_path):
    keys = keys_in(tmp_path / "one")
    wrapped = keys.wrap(KEY)
    keys.add_new()
    copy = recovery_copy(keys.local_keys(), PASSPHRASE)
    other = keys_in(tmp_path / "other")

    assert all(key.text not in copy for key in keys.local_keys())
    assert other.adopt(read_recovery_copy(copy, PASSPHRASE)) == 2
    assert other.unwrap(wrapped) == KEY
    with pytest.raises(Refused):
        read_recovery_copy(copy, "another passphrase")
    with pytest.raises(Refused):
        recovery_copy(keys.local_keys(), "short")


def test_two_first_starts_agree_on_one_key(tmp_path):
    first, second = new_master_key(), new_master_key()
    write_keys(tmp_path / "master_key", [first], only_first=True)
    write_keys(tmp_path / "master_key", [second], only_first=True)

    assert keys_in(tmp_path).local_keys() == [first]
