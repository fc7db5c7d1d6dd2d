"""The log in words: what each kind is called, and what a finding of the verification means."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.audit.verification import Damage, Finding
from banyan.core.kernel.registry import Registry

#: Kinds by what they are called; a room or app adds its own, and one without a name is shown as it is.
kind_names: Registry[Any] = Registry("kinds of the audit log")

_NAMES = {
    "signed_in": gettext_lazy("Signed in"),
    "sign_in_failed": gettext_lazy("Failed to sign in"),
    "signed_out": gettext_lazy("Signed out"),
    "account_locked": gettext_lazy("Account locked after failures"),
    "account_unlocked": gettext_lazy("Account unlocked"),
    "new_device": gettext_lazy("Signed in on a new device"),
    "network_refused": gettext_lazy("Refused from this network"),
    "session_revoked": gettext_lazy("Device signed out"),
    "password_changed": gettext_lazy("Password changed"),
    "factor_added": gettext_lazy("Second factor added"),
    "factor_removed": gettext_lazy("Second factor removed"),
    "factor_failed": gettext_lazy("Second factor failed"),
    "factors_reset": gettext_lazy("Second factors reset"),
    "recovery_code_used": gettext_lazy("Recovery code used"),
    "recovery_codes_made": gettext_lazy("New recovery codes made"),
    "policy_changed": gettext_lazy("Rules for signing in changed"),
    "provider_added": gettext_lazy("Identity provider added"),
    "provider_changed": gettext_lazy("Identity provider changed"),
    "provider_removed": gettext_lazy("Identity provider removed"),
    "person_provisioned": gettext_lazy("Person provisioned by the directory"),
    "token_made": gettext_lazy("Token made"),
    "token_revoked": gettext_lazy("Token revoked"),
    "access.paper": gettext_lazy("Took the document about who may do what"),
    "file.infected": gettext_lazy("File with malware refused"),
    "access.refused": gettext_lazy("Refused for want of a right"),
    "access.missing": gettext_lazy("Tried to open what is not there or not theirs"),
    "read.guarded": gettext_lazy("Read protected fields"),
    "export": gettext_lazy("Exported"),
    "export.asked": gettext_lazy("Asked for approval of an export"),
    "export.approved": gettext_lazy("Approved an export"),
    "export.denied": gettext_lazy("Denied an export"),
    "export.downloaded": gettext_lazy("Downloaded an export"),
    "audit.exported": gettext_lazy("Exported the audit log"),
    "audit.verified": gettext_lazy("Checked the audit log"),
    "audit.pruned": gettext_lazy("Old entries deleted as chosen"),
    "alert.raised": gettext_lazy("Alert raised"),
    "alert.acknowledged": gettext_lazy("Alert acknowledged"),
    "organization.restored": gettext_lazy("Organization restored from a backup"),
    "changes.erased": gettext_lazy("Personal data erased from the change log"),
    "record.create": pgettext_lazy("log", "Record created"),
    "record.update": pgettext_lazy("log", "Record changed"),
    "record.delete": pgettext_lazy("log", "Record deleted"),
    "record.restore": pgettext_lazy("log", "Record restored"),
    "record.merge": pgettext_lazy("log", "Records merged"),
    "record.erase": pgettext_lazy("log", "Personal data of a record erased"),
    "setup.create": pgettext_lazy("log", "Set-up: created"),
    "setup.update": pgettext_lazy("log", "Set-up: changed"),
    "setup.delete": pgettext_lazy("log", "Set-up: deleted"),
    "setup.download": pgettext_lazy("log", "Set-up: downloaded"),
    "setup.see_as": pgettext_lazy("log", "Looked at the pages as"),
    "setup.see_as_end": pgettext_lazy("log", "Stopped looking at the pages as"),
}
for _kind, _name in _NAMES.items():
    kind_names.add(_kind, _name)


def name_of_kind(kind: str) -> str:
    """Return what a kind is called."""
    return str(kind_names.get(kind) or kind)


def told_finding(finding: Finding) -> str:
    """Return what is wrong in a sentence that names the place."""
    where = {"row": finding.row_id or _("the beginning"), "segment": finding.segment}
    if finding.what in {"segment", "head"}:
        return (
            _SEALS[finding.damage] % where
            if finding.what == "segment"
            else _("The end of the chain is not as it was sealed: rows at the end may be missing.")
        )
    return {
        ("entry", Damage.CHANGED): _("The entry %(row)s of the audit log was changed (segment %(segment)s)."),
        ("entry", Damage.MISSING): _("An entry of the audit log is missing after %(row)s (segment %(segment)s)."),
        ("entry", Damage.INSERTED): _("The entry %(row)s was put into the audit log afterwards (segment %(segment)s)."),
        ("change", Damage.CHANGED): _("The row %(row)s of the change log was changed (segment %(segment)s)."),
        ("change", Damage.MISSING): _("A row of the change log is missing after %(row)s (segment %(segment)s)."),
        ("change", Damage.INSERTED): _("The row %(row)s was put into the change log afterwards (segment %(segment)s)."),
    }[finding.what, finding.damage] % where


_SEALS = {
    Damage.CHANGED: gettext_lazy("The seal of segment %(segment)s was changed."),
    Damage.MISSING: gettext_lazy("Segment %(segment)s of the chain is missing."),
    Damage.INSERTED: gettext_lazy("Segment %(segment)s does not belong to the chain."),
    Damage.UNSIGNED: gettext_lazy("Segment %(segment)s was not sealed by this installation."),
}
