"""What the doctor looks at, from all rooms."""

from __future__ import annotations

from django.utils.translation import gettext as _

from banyan.cli.administration import INSTALLATION_TABLES
from banyan.cli.slow_rights import check_conditions
from banyan.core.audit.verification import verify
from banyan.core.audit.wording import told_finding
from banyan.core.ciphers.master import KeyUnavailable, MasterKeys
from banyan.core.database.checks import CheckResult, database_checks
from banyan.core.encryption.rotation import unreadable_keys
from banyan.core.files import storage
from banyan.core.files.scanning import ScannerSilent, harmless_test, is_set_up, scanner_version, threat_in
from banyan.core.jobs.status import waiting_seconds
from banyan.core.kernel.configuration import Configuration, unknown_variables
from banyan.core.kernel.ids import new_id
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.documents.public import PDF_PACKAGES, can_draw, has_chinese_font

LONGEST_WAIT_SECONDS = 300
PROBE = bytes(32)
#: Problems that keep the product from reading its own tables.
WITHOUT_TABLES = {"database.prepared", "database.reachable", "database.application", "database.migrations"}


def all_checks(configuration: Configuration) -> list[CheckResult]:
    """Run every check and return the results; what needs tables is asked only when there are some."""
    results = database_checks(configuration, exempt_tables=INSTALLATION_TABLES)
    problems = {result.name for result in results if result.state == "problem"}
    return [
        *results,
        *([] if problems & WITHOUT_TABLES else [check_jobs(), check_audit_log(), check_conditions()]),
        check_master_key(configuration, has_tables=not problems & WITHOUT_TABLES),
        check_files(),
        check_scanner(),
        check_papers(),
        check_settings(configuration),
        check_network(configuration),
    ]


