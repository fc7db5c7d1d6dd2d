"""What one declaration of a document with lines brings into the product."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.objects.presence import register_tables_at_records
from banyan.core.objects.registry import objects
from banyan.core.web.panels import RecordPanel, record_panels
from banyan.products.lines.declaring import LineDocument, line_documents
from banyan.products.lines.interface import DocumentInterface
from banyan.products.lines.notices import discount_panel
from banyan.products.lines.tables import lines_panel
from banyan.products.models import DiscountAsked


def register_lines(document: LineDocument) -> None:
    """Give a document its lines: table on its page, totals, editor and interface; both objects are registered before."""
    line_documents.add(document.parent, document)
    register_tables_at_records(objects[document.line].module, objects[document.line].model)
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
    notice = RecordPanel(
        f"{document.parent}_discount",
        discount_panel,
        objects=(document.parent,),
        place="before",
        position=5,
        module=document.module,
        label=_("Discount that needs approval"),
        table=DiscountAsked,
    )
    if document.binding is not None:
        record_panels.add(notice.name, notice)
    DocumentInterface(document).register()
