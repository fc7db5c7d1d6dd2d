"""``banyan keys``: the keys of encryption, without ever showing one."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click
import orjson

from banyan.cli.administration import explained
from banyan.cli.starting import open_installation, say

HELP = "Read the passphrase from a file instead of asking for it."


@click.group()
def keys() -> None:
    """Show, change, copy and bring back the keys of encryption."""


@keys.command()
@click.option("--json", "as_json", is_flag=True)
def status(*, as_json: bool) -> None:
    """List the keys of all organizations with their age; exit code 1 when one cannot be read."""
    installation = open_installation()
    from banyan.core.ciphers.master import MasterKeys  # noqa: PLC0415 needs Django
    from banyan.core.encryption.rotation import installation_key_states, key_states, unreadable_keys  # noqa: PLC0415
    from banyan.core.tenancy.models import Organization  # noqa: PLC0415

    with explained():
        master = MasterKeys(installation.configuration)
        states = [state for organization in Organization.objects.all() for state in key_states(organization)]
        states += installation_key_states()
        broken = unreadable_keys(master)
    if as_json:
        shown = {"source": master.source, "has_copy": master.has_copy(), "unreadable": broken}
        click.echo(orjson.dumps({**shown, "keys": [asdict(state) for state in states]}).decode())
    else:
        click.echo(f"Master key: {master.source}" + ("" if master.has_copy() else ", without a recovery copy"))
        click.echo(f"Secret key: in use, and {len(installation.configuration.secret_key_fallbacks)} earlier")
        for state in states:
            notes = "in use" if state.is_in_use else "old"
            notes += "" if state.is_wrapped_by_current else ", wrapped by an older master key"
            click.echo(
                f"{state.organization}: {state.purpose} {state.number}, {state.suite}, {state.created_at:%Y-%m-%d}, {notes}"
            )
        for name in broken:
            click.echo(f"Cannot be unwrapped: {name}")
    if broken:
        raise SystemExit(1)


@keys.command()
@click.option("--organization", default="", help="Only this organization, by name or id.")
def rotate(*, organization: str) -> None:
    """Make new data keys; what exists is encrypted anew in the background, while people work."""
    open_installation()
    from banyan.cli.people import require_organization  # noqa: PLC0415 needs Django
    from banyan.core.access.actor import system_actor  # noqa: PLC0415
    from banyan.core.encryption.installation import add_installation_key  # noqa: PLC0415
    from banyan.core.encryption.rotation import make_new_keys  # noqa: PLC0415
    from banyan.core.identity.resealing import reseal_seeds  # noqa: PLC0415
    from banyan.core.jobs.resealing import start_resealing  # noqa: PLC0415
    from banyan.core.tenancy.models import Organization  # noqa: PLC0415
    from banyan.core.tenancy.scope import organization_scope  # noqa: PLC0415

    with explained():
        chosen = [require_organization(organization)] if organization else list(Organization.objects.all())
        for found in chosen:
            with organization_scope(found.pk):
                make_new_keys(found)
                start_resealing(system_actor(found))
            say(f"{found.name}: new keys are in use; the rest follows in the background.")
        if not organization:
            add_installation_key()
            say(f"A new key is in use for accounts; {reseal_seeds()} authenticator apps are under it.")


@keys.command()
@click.option("--new-master-key", is_flag=True, help="Make a new master key in the data folder first.")
def rewrap(*, new_master_key: bool) -> None:
    """Wrap all data keys by the master key in use: after it was changed, or moved to the environment or a KMS."""
    installation = open_installation()
    from banyan.core.ciphers.master import MasterKeys  # noqa: PLC0415 needs Django
    from banyan.core.encryption.rotation import rewrap_all  # noqa: PLC0415

    with explained():
        master = MasterKeys(installation.configuration)
        if new_master_key:
            master.add_new()
        changed = rewrap_all(master)
    click.echo(f"{changed} keys were wrapped anew.")
    if not master.has_copy():
        say("Make a recovery copy of the new master key: banyan keys export. Older backups need the older keys in it.")


@keys.command("new-secret")
@click.option("--forget-earlier", is_flag=True, help="End what earlier secret keys have signed instead.")
@click.option("--yes", is_flag=True, help="Do not ask before anything ends.")
def new_secret(*, forget_earlier: bool, yes: bool) -> None:
    """Change the secret key that signs sessions, links and the audit log; what the earlier ones signed still counts."""
    installation = open_installation()
    from banyan.core.identity.factors.recovery import keyed_codes_left  # noqa: PLC0415 needs Django
    from banyan.core.identity.resealing import reseal_provider_secrets, reseal_seeds  # noqa: PLC0415
    from banyan.core.kernel.secret_keys import drop_earlier_keys_of, new_secret_key, put_new_key_into  # noqa: PLC0415
    from banyan.core.tenancy.models import Organization  # noqa: PLC0415
    from banyan.core.tenancy.scope import organization_scope  # noqa: PLC0415

    home = installation.configuration.home
    if os.environ.get("SECRET_KEY"):
        fresh = "" if forget_earlier else f" A fresh one is: {new_secret_key()}"
        raise click.ClickException(
            "SECRET_KEY lies in the environment: put the new one there and the present one, before the others, into "
            f"SECRET_KEY_FALLBACKS, on every machine.{fresh}"
        )
    with explained():
        # What an early version sealed by the secret key moves under the keys of encryption.
        reseal_seeds()
        for organization in Organization.objects.all():
            with organization_scope(organization.pk):
                reseal_provider_secrets()
        if not forget_earlier:
            say(f"A new secret key is in use, beside {put_new_key_into(home)} earlier, when all processes start again.")
            return
        codes = keyed_codes_left()
        if codes and not yes:
            click.confirm(f"{codes} recovery codes made by an early version end with it. Go on?", abort=True)
        say(f"{drop_earlier_keys_of(home)} earlier secret keys are gone when all processes start again.")


@keys.command("export")
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=HELP)
def export_keys(*, passphrase_file: Path | None) -> None:
    """Print a recovery copy of the master keys, locked by a passphrase; keep both, and apart from each other."""
    passphrase = _passphrase(passphrase_file, confirm=True)
    installation = open_installation(start_database=False)
    from banyan.core.ciphers.master import MasterKeys  # noqa: PLC0415 needs Django
    from banyan.core.ciphers.passphrases import recovery_copy  # noqa: PLC0415

    with explained():
        master = MasterKeys(installation.configuration)
        copy = recovery_copy(master.local_keys(), passphrase)
        master.note_copied()
    click.echo(copy)


@keys.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=HELP)
def import_keys(*, path: Path, passphrase_file: Path | None) -> None:
    """Bring the master keys of a recovery copy back into the data folder, beside those that are there."""
    passphrase = _passphrase(passphrase_file, confirm=False)
    installation = open_installation(start_database=False)
    from banyan.core.ciphers.master import MasterKeys  # noqa: PLC0415 needs Django
    from banyan.core.ciphers.passphrases import read_recovery_copy  # noqa: PLC0415

    with explained():
        found = read_recovery_copy(path.read_text(encoding="utf-8", errors="replace"), passphrase)
        added = MasterKeys(installation.configuration).adopt(found)
    say(f"{added} of {len(found)} master keys were not here and are now.")


def _passphrase(file: Path | None, *, confirm: bool) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").strip("\r\n")
    given: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm)
    return given
