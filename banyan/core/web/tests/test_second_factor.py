"""Second factors: at sign-in, forced by a role, in my settings, and reset by an administrator."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.test import Client
from django.utils.crypto import salted_hmac

from banyan.core.identity.events import SecurityEvent, SecurityKind
from banyan.core.identity.factors.models import KnownDevice, RecoveryCode, TotpFactor
from banyan.core.identity.factors.recovery import codes_left, keyed_codes_left, make_recovery_codes, use_recovery_code
from banyan.core.identity.factors.totp import begin_totp, check_totp, confirm_totp
from banyan.core.identity.models import Account, Role, Session
from banyan.core.identity.policy.models import SignInPolicy
from banyan.core.identity.secret_values import SealBroken, unseal
from banyan.core.identity.services import invite
from banyan.core.kernel.clock import now
from banyan.core.tenancy.scope import organization_scope
from tests.cast import PASSWORD, Cast, sign_in

ENGLISH = {"Accept-Language": "en", "User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}


@pytest.fixture
def seed(cast: Cast) -> str:
    """The seed of the owner's authenticator app, whose first number was used long ago."""
    account = Account.objects.get(email="owner@cast.test")
    seed = begin_totp(account)
    assert confirm_totp(account, pyotp.TOTP(seed).now())
    TotpFactor.objects.update(last_step=0)
    return seed


def ask_for_factor(cast: Cast, role: str = "member") -> None:
    with organization_scope(cast.organization.pk):
        Role.objects.filter(key=role).update(needs_second_factor=True)


def enter(cast: Cast, client: Client | None = None, name: str = "owner"):
    client = client or Client(headers=ENGLISH)
    return client, client.post(
        "/sign-in", {"email": cast.users[name].email, "password": PASSWORD, "next": "/customers"}
    )


def seed_on(page: str) -> str:
    return html.unescape(re.search(r"<code>([A-Z2-7 ]+)</code>", page).group(1)).replace(" ", "")


def codes_on(page: str) -> list[str]:
    return re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", page)


def test_nobody_is_signed_in_before_the_second_factor(cast: Cast, seed: str) -> None:
    client, response = enter(cast)

    assert response.headers["Location"] == "/sign-in/factor"
    assert client.get("/customers").headers["Location"].startswith("/sign-in")
    assert client.get("/api/v1/customers").status_code == 401
    assert not Session.objects.filter(account__email="owner@cast.test").exists()


def test_right_number_signs_in_and_leads_where_one_wanted(cast: Cast, seed: str) -> None:
    client, _response = enter(cast)

    response = client.post("/sign-in/factor", {"code": pyotp.TOTP(seed).now()})

    assert response.headers["Location"] == "/customers"
    assert client.get("/customers").status_code == 200


def test_number_works_once(cast: Cast, seed: str) -> None:
    number = pyotp.TOTP(seed).now()
    first, _response = enter(cast)
    first.post("/sign-in/factor", {"code": number})

    second, _response = enter(cast)

    assert second.post("/sign-in/factor", {"code": number}).status_code == 422


@pytest.mark.parametrize("code", ["000000", "", "１２３４５６", "abcdef", "0" * 41])
def test_wrong_number_is_refused(cast: Cast, seed: str, code: str) -> None:
    client, _response = enter(cast)

    assert client.post("/sign-in/factor", {"code": code}).status_code == 422
    assert client.get("/customers").status_code == 302


def test_guessing_numbers_is_slowed_down(cast: Cast, seed: str) -> None:
    client, _response = enter(cast)

    statuses = [client.post("/sign-in/factor", {"code": "000000"}).status_code for _attempt in range(6)]

    assert statuses == [422] * 5 + [429]


def test_recovery_code_signs_in_once(cast: Cast, seed: str, told: list[SecurityEvent]) -> None:
    code = make_recovery_codes(Account.objects.get(email="owner@cast.test"))[0]
    client, _response = enter(cast)

    assert client.post("/sign-in/factor", {"code": code.upper()}).status_code == 303

    again, _response = enter(cast)
    assert again.post("/sign-in/factor", {"code": code}).status_code == 422
    assert [event.details for event in told if event.kind == SecurityKind.RECOVERY_CODE_USED] == [{"left": 9}]


