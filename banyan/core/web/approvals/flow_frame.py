"""What the pages of approval flows have in common: where they stand, and which flow is meant."""

from __future__ import annotations

import uuid

from banyan.core.approvals.flows import (
    find_flow,
    spec_of_flow,
)
from banyan.core.approvals.models import Flow
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import require_page

PAGE = "approval-flows"
URL = "/settings/approvals"


def flow_of(request: SignedInRequest, flow_id: uuid.UUID) -> tuple[Flow, ObjectSpec]:
    """Return a flow and its object, for those who may open the page; raise ``Missing``."""
    require_page(request.actor, PAGE)
    flow = find_flow(flow_id)
    return flow, spec_of_flow(request.actor, flow)
