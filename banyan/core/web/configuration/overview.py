"""Taking the configuration out as a file, bringing files in, and choosing the template of an industry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _

from banyan.core.access.events import tell_setup_changed
from banyan.core.configuration.applying import CONFIGURATION
from banyan.core.configuration.demo_records import demo_count, has_demo_records
from banyan.core.configuration.documents import BadDocument, Complaint, current_document, write_document
from banyan.core.configuration.models import AppliedTemplate, Proposal
from banyan.core.configuration.parts.demo_records import DEMO_RECORDS
from banyan.core.configuration.proposals import Layer, propose
from banyan.core.configuration.templates import (
    IndustryTemplate,
    applied_templates,
    described,
    has_update,
    offered,
    propose_template,
)
from banyan.core.configuration.yaml_text import MOST_CHARACTERS
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Invalid
from banyan.core.kernel.ids import new_id
from banyan.core.objects.configuration_parts import ordered_parts
from banyan.core.web.answers import visit
from banyan.core.web.configuration.frame import OVERVIEW, PAGE, URL, answer
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.pages import require_page
from banyan.core.web.views.base import signed_in

CONTENT_TYPE = "application/yaml; charset=utf-8"


@signed_in("GET")
def overview(request: SignedInRequest) -> HttpResponse:
    """Show what can be taken out and brought in."""
    require_page(request.actor, PAGE)
    return _overview(request)


@signed_in("GET")
def export(request: SignedInRequest) -> HttpResponse:
    """Send the configuration, or the parts that were ticked, as a file; the log keeps who took it."""
    require_page(request.actor, PAGE)
    organization = request.actor.organization
    wanted = [part.name for part in ordered_parts() if part.name in request.GET.getlist("part")]
    text = write_document(current_document(organization, wanted))
    name = f"{slugify(organization.name) or 'banyan'}-configuration-{now():%Y-%m-%d}.yaml"
    tell_setup_changed(request.actor, CONFIGURATION, new_id(), "download", values={"name": (None, name)})
    response = HttpResponse(text, content_type=CONTENT_TYPE)
    response.headers["Content-Disposition"] = str(content_disposition_header(True, name))
    return response


@signed_in("POST")
def bring_in(request: SignedInRequest) -> HttpResponse:
    """Take one file or several, which are laid over one another; what they would do is shown next."""
    require_page(request.actor, PAGE)
    try:
        proposal = propose(request.actor, _layers(request.FILES.getlist("files")))
    except BadDocument as problem:
        return _overview(request, complaints=problem.complaints)
    except Invalid as problem:
        return _overview(request, complaints=[Complaint("", 0, "", str(error.message)) for error in problem.errors])
    return visit(request, f"{URL}/proposals/{proposal.pk}")


@signed_in("POST")
def use_template(request: SignedInRequest, key: str) -> HttpResponse:
    """Show what the template of an industry would add, or what its newer version would change."""
    require_page(request.actor, PAGE)
    with_demo_data = request.POST.get("demo") == "on"
    found = propose_template(request.actor, key, with_demo_data=with_demo_data)
    return visit(request, f"{URL}/proposals/{found.pk}")


def _layers(files: Sequence[UploadedFile]) -> list[Layer]:
    layers, complaints = [], []
    for file in files:
        name = file.name or "?"
        raw = file.read(MOST_CHARACTERS * 4 + 1)
        try:
            layers.append(Layer(name, raw.decode("utf-8-sig")))
        except UnicodeDecodeError:
            complaints.append(Complaint(name, 0, "", _("This is no text in UTF-8."), "not_text"))
    if complaints:
        raise BadDocument(complaints)
    return layers


def _overview(request: SignedInRequest, *, complaints: Sequence[Complaint] = ()) -> HttpResponse:
    language = request.actor.language
    labels = {part.name: str(part.label) for part in ordered_parts()}
    taken = applied_templates()
    context = {
        "parts": [{"name": name, "label": label} for name, label in labels.items()],
        "templates": [_template(template, labels, language, taken) for template in offered(request.actor)],
        "demo_count": demo_count(request.actor.organization),
        "has_demo": has_demo_records(request.actor.organization),
        "proposals": [
            {"url": f"{URL}/proposals/{row.pk}", "source": row.source, "when": told_instant(row.made_at),
             "who": row.made_by.name if row.made_by else ""}
            for row in Proposal.objects.select_related("made_by")[:10]
        ],
        "complaints": [str(entry) for entry in complaints],
    }  # fmt: skip
    return answer(request, OVERVIEW, "configuration/overview.html", context, status=422 if complaints else 200)


def _template(
    template: IndustryTemplate, labels: dict[str, str], language: str, taken: Mapping[str, AppliedTemplate]
) -> dict[str, Any]:
    found = described(template, language)
    counts = [f"{labels[part]}: {count}" for part, count in found["counts"].items() if part in labels]
    applied = taken.get(template.key)
    return {
        **found,
        "counts": _(", ").join(counts),
        "has_demo_data": bool(found["counts"].get(DEMO_RECORDS)),
        "applied": told_instant(applied.applied_at) if applied else "",
        "version": applied.version if applied else "",
        "newest": template.document(language).version if applied and has_update(template, applied) else "",
    }