def test_recovery_codes_outlive_a_new_secret_of_the_installation(cast: Cast, seed: str, settings: Any) -> None:
    account = Account.objects.get(email="owner@cast.test")
    codes = make_recovery_codes(account)
    settings.SECRET_KEY = "another secret of the installation"

    assert use_recovery_code(account, codes[3])
    assert not use_recovery_code(account, codes[3])
    assert not use_recovery_code(account, "aaaaa-aaaaa")
    assert codes_left(account) == 9


def test_recovery_code_of_before_works_until_it_is_used(cast: Cast, seed: str) -> None:
    account = Account.objects.get(email="owner@cast.test")
    keyed = salted_hmac(f"recovery code {account.pk}", "abcdefghjk", algorithm="sha256").hexdigest()
    RecoveryCode.objects.create(account=account, code_hash=keyed)

    assert use_recovery_code(account, "ABCDE-FGHJK")
    assert not use_recovery_code(account, "abcde-fghjk")


def test_recovery_code_of_before_outlives_a_new_secret_while_the_earlier_one_is_kept(
    cast: Cast, seed: str, settings: Any
) -> None:
    account = Account.objects.get(email="owner@cast.test")
    for code in ("abcdefghjk", "mnpqrstuvw"):
        keyed = salted_hmac(f"recovery code {account.pk}", code, algorithm="sha256").hexdigest()
        RecoveryCode.objects.create(account=account, code_hash=keyed)
    assert keyed_codes_left() == 2
    earlier, settings.SECRET_KEY = settings.SECRET_KEY, "another secret of the installation"

    assert not use_recovery_code(account, "abcde-fghjk")
    settings.SECRET_KEY_FALLBACKS = [earlier]
    assert use_recovery_code(account, "abcde-fghjk")
    assert keyed_codes_left() == 1


def test_session_goes_on_when_the_secret_changes_and_the_earlier_one_is_kept(cast: Cast, settings: Any) -> None:
    client, _response = enter(cast)
    earlier, settings.SECRET_KEY = settings.SECRET_KEY, "another secret of the installation"
    settings.SECRET_KEY_FALLBACKS = [earlier]

    assert client.get("/customers").status_code == 200


def test_role_that_asks_for_a_factor_makes_people_set_one_up(cast: Cast, told: list[SecurityEvent]) -> None:
    ask_for_factor(cast)
    client, response = enter(cast)
    assert response.headers["Location"] == "/sign-in/enrol"
    assert client.get("/customers").status_code == 302

    page = client.get("/sign-in/enrol").text
    assert re.search(r'<svg[^>]* viewBox="0 0 \d+ \d+"', page)
    assert "style=" not in page
    seed = seed_on(page)
    assert client.post("/sign-in/enrol", {"code": "000000"}).status_code == 422
    shown = client.post("/sign-in/enrol", {"code": pyotp.TOTP(seed).now()})
    assert len(set(codes_on(shown.text))) == 10
    assert client.get("/customers").status_code == 302

    assert client.post("/sign-in/go-on").headers["Location"] == "/customers"
    assert client.get("/customers").status_code == 200
    assert [event.kind for event in told if event.kind.startswith(("factor", "recovery"))] == [
        SecurityKind.FACTOR_ADDED,
        SecurityKind.RECOVERY_CODES_MADE,
    ]


def test_stolen_password_cannot_add_a_second_app(cast: Cast, seed: str) -> None:
    ask_for_factor(cast)
    client, _response = enter(cast)

    assert client.get("/sign-in/enrol").status_code == 422
    assert client.post("/sign-in/enrol", {"code": pyotp.TOTP(seed).now()}).status_code == 422
    assert client.post("/sign-in/go-on").headers["Location"] == "/sign-in/factor"


def test_seed_that_a_thief_was_shown_is_not_the_one_that_the_owner_confirms(cast: Cast) -> None:
    ask_for_factor(cast)
    thief, _response = enter(cast)
    stolen = seed_on(thief.get("/sign-in/enrol").text)

    owner, _response = enter(cast)
    shown = seed_on(owner.get("/sign-in/enrol").text)
    again = seed_on(owner.post("/sign-in/enrol", {"code": "000000"}).text)
    owner.post("/sign-in/enrol", {"code": pyotp.TOTP(shown).now()})

    assert stolen != shown == again
    assert not check_totp(Account.objects.get(email="owner@cast.test"), pyotp.TOTP(stolen).now())


