"""Encryption: what is encrypted and how, how old the keys are, new keys, and the recovery copy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.timesince import timesince
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.ciphers.master import MasterKeys
from banyan.core.ciphers.passphrases import SHORTEST, recovery_copy
from banyan.core.ciphers.suites import suites
from banyan.core.encryption.keyring import suite_of
from banyan.core.encryption.models import KeyPurpose
from banyan.core.encryption.rotation import KeyState, key_states
from banyan.core.jobs.resealing import RESEAL
from banyan.core.jobs.runs import latest_run
from banyan.core.jobs.status import is_worker_alive
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.objects.key_settings import change_keys, note_recovery_copy
from banyan.core.objects.models import Sealing, SensitiveField
from banyan.core.objects.registry import specs_for
from banyan.core.web.answers import part
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.panels import FrameNotice
from banyan.core.web.plain_forms import add_problem, fields_of
from banyan.core.web.presenting import told_day
from banyan.core.web.settings.backups import owns_the_installation
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import signed_in

URL = "/settings/encryption"
#: Nobody is bothered on the first days.
GRACE = timedelta(days=2)
PAGE, PROGRESS = "settings/encryption.html", "settings/_encryption_progress.html"
PURPOSES = {KeyPurpose.DATA.value: gettext_lazy("Values and files"), KeyPurpose.INDEX.value: gettext_lazy("Search")}
SOURCES = {
    "file": gettext_lazy("a file in the data folder"),
    "environment": gettext_lazy("the environment of the server"),
    "kms": gettext_lazy("a key management service"),
}
COLORS = {Sealing.SEALED: "green", Sealing.SEALING: "orange", Sealing.OPENING: "orange"}


class KeysForm(forms.Form):
    """The method by which new keys encrypt."""

    suite = forms.ChoiceField(
        label=gettext_lazy("Method"),
        choices=lambda: [(suite.name, suite.label) for suite in suites],
        widget=forms.RadioSelect(attrs={"style": "chips"}),
        help_text=gettext_lazy(
            "SM4 and SM3 are the Chinese national standards. Take them where your rules ask for them."
        ),
    )


class CopyForm(forms.Form):
    """The passphrase of a recovery copy."""

    passphrase = forms.CharField(
        label=gettext_lazy("Passphrase"),
        min_length=SHORTEST,
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 12 characters. Keep it apart from the copy: each is worthless alone."),
    )


def missing_copy_notice(actor: Actor) -> FrameNotice | None:
    """Return the warning that administrators see on every page while the master key has no recovery copy."""
    if not actor.has(Ability.MANAGE_SECURITY) or now() - actor.organization.created_at < GRACE:
        return None
    if MasterKeys(settings.CONFIGURATION).has_copy() or not _may_copy(actor):
        return None
    return FrameNotice(_("The master key has no recovery copy: if it is lost, so are backups."), URL, _("Take a copy"))


@signed_in("GET")
def encryption(request: SignedInRequest) -> HttpResponse:
    """Show what is encrypted, the keys and their age."""
    require_page(request.actor, "encryption")
    return _page(request)


@signed_in("GET")
def progress(request: SignedInRequest) -> HttpResponse:
    """Answer with the progress as it is now; the page asks while work is done."""
    require_page(request.actor, "encryption")
    return part(request, PROGRESS, _progress())


@signed_in("POST")
def rotate(request: SignedInRequest) -> HttpResponse:
    """Make new keys with the method chosen."""
    require_page(request.actor, "encryption")
    form = KeysForm(request.POST)
    if form.is_valid():
        change_keys(request.actor, form.cleaned_data["suite"])
        text = _("New keys are in use. What exists is encrypted anew in the background.")
        return saved(request, text, URL)
    return _page(request, keys_form=form, status=422)


@signed_in("POST")
def copy(request: SignedInRequest) -> HttpResponse:
    """Send a recovery copy of the master key, to be printed; for who has the installation alone."""
    require_page(request.actor, "encryption")
    if not _may_copy(request.actor):
        raise Missing("not_found", _("There is no such page."))
    form = CopyForm(request.POST)
    if form.is_valid():
        master = MasterKeys(settings.CONFIGURATION)
        try:
            text = recovery_copy(master.local_keys(), form.cleaned_data["passphrase"])
        except DomainError as problem:
            add_problem(form, problem)
        else:
            note_recovery_copy(request.actor)
            master.note_copied()
            response = HttpResponse(text, content_type="text/plain; charset=utf-8")
            response.headers["Content-Disposition"] = str(content_disposition_header(True, "banyan-master-key.txt"))
            response.headers["Cache-Control"] = "no-store"
            return response
    return _page(request, copy_form=form, status=422)


def _page(
    request: SignedInRequest, *, keys_form: KeysForm | None = None, copy_form: CopyForm | None = None, status: int = 200
) -> HttpResponse:
    actor = request.actor
    master = MasterKeys(settings.CONFIGURATION)
    context = {
        **_progress(),
        "keys": [_key(state) for state in sorted(key_states(actor.organization), key=_place)],
        "source": str(SOURCES[master.source]),
        "encrypted_fields": _encrypted_fields(actor),
        "backups_encrypted": settings.CONFIGURATION.backups_encrypted,
        "keys_fields": fields_of(keys_form or KeysForm(initial={"suite": suite_of(actor.organization).name})),
        "copy_fields": fields_of(copy_form or CopyForm()) if _may_copy(actor) else [],
        "lacks_copy": _may_copy(actor) and not master.has_copy(),
    }
    return settings_answer(request, "encryption", PAGE, context, status=status)


def _may_copy(actor: Actor) -> bool:
    return owns_the_installation(actor) and MasterKeys(settings.CONFIGURATION).source == "file"


def _progress() -> dict[str, Any]:
    run = latest_run(RESEAL)
    is_running = run is not None and run.is_under_way
    return {
        "running": run if is_running else None,
        "problem": run.problem if run and not is_running else "",
        "is_waiting_for_worker": bool(run and is_running and not run.started_at and not is_worker_alive()),
    }


def _place(state: KeyState) -> tuple[bool, int, str]:
    """Return where a key stands: those in use first, then by age."""
    return not state.is_in_use, -state.number, state.purpose


def _key(state: KeyState) -> dict[str, Any]:
    return {
        "purpose": str(PURPOSES[state.purpose]),
        "number": state.number,
        "suite": suites[state.suite].label,
        "made": told_day(localtime(state.created_at).date()),
        "age": timesince(state.created_at, depth=1),
        "is_in_use": state.is_in_use,
    }


def _encrypted_fields(actor: Actor) -> list[dict[str, Any]]:
    specs = specs_for(actor.organization)
    found = []
    for row in SensitiveField.objects.all():
        spec = specs.get(row.object_name)
        entry = spec.all_fields.get(row.name) if spec else None
        if spec is not None and entry is not None:
            found.append(
                {
                    "label": f"{spec.label} · {entry.label}",
                    "url": f"/settings/fields/{spec.name}",
                    "state": str(row.get_state_display()),
                    "color": COLORS[Sealing(row.state)],
                }
            )
    return found
