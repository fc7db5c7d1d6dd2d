"""Letting somebody in again who is locked out: for the owner of the machine, and told to every organization concerned."""

from __future__ import annotations

from banyan.core.identity.events import SecurityKind
from banyan.core.identity.factors.services import reset_all_factors
from banyan.core.identity.models import Account, Role, UserRole
from banyan.core.identity.policy.models import SignInPolicy
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.throttling import unlock
from banyan.core.tenancy.scope import organization_scope


def rescue_account(account: Account, *, factors: bool, networks: bool, passwords: bool) -> list[str]:
    """Unlock an account, and undo what else keeps it out; return what was done, in words."""
    unlock(account.email)
    done = [f"{account.email} may try again."]
    record_security_event(SecurityKind.ACCOUNT_UNLOCKED, account=account, details={"way": "command"})
    if factors:
        reset_all_factors(account)
        record_security_event(SecurityKind.FACTORS_RESET, account=account, details={"way": "command"})
        done.append("Second factors are gone.")
    for organization_id in account.organization_ids:
        with organization_scope(organization_id):
            if networks:
                held = UserRole.objects.filter(user__account=account).values("role_id")
                if Role.objects.filter(pk__in=held).exclude(networks=[]).update(networks=[]):
                    done.append("Roles may be used from everywhere.")
            changed = passwords and SignInPolicy.objects.filter(only_single_sign_on=True).update(
                only_single_sign_on=False
            )
            if changed:
                done.append("Passwords are allowed again.")
            if changed or networks:
                details = {"way": "command", "networks": networks, "passwords": bool(changed)}
                record_security_event(SecurityKind.POLICY_CHANGED, account=account, details=details)
    return done