def test_step_ends_after_a_quarter_of_an_hour(cast: Cast, seed: str) -> None:
    client, _response = enter(cast)
    session = client.session
    session["sign_in"] = {**session["sign_in"], "began_at": (now() - timedelta(minutes=16)).isoformat()}
    session.save()

    assert client.post("/sign-in/factor", {"code": pyotp.TOTP(seed).now()}).headers["Location"] == "/sign-in"


def test_trusted_device_skips_the_factor_as_long_as_the_rules_allow(cast: Cast, seed: str) -> None:
    with organization_scope(cast.organization.pk):
        SignInPolicy.objects.create(organization=cast.organization, remember_device_days=7)
    client, _response = enter(cast)
    client.post("/sign-in/factor", {"code": pyotp.TOTP(seed).now(), "trust": "on"})
    client.post("/sign-out")

    assert enter(cast, client)[1].headers["Location"] == "/customers"
    assert enter(cast)[1].headers["Location"] == "/sign-in/factor"
    client.post("/sign-out")
    with organization_scope(cast.organization.pk):
        SignInPolicy.objects.update(remember_device_days=1)
    assert enter(cast, client)[1].headers["Location"] == "/sign-in/factor"


def test_device_is_not_trusted_when_the_rules_do_not_offer_it(cast: Cast, seed: str) -> None:
    client, _response = enter(cast)
    client.post("/sign-in/factor", {"code": pyotp.TOTP(seed).now(), "trust": "on"})

    assert KnownDevice.objects.get(account__email="owner@cast.test").trusted_until is None


def test_new_device_is_told_but_not_the_first_or_a_known_one(cast: Cast, told: list[SecurityEvent]) -> None:
    client, _response = enter(cast)
    client.post("/sign-out")
    enter(cast, client)
    assert SecurityKind.NEW_DEVICE not in [event.kind for event in told]

    enter(cast)

    [event] = [event for event in told if event.kind == SecurityKind.NEW_DEVICE]
    assert (event.organization_id, event.user_agent) == (cast.organization.pk, ENGLISH["User-Agent"])


def test_seeds_and_codes_cannot_be_read_in_the_database(cast: Cast, seed: str) -> None:
    account = Account.objects.get(email="owner@cast.test")
    factor = TotpFactor.objects.get()
    codes = make_recovery_codes(account)

    assert seed not in factor.sealed_seed
    with pytest.raises(SealBroken):
        unseal(factor.sealed_seed, purpose="totp of somebody else")
    stored = set(RecoveryCode.objects.values_list("code_hash", flat=True))
    assert not stored & {code.replace("-", "") for code in codes}


def test_my_settings_add_and_remove_an_app_after_a_fresh_proof(cast: Cast) -> None:
    client, _response = enter(cast)
    seed = seed_on(client.get("/settings/me/factors/app").text)
    shown = client.post("/settings/me/factors/app", {"code": pyotp.TOTP(seed).now()})
    assert len(codes_on(shown.text)) == 10
    assert "10 of 10 left" in client.get("/settings/me/factors").text

    session = client.session
    session["proven_at"] = (now() - timedelta(minutes=16)).isoformat()
    session.save()
    assert client.post("/settings/me/factors/app/remove").headers["Location"] == "/settings/me/factors/confirm"
    assert client.post("/settings/me/factors/confirm", {"proof": "wrong"}).status_code == 422
    assert client.post("/settings/me/factors/confirm", {"proof": PASSWORD}).status_code == 303
    assert client.post("/settings/me/factors/app/remove").headers["Location"] == "/settings/me/factors"
    assert not TotpFactor.objects.exists()
    assert not RecoveryCode.objects.exists()


def test_last_factor_stays_when_a_role_asks_for_one(cast: Cast, seed: str) -> None:
    ask_for_factor(cast)
    client, _response = enter(cast)
    client.post("/sign-in/factor", {"code": pyotp.TOTP(seed).now()})

    assert client.post("/settings/me/factors/app/remove").status_code == 422
    assert TotpFactor.objects.exists()


