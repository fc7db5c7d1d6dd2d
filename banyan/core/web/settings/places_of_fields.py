"""Where the pages of fields are, and the objects that have them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import Missing
from banyan.core.objects.customising import customisable
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.middleware import SignedInRequest

URL = "/settings/fields"


def customisable_spec(request: SignedInRequest, object_name: str) -> ObjectSpec:
    """Return an object whose fields the organization may shape; raise ``Missing``."""
    spec = specs_on(request.actor.organization).get(object_name)
    if spec is None or not customisable(spec):
        raise Missing("not_found", _("There is no such object."))
    return spec
