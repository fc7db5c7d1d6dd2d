"""Sealed secrets open for their purpose and owner alone, and come under the key in use without being lost."""

from __future__ import annotations

import base64
import os
import uuid

import pyotp
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from banyan.core.ciphers.master import KeyUnavailable, MasterKeys
from banyan.core.ciphers.suites import DEFAULT
from banyan.core.encryption import keyring
from banyan.core.encryption.installation import add_installation_key
from banyan.core.encryption.keyring import add_key, master_keys
from banyan.core.encryption.models import InstallationKey, KeyPurpose
from banyan.core.encryption.rotation import installation_key_states, rewrap_all, unreadable_keys
from banyan.core.identity.factors.models import TotpFactor
from banyan.core.identity.factors.totp import begin_totp, check_totp, confirm_totp, seed_purpose
from banyan.core.identity.models import Account
from banyan.core.identity.providers.models import IdentityProvider, ProviderKind
from banyan.core.identity.providers.secrets import keep_secret, secret_of
from banyan.core.identity.resealing import reseal_provider_secrets, reseal_seeds
from banyan.core.identity.secret_values import SealBroken, is_outdated, reseal, seal, unseal
from banyan.core.kernel.configuration import Configuration
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast

many = examples(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
#: Any text that a database column takes.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
PURPOSES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@pytest.fixture(autouse=True)
def _no_keys_from_before():
    keyring.forget_all_keys()
    yield
    keyring.forget_all_keys()


def sealed_earlier(secret: str, purpose: str) -> str:
    """Return a value as it was sealed before there was a master key."""
    nonce = os.urandom(12)
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"banyan secret values")
    cipher = AESGCM(key.derive(str(settings.SECRET_KEY).encode()))
    return "s1:" + base64.urlsafe_b64encode(nonce + cipher.encrypt(nonce, secret.encode(), purpose.encode())).decode()


@many
@given(secret=TEXTS, purpose=PURPOSES, other=PURPOSES)
def test_secret_opens_for_its_purpose_and_owner_alone(cast: Cast, secret: str, purpose: str, other: str) -> None:
    owner = cast.organization.pk
    with organization_scope(owner):
        for mine, theirs in ((None, owner), (owner, None)):
            text = seal(secret, purpose=purpose, organization_id=mine)

            assert unseal(text, purpose=purpose, organization_id=mine) == secret
            assert not is_outdated(text, organization_id=mine)
            with pytest.raises(SealBroken):
                unseal(text, purpose=purpose, organization_id=theirs)
            if other != purpose:
                with pytest.raises(SealBroken):
                    unseal(text, purpose=other, organization_id=mine)


@many
@given(secret=TEXTS, purpose=PURPOSES)
def test_secret_of_before_the_master_key_opens_and_is_sealed_anew(cast: Cast, secret: str, purpose: str) -> None:
    text = sealed_earlier(secret, purpose)

    assert unseal(text, purpose=purpose) == secret
    assert is_outdated(text)
    fresh = reseal(text, purpose=purpose)
    assert fresh.startswith("bx1.")
    assert unseal(fresh, purpose=purpose) == secret
    assert reseal(fresh, purpose=purpose) == fresh
    with pytest.raises(SealBroken):
        unseal(text, purpose=f"{purpose}+")


@many
@given(place=st.integers(min_value=0, max_value=500), bit=st.integers(min_value=0, max_value=7))
def test_changed_value_does_not_open(cast: Cast, place: int, bit: int) -> None:
    text = seal("JBSWY3DPEHPK3PXP", purpose="totp")
    raw = bytearray(text.encode())
    raw[place % len(raw)] ^= 1 << bit

    with pytest.raises(SealBroken):
        unseal(raw.decode(errors="replace"), purpose="totp")


@many
@given(secret=TEXTS)
def test_rotation_loses_nothing(cast: Cast, secret: str) -> None:
    owner = cast.organization.pk
    with organization_scope(owner):
        for mine in (None, owner):
            before = seal(secret, purpose="p", organization_id=mine)
            if mine:
                add_key(owner, KeyPurpose.DATA, DEFAULT)
            else:
                add_installation_key()

            assert is_outdated(before, organization_id=mine)
            after = reseal(before, purpose="p", organization_id=mine)
            for text in (before, after):
                assert unseal(text, purpose="p", organization_id=mine) == secret
            assert not is_outdated(after, organization_id=mine)


def test_seed_of_before_is_used_once_and_lies_under_the_installations_key(cast: Cast) -> None:
    account = Account.objects.get(email="owner@cast.test")
    seed = begin_totp(account)
    TotpFactor.objects.update(sealed_seed=sealed_earlier(seed, seed_purpose(account.pk)))

    assert confirm_totp(account, pyotp.TOTP(seed).now())

    stored = TotpFactor.objects.get().sealed_seed
    assert stored.startswith("bx1.")
    assert unseal(stored, purpose=seed_purpose(account.pk)) == seed


def test_background_work_seals_seeds_and_secrets_anew_and_leaves_what_is_broken(cast: Cast) -> None:
    people = list(Account.objects.order_by("email")[:2])
    seeds = [begin_totp(account) for account in people]
    TotpFactor.objects.filter(account=people[0]).update(
        sealed_seed=sealed_earlier(seeds[0], seed_purpose(people[0].pk))
    )
    TotpFactor.objects.filter(account=people[1]).update(sealed_seed=sealed_earlier(seeds[1], "somebody else"))
    with organization_scope(cast.organization.pk):
        provider = IdentityProvider(organization=cast.organization, name="P", kind=ProviderKind.OIDC)
        provider.sealed_secret = sealed_earlier("client secret", provider.purpose)
        provider.save()

        assert (reseal_seeds(), reseal_provider_secrets()) == (1, 1)
        assert (reseal_seeds(), reseal_provider_secrets()) == (0, 0)
        provider.refresh_from_db()
        assert provider.sealed_secret.startswith("bx1.")
        assert secret_of(provider) == "client secret"
    assert TotpFactor.objects.get(account=people[1]).sealed_seed.startswith("s1:")
    # Still that of its owner, who can sign in as before.
    TotpFactor.objects.filter(account=people[0]).update(confirmed_at="2026-01-01T00:00:00Z")
    assert check_totp(people[0], pyotp.TOTP(seeds[0]).now())


def test_secret_of_a_provider_does_not_open_for_another(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        first, second = (
            IdentityProvider(id=uuid.uuid4(), organization=cast.organization, name=name, kind=ProviderKind.OIDC)
            for name in "AB"
        )
        keep_secret(first, "client secret")
        second.sealed_secret = first.sealed_secret

        assert secret_of(first) == "client secret"
        with pytest.raises(SealBroken):
            secret_of(second)


def test_installation_key_follows_the_master_key(cast: Cast, tmp_path) -> None:
    text = seal("seed", purpose="p")
    other = MasterKeys(Configuration.from_environment({"BANYAN_HOME": str(tmp_path), "SECRET_KEY": "x" * 50}))
    assert "- (1)" in unreadable_keys(other)
    with pytest.raises(KeyUnavailable):
        other.unwrap(InstallationKey.objects.get().wrapped)
    other.adopt([*master_keys().local_keys()])
    other.add_new()

    assert rewrap_all(other) >= 1
    assert "- (1)" not in unreadable_keys(other)
    assert other.is_current(InstallationKey.objects.get().wrapped)
    assert [state.is_wrapped_by_current for state in installation_key_states()] == [False]
    assert text.startswith("bx1.")
