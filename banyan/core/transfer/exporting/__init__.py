"""Exporting: the rows of a list as a file, such that importing the file gives the same rows.

The front door of the package.
"""

from banyan.core.transfer.exporting.columns import export_columns
from banyan.core.transfer.exporting.files import FORMATS, export_to_path

__all__ = ["FORMATS", "export_columns", "export_to_path"]
