"""What other apps may use of moving in from another system."""

from banyan.migration.models import Move, MoveTable
from banyan.migration.queries import counts_of, file_counts_of
from banyan.migration.services.delivering import AUTO, Delivery, begin
from banyan.migration.services.finding import find
from banyan.migration.services.reporting import write_report
from banyan.migration.services.running import make_ready, tables_of, work
from banyan.migration.sources import PLAIN, systems

__all__ = [
    "AUTO", "PLAIN", "Delivery", "Move", "MoveTable", "begin", "counts_of", "file_counts_of", "find", "make_ready", "systems", "tables_of", "work",
    "write_report",
]  # fmt: skip
