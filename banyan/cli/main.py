"""The group of all commands; each is loaded when it is called, so that `banyan --help` is instant."""

from __future__ import annotations

import importlib

import click

from banyan import __version__

COMMANDS = {
    "serve": ("banyan.cli.serving", "serve", "Serve the product."),
    "run": ("banyan.cli.serving", "run", "Serve the product with demo organizations."),
    "worker": ("banyan.cli.serving", "worker", "Run background jobs."),
    "init": ("banyan.cli.administration", "init", "Prepare the database and print what an administrator has to do."),
    "upgrade": ("banyan.cli.administration", "upgrade", "Back up, then bring the database to this version."),
    "doctor": ("banyan.cli.administration", "doctor", "Find and explain what is wrong."),
    "backup": ("banyan.cli.administration", "backup", "Back up the installation or one organization."),
    "verify": ("banyan.cli.administration", "verify_backup_file", "Prove that a backup can be restored."),
    "restore": ("banyan.cli.administration", "restore", "Restore a backup."),
    "keys": ("banyan.cli.keys", "keys", "Show, change, copy and bring back the keys of encryption."),
    "user": ("banyan.cli.people", "user", "Add people and set passwords."),
    "token": ("banyan.cli.people", "token", "Make API tokens."),
    "demo": ("banyan.cli.demo", "demo", "Load a demo organization: small, medium or large."),
    "lead-mail": ("banyan.cli.leads", "lead_mail", "Make a lead of a raw e-mail."),
    "import": ("banyan.cli.transfer", "import_file", "Import a CSV or XLSX file."),
    "migrate": ("banyan.cli.migration", "migrate", "Move in from another system with all files of its export."),
    "export": ("banyan.cli.transfer", "export_file", "Export records to CSV or XLSX."),
    "configuration": (
        "banyan.cli.configuration",
        "configuration",
        "Take the configuration out as a file, compare, apply.",
    ),
    "modules": ("banyan.cli.modules", "modules", "Show and choose the edition and modules of an organization."),
    "cost": ("banyan.cli.cost", "cost", "Say what the product costs a company a year."),
    "advise": ("banyan.cli.advise", "advise", "Say which edition and modules fit a company."),
    "bench": ("banyan.cli.bench", "bench", "Measure speed against raw SQL."),
}


class LazyCommands(click.Group):
    """Commands that are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of a day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _purpose = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Print the list without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, purpose) for name, (_module, _attribute, purpose) in COMMANDS.items()])


@click.command(cls=LazyCommands)
@click.version_option(__version__, prog_name="banyan")
def main() -> None:
    """Banyan CRM: one customer relationship system for five people and for five thousand."""
