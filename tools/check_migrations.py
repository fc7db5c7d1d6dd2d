"""Say which changes of models have no migration yet.

``django-admin makemigrations --check`` says the same after waiting for a database, which a fresh checkout does not have.
"""

from __future__ import annotations

import os
import sys

import django
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import translation


def main() -> int:
    """Print what is missing and return the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banyan.settings")
    django.setup()
    # Migrations hold labels as they are written, in no language.
    translation.deactivate_all()
    loader = MigrationLoader(None)
    conflicts = loader.detect_conflicts()
    for label, names in conflicts.items():
        print(f"{label}: {', '.join(sorted(names))} follow the same migration.")
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    missing = {} if conflicts else detector.changes(graph=loader.graph)
    for label, migrations in missing.items():
        for migration in migrations:
            for operation in migration.operations:
                print(f"{label}: no migration says: {operation.describe()}")
    if missing:
        print("Make them with '.venv/bin/django-admin makemigrations'.")
    return 1 if conflicts or missing else 0


if __name__ == "__main__":
    sys.exit(main())