def test_administrator_resets_lost_factors(cast: Cast, seed: str, told: list[SecurityEvent]) -> None:
    owner, _response = enter(cast)
    owner.post("/sign-in/factor", {"code": pyotp.TOTP(seed).now()})
    ada = sign_in(cast, "admin", **ENGLISH)
    url = f"/settings/people/{cast.users['owner'].pk}"
    assert "Authenticator app" in ada.get(url).text

    assert ada.post(f"{url}/reset-factors").status_code == 303

    assert not TotpFactor.objects.exists()
    assert owner.get("/customers").status_code == 302
    [event] = [event for event in told if event.kind == SecurityKind.FACTORS_RESET]
    assert (event.user_id, event.account_id) == (cast.users["admin"].pk, cast.users["owner"].account_id)
    assert enter(cast)[1].headers["Location"] == "/customers"


def test_factors_of_an_account_shared_with_others_stay(cast: Cast, strangers: Cast, seed: str) -> None:
    account = Account.objects.get(email="owner@cast.test")
    account.organization_ids = [*account.organization_ids, strangers.organization.pk]
    account.save()
    ada = sign_in(cast, "admin", **ENGLISH)

    assert ada.post(f"/settings/people/{cast.users['owner'].pk}/reset-factors").status_code == 422
    assert TotpFactor.objects.exists()


@pytest.mark.parametrize("name", ["manager", "owner", "viewer"])
def test_nobody_else_resets_or_unlocks(cast: Cast, seed: str, name: str) -> None:
    client = sign_in(cast, name, **ENGLISH)
    for action in ("reset-factors", "unlock"):
        assert client.post(f"/settings/people/{cast.users['owner'].pk}/{action}").status_code == 403
    assert TotpFactor.objects.exists()


def test_administrator_unlocks_an_account(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        SignInPolicy.objects.create(organization=cast.organization, lock_failures=3)
    for _attempt in range(3):
        Client(headers=ENGLISH).post("/sign-in", {"email": "owner@cast.test", "password": "wrong"})
    assert enter(cast)[1].status_code == 429
    ada = sign_in(cast, "admin", **ENGLISH)
    url = f"/settings/people/{cast.users['owner'].pk}"
    assert "Unlock" in ada.get(url).text

    ada.post(f"{url}/unlock")

    assert enter(cast)[1].status_code == 303


def test_invitation_does_not_get_around_the_second_factor(cast: Cast, strangers: Cast, seed: str) -> None:
    # Whoever has stolen a password could invite its owner to an organization of their own.
    with organization_scope(strangers.organization.pk):
        roles = [Role.objects.get(key="member")]
        secret = invite(
            strangers.organization, email="owner@cast.test", name="Olga", roles=roles, invited_by=None
        ).secret
    thief = Client(headers=ENGLISH)

    response = thief.post(f"/join/{secret}", {"name": "Olga", "password": PASSWORD})

    assert response.headers["Location"] == "/sign-in/factor"
    assert thief.get("/choose-organization").headers["Location"] == "/sign-in"


def test_invited_person_sets_up_the_factor_that_the_role_asks_for(cast: Cast) -> None:
    ask_for_factor(cast)
    with organization_scope(cast.organization.pk):
        roles = [Role.objects.get(key="member")]
        secret = invite(cast.organization, email="new@cast.test", name="Nora", roles=roles, invited_by=None).secret

    response = Client(headers=ENGLISH).post(f"/join/{secret}", {"name": "Nora", "password": "seventeen quiet herons"})

    assert response.headers["Location"] == "/sign-in/enrol"


def test_role_page_sets_factor_and_networks(cast: Cast) -> None:
    ada = sign_in(cast, "admin", **ENGLISH)
    with organization_scope(cast.organization.pk):
        role = Role.objects.get(key="salesperson")
    values = {
        "name": "Salesperson",
        "has_sign_in": "1",
        "needs_second_factor": "1",
        "networks": "10.1.2.3/16\n2001:db8::/32",
    }

    assert ada.post(f"/settings/roles/{role.pk}", values).status_code == 303

    with organization_scope(cast.organization.pk):
        role.refresh_from_db()
    assert (role.needs_second_factor, role.networks) == (True, ["10.1.0.0/16", "2001:db8::/32"])
    assert ada.post(f"/settings/roles/{role.pk}", {**values, "networks": "office"}).status_code == 422