def check_jobs() -> CheckResult:
    """Ask whether a worker keeps up with the jobs."""
    waiting = waiting_seconds()
    if waiting > LONGEST_WAIT_SECONDS:
        return CheckResult(
            "jobs.waiting",
            "problem",
            _("A background job has been waiting for %(minutes)d minutes.") % {"minutes": waiting // 60},
            _("Start a worker: banyan worker."),
        )
    return CheckResult("jobs.waiting", "ok", _("Background jobs are not kept waiting."))


def check_audit_log() -> CheckResult:
    """Ask whether the audit log and the change log of each organization are as they were sealed."""
    foreign = late = False
    count = 0
    for organization in Organization.objects.order_by("name"):
        with organization_scope(organization.pk):
            verified = verify(organization.pk)
        if verified.finding is not None:
            return CheckResult(
                "audit.chain",
                "problem",
                f"{organization.name}: {told_finding(verified.finding)}",
                _(
                    "Somebody changed the database behind the product's back. Keep it as it is, and compare with a backup."
                ),
            )
        foreign, late = foreign or verified.foreign_key, late or verified.is_late
        count += verified.entries + verified.changes
    if foreign:
        return CheckResult(
            "audit.chain",
            "warning",
            _("The audit log is whole, but older seals were made with another SECRET_KEY."),
            _("That is right after moving to another installation or after a new key; else ask who changed the key."),
        )
    if late:
        return CheckResult(
            "audit.chain",
            "warning",
            _("The audit log has not been sealed for a day."),
            _("Start a worker: banyan worker."),
        )
    return CheckResult(
        "audit.chain", "ok", _("The audit log is as it was sealed: %(count)s rows.") % {"count": f"{count:,}"}
    )


def check_master_key(configuration: Configuration, *, has_tables: bool) -> CheckResult:
    """Ask whether every key of encryption can be had, nobody else can, and there is a copy of the master key."""
    master = MasterKeys(configuration)
    try:
        probe = master.wrap(PROBE)
        broken = [] if master.unwrap(probe) == PROBE else [master.source]
        broken += unreadable_keys(master) if has_tables else []
    except KeyUnavailable as problem:
        return CheckResult("encryption.keys", "problem", problem.message, _("See “banyan keys --help”."))
    if broken:
        return CheckResult(
            "encryption.keys",
            "problem",
            _("These keys cannot be unwrapped: %(names)s.") % {"names": ", ".join(broken[:5])},
            _("Bring the master key that wrapped them back: banyan keys import."),
        )
    if master.is_open_to_others():
        return CheckResult(
            "encryption.keys",
            "problem",
            _("Other accounts of this machine can read the master key."),
            _("Run: %(command)s") % {"command": f"chmod 600 {master.path}"},
        )
    if not master.has_copy():
        return CheckResult(
            "encryption.keys",
            "warning",
            _("There is no recovery copy of the master key. Without the key, encrypted data and backups are lost."),
            _("Make one, print it and lock it away: banyan keys export."),
        )
    return CheckResult("encryption.keys", "ok", _("The keys of encryption can be read, by this account alone."))


def check_files() -> CheckResult:
    """Ask whether files can be written and read."""
    probe = f"doctor/{new_id()}"
    try:
        storage.write(probe, b"banyan")
        same = b"".join(storage.read(probe)) == b"banyan"
        storage.delete(probe)
    except Exception as problem:  # noqa: BLE001 every store fails in its own way, and the doctor reports it
        reason = str(problem).strip().split("\n")[0] or type(problem).__name__
        return CheckResult(
            "files.store",
            "problem",
            _("Files cannot be stored: %(reason)s") % {"reason": reason},
            _("Make the folder or bucket in BANYAN_FILES_URL writable, or name another one."),
        )
    if not same:
        return CheckResult(
            "files.store",
            "problem",
            _("The file store gives back other bytes than were written."),
            _("Check the disk, or whatever stands between Banyan and the store in BANYAN_FILES_URL."),
        )
    return CheckResult("files.store", "ok", _("Files can be stored and read."))


def check_scanner() -> CheckResult:
    """Ask whether the scanner for malware answers and knows the text that all scanners report."""
    if not is_set_up():
        return CheckResult("files.scanner", "ok", _("No scanner for malware is set up (BANYAN_SCANNER)."))
    try:
        version, threat = scanner_version(), threat_in([harmless_test()])
    except ScannerSilent as problem:
        return CheckResult(
            "files.scanner",
            "problem",
            _("The scanner for malware does not answer: %(reason)s") % {"reason": problem},
            _("Start clamd, or correct BANYAN_SCANNER; Banyan's account has to be allowed to use its socket."),
        )
    if not threat:
        return CheckResult(
            "files.scanner",
            "problem",
            _("The scanner (%(version)s) does not know the test text of all scanners: it finds nothing.")
            % {"version": version},
            _("Let it fetch its signatures: freshclam, then start clamd again."),
        )
    return CheckResult("files.scanner", "ok", _("Files are scanned for malware by %(version)s.") % {"version": version})


def check_papers() -> CheckResult:
    """Ask whether papers can be made as PDF, and in Chinese."""
    reason = can_draw()
    if reason:
        return CheckResult(
            "papers.pdf",
            "warning",
            _("Papers cannot be made as PDF, only printed by browsers: %(reason)s") % {"reason": reason},
            _("On Debian or Ubuntu: apt-get install %(packages)s") % {"packages": " ".join(PDF_PACKAGES)},
        )
    if not has_chinese_font():
        return CheckResult(
            "papers.pdf",
            "warning",
            _("Chinese characters would be missing in PDF: there is no font for them."),
            _("On Debian or Ubuntu: apt-get install %(packages)s") % {"packages": PDF_PACKAGES[-1]},
        )
    return CheckResult("papers.pdf", "ok", _("Papers can be made as PDF."))


def check_settings(configuration: Configuration) -> CheckResult:
    """Ask whether a variable is misspelt."""
    unknown = unknown_variables()
    if unknown:
        return CheckResult(
            "settings.unknown",
            "warning",
            _("These variables mean nothing: %(names)s.") % {"names": ", ".join(unknown)},
            _("Look for a misspelling in the settings reference."),
        )
    return CheckResult("settings.unknown", "ok", _("All settings are known."))


def check_network(configuration: Configuration) -> CheckResult:
    """Ask whether passwords would cross a network in the clear."""
    local = configuration.host in {"127.0.0.1", "localhost", "::1"}
    if local or configuration.is_https:
        return CheckResult("network.https", "ok", _("The product is reached from this machine, or over HTTPS."))
    return CheckResult(
        "network.https",
        "warning",
        _("The product listens on the network without HTTPS."),
        _("Put a proxy with a certificate in front of it and set BANYAN_BASE_URL to its https address."),
    )
