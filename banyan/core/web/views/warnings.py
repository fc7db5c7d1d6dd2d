"""The question that a script opens after a move that warnings speak against."""

from __future__ import annotations

from django.core.signing import BadSignature
from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import Missing
from banyan.core.web.answers import page, part, wants_dialog
from banyan.core.web.confirming import asked_by_script
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in


@signed_in("GET")
def confirm(request: SignedInRequest) -> HttpResponse:
    """Ask whether to save in spite of the warnings; the answer goes to where the move was sent."""
    try:
        form = asked_by_script(request)
    except BadSignature:
        raise Missing("not_found", _("This question is too old. Try what you wanted to do again.")) from None
    if wants_dialog(request):
        return part(request, "layout/form_dialog.html", {"form": form})
    return page(request, "layout/form.html", {"form": form})
