"""What one declaration of a document with lines brings into the product."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.web.panels import RecordPanel, record_panels
from banyan.products.lines.declaring import LineDocument, line_documents
from banyan.products.lines.interface import DocumentInterface
from banyan.products.lines.tables import lines_panel


def register_lines(document: LineDocument) -> None:
    """Give a document its lines: table on its page, totals, editor and interface; both objects are registered before."""
    line_documents.add(document.parent, document)
    panel = RecordPanel(
        f"{document.parent}_lines",
        lines_panel,
        objects=(document.parent,),
        place="before",
        module=document.module,
        covers=(document.line,),
        label=_("Lines"),
    )
    record_panels.add(panel.name, panel)
    DocumentInterface(document).register()
