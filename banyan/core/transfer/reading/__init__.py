"""Any table file that people have, read as rows: found out by its content, refused with a way out.

The front door of the package. Files are read in constant memory and never trusted.
"""

from banyan.core.transfer.reading.opening import open_table
from banyan.core.transfer.reading.source import Limits
from banyan.core.transfer.reading.table import Row, Table

__all__ = ["Limits", "Row", "Table", "open_table"]
