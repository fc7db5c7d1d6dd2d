"""Tags: which are in use and how often, renaming, merging and removing them everywhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.records.tags import TagField, find_tag_field, replace_tags, tag_fields, tags_in_use
from banyan.core.web.answers import done
from banyan.core.web.day import list_url
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import require_page, settings_answer
from banyan.core.web.views.base import signed_in

PAGE = "tags"
URL = "/settings/tags"
REMOVE = "remove"


@signed_in("GET")
def tags(request: SignedInRequest) -> HttpResponse:
    """List the tags in use, object by object."""
    require_page(request.actor, PAGE)
    fields = [_described(request, field) for field in tag_fields(request.actor)]
    context = {"fields": [entry for entry in fields if entry["tags"]]}
    return settings_answer(request, PAGE, "settings/tags.html", context)


@signed_in("POST")
def change_tags(request: SignedInRequest, object_name: str, field_name: str) -> HttpResponse:
    """Rename, merge or remove the tags that were ticked, in all records."""
    require_page(request.actor, PAGE)
    field = find_tag_field(request.actor, object_name, field_name)
    by = None if request.POST.get("action") == REMOVE else request.POST.get("by", "")
    result = replace_tags(request.actor, field, request.POST.getlist("tag"), by=by)
    text = ngettext("%(count)d record was changed.", "%(count)d records were changed.", result.changed)
    return done(
        request,
        text % {"count": result.changed},
        next_url=URL,
        changed=(field.spec.plural,),
        undo_url=f"/undo/{result.batch_id}" if result.changed else "",
        visit={"url": URL},
    )


def _described(request: SignedInRequest, field: TagField) -> dict[str, Any]:
    spec, entry = field.spec, field.entry
    label = str(spec.label_plural)
    return {
        "title": label
        if entry.name == "tags"
        else _("%(object)s · %(field)s") % {"object": label, "field": entry.label},
        "id": f"{spec.name}-{entry.name}",
        "url": f"{URL}/{spec.name}/{entry.name}",
        "tags": [
            {
                "tag": use.tag,
                "count": use.count,
                "url": list_url(spec, {"field": entry.name, "op": "contains", "value": [use.tag]})
                if spec.has_page
                else "",
            }
            for use in tags_in_use(request.actor, field)
        ],
    }
