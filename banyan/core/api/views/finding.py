"""Search over all objects."""

from __future__ import annotations

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.parameters import DEFAULT_HITS, MAXIMUM_HITS
from banyan.core.api.problems import BadParameters
from banyan.core.kernel.errors import FieldError
from banyan.core.objects.modules import specs_on
from banyan.core.search.finding import find


def search(call: Call) -> Answer:
    """Answer with the records that fit the text ``q`` best, of all objects or of those named."""
    call.allow_only(("q", "limit", "objects"))
    limit = call.whole_number("limit", default=DEFAULT_HITS, maximum=MAXIMUM_HITS)
    known = {spec.plural: name for name, spec in specs_on(call.actor.organization).items()}
    asked = [name for name in call.parameter("objects").split(",") if name]
    unknown = [name for name in asked if name not in known]
    if unknown:
        message = _("There is no object “%(name)s”. There are: %(allowed)s.")
        values = {"name": unknown[0][:60], "allowed": ", ".join(known)}
        raise BadParameters([FieldError("objects", "unknown_object", message % values)])
    names = [known[plural] for plural in asked] or list(known.values())
    hits = find(call.actor, call.parameter("q"), limit=limit, objects=names)
    return Answer(
        {
            "items": [
                {
                    "object": hit.object,
                    "id": hit.id,
                    "number": hit.number,
                    "title": hit.title,
                    "subtitle": hit.subtitle,
                    "score": hit.score,
                    "is_guess": hit.is_guess,
                }
                for hit in hits
            ]
        }
    )
