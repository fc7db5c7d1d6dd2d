"""Scanning contents again: a scanner learns of new malware days after files with it were found clean.

Files of the last weeks are scanned every day, older ones every month, and those that nobody scanned yet first; a little
every hour, so that neither the scanner nor a transaction is busy for long. What cannot be scanned is tried once a day.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.audit.alerts import people_with
from banyan.core.audit.models import Result
from banyan.core.audit.notes import note
from banyan.core.files import storage
from banyan.core.files.models import Attachment, File
from banyan.core.files.scanning import ScannerSilent, is_set_up, scanner_version, threat_in
from banyan.core.identity.events import PeopleToTell
from banyan.core.kernel.events import publish
from banyan.core.objects.kinds import split_reference
from banyan.core.objects.registry import specs_here

logger = logging.getLogger(__name__)
FOUND = "file.infected"
#: How long a file is young, and how soon young and older ones are scanned again.
YOUNG, YOUNG_AGAIN, OLD_AGAIN = timedelta(days=30), timedelta(days=1), timedelta(days=30)
#: What one run takes at most.
MOST_FILES, MOST_BYTES, MOST_LOOKED_AT = 200, 256 * 1024 * 1024, 2_000
AUDIT_LOG = "/settings/audit"
TEXT = gettext_noop("“%(name)s” holds malware by what the scanner knows now, so it is no longer handed out.")


def due_files(at: datetime) -> QuerySet[File]:
    """Return the files that are to be scanned by a moment, those never scanned first."""
    young = Q(uploaded_at__gt=at - YOUNG) | ~Q(threat="")
    is_due = Q(scanned_at=None) | Q(scanned_at__lt=at - OLD_AGAIN) | (young & Q(scanned_at__lt=at - YOUNG_AGAIN))
    has_its_turn = Q(scan_put_off_until=None) | Q(scan_put_off_until__lte=at)
    return File.objects.filter(is_due, has_its_turn).order_by(F("scanned_at").asc(nulls_first=True), "pk")


def scan_again(actor: Actor, at: datetime) -> int:
    """Scan what is due, as much as one run takes, and return how many files were scanned; none without a scanner.

    What holds malware is not handed out any more, and whoever guards security and whoever uploaded it are told. What was
    taken for malware and no longer is, is handed out again.
    """
    if not is_set_up():
        return 0
    count = size = 0
    put_off: list[uuid.UUID] = []
    for file in list(due_files(at)[:MOST_LOOKED_AT]):
        if count >= MOST_FILES or size >= MOST_BYTES:
            break
        try:
            threat = threat_in(storage.read(file.key))
        except FileNotFoundError:
            put_off.append(file.pk)
            continue
        except ScannerSilent as problem:
            if not _answers():
                logger.warning("The scanner could not be asked: %s", problem)
                break
            # It is there, and does not take this content, such as one larger than it is set up for.
            put_off.append(file.pk)
            size += file.size
            continue
        count, size = count + 1, size + file.size
        _write_down(actor, file, threat, at)
    File.objects.filter(pk__in=put_off).update(scan_put_off_until=at + YOUNG_AGAIN)
    return count


def _write_down(actor: Actor, file: File, threat: str, at: datetime) -> None:
    is_new = bool(threat) and not file.threat
    file.scanned_at, file.threat = at, threat
    file.save(update_fields=["scanned_at", "threat"])
    if is_new:
        details = {"file": file.name, "threat": threat}
        note(actor, FOUND, record_id=file.pk, result=Result.REFUSED, details=details)
        _tell(actor, file)


def _tell(actor: Actor, file: File) -> None:
    guards = set(people_with(Ability.MANAGE_SECURITY))
    values = {"name": file.name}
    publish(PeopleToTell(actor.organization_id, tuple(sorted(guards)), TEXT, AUDIT_LOG, values))
    if file.uploaded_by_id and file.uploaded_by_id not in guards:
        publish(PeopleToTell(actor.organization_id, (file.uploaded_by_id,), TEXT, _place_of(file), values))


def _place_of(file: File) -> str:
    """Return the page of the record that a file is attached to; the front page for one that no record has."""
    for about in Attachment.objects.filter(file=file, deleted_at=None).values_list("about", flat=True):
        pointed = split_reference(about)
        spec = specs_here().get(pointed[0]) if pointed else None
        if pointed and spec is not None:
            return f"/{spec.plural}/{pointed[1]}"
    return "/"


def _answers() -> bool:
    try:
        scanner_version()
    except ScannerSilent:
        return False
    return True
