"""Finding while typing: pickers of records, people and tags, and the command palette."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.files.texts.finding import find_files
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.text import pinyin
from banyan.core.kernel.text.folding import letters_and_digits
from banyan.core.listing.filters import Condition, Node, live_rows
from banyan.core.objects.kinds import USER
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import COLUMN
from banyan.core.search.finding import find
from banyan.core.search.picking import pick
from banyan.core.web.answers import macro, markup
from banyan.core.web.files.panel import PDF
from banyan.core.web.menu import may, menu, quick_create
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.panels import contributions, palette_entries, quick_actions
from banyan.core.web.views.base import signed_in, spec_named

HITS = 12
FILES_SHOWN = 5
SHORTEST_FOR_FILES = 3
TAGS_SHOWN = 30
#: Tags are suggested from the records changed last: reading all of a million would take seconds.
ROWS_WITH_TAGS = 3_000
ME = "me"


@signed_in("GET")
def pick_records(request: SignedInRequest, target: str) -> HttpResponse:
    """Answer with what a link to ``target`` may point to, as the pickers of the page want it."""
    text = request.GET.get("q", "")
    if target != USER:
        spec = spec_named(request, target)
        if not may(request.actor, spec, Action.VIEW):
            return JsonResponse({"items": []})
    hits = pick(request.actor, target, text, within=_within(request, target))
    items = [{"value": str(hit.id), "text": hit.title, "hint": hit.subtitle or hit.number} for hit in hits]
    if target == USER and request.GET.get("me") and not text:
        items.insert(0, {"value": ME, "text": _("me"), "hint": _("whoever looks at the list")})
    return JsonResponse({"items": items})


def _within(request: SignedInRequest, target: str) -> Node | None:
    """Return the limit that the page gives a picker, such as the contacts of one customer."""
    if target == USER:
        return None
    fields = spec_named(request, target).links
    name = next((name for name in request.GET if name in fields and parse_id(request.GET[name])), None)
    return Condition(name, "eq", (request.GET[name],)) if name else None


@signed_in("GET")
def pick_tags(request: SignedInRequest) -> HttpResponse:
    """Answer with the tags in use, those that contain what was typed, the most frequent first."""
    spec = spec_named(request, request.GET.get("object", ""))
    entry = spec.all_fields.get(request.GET.get("field", ""))
    if entry is None or entry.source != COLUMN or not _is_array(spec.model, entry.attribute):
        raise Missing("not_found", _("There is no such field."))
    rows = restrict(live_rows(request.actor, spec), request.actor, spec).exclude(**{entry.attribute: []})
    recent = rows.order_by("-updated_at").annotate(tag=Func(F(entry.attribute), function="unnest"))
    counts: dict[str, int] = {}
    for tag in recent.values_list("tag", flat=True)[:ROWS_WITH_TAGS]:
        counts[tag] = counts.get(tag, 0) + 1
    wanted = letters_and_digits(request.GET.get("q", ""))
    fitting = [tag for tag in counts if not wanted or _fits(tag, wanted)]
    fitting.sort(key=lambda tag: (-counts[tag], tag))
    return JsonResponse({"items": [{"value": tag, "text": tag} for tag in fitting[:TAGS_SHOWN]]})


@signed_in("GET")
def palette(request: SignedInRequest) -> HttpResponse:
    """Answer with records, pages and actions for what was typed; with the usual ones when it is nothing."""
    text = request.GET.get("q", "").strip()[:100]
    actions = _actions(request.actor)
    pages = _pages(request.actor)
    if text:
        wanted = letters_and_digits(text)
        actions = [entry for entry in actions if _matches(entry, wanted)]
        pages = [entry for entry in pages if _matches(entry, wanted)]
    groups = [
        {"label": _("Records"), "entries": _records(request.actor, text) if text else []},
        {"label": _("Files"), "entries": _files(request.actor, text) if text else []},
        {"label": _("Actions"), "entries": actions},
        {"label": _("Go to"), "entries": pages},
    ]
    shown = [group for group in groups if group["entries"]]
    return markup(macro("components/palette.html", "palette_results", shown, text))


def _records(actor: Actor, text: str) -> list[dict[str, Any]]:
    specs = specs_on(actor.organization)
    names = [name for name, spec in specs.items() if spec.has_page and may(actor, spec, Action.VIEW)]
    return [
        {
            "title": hit.title,
            "url": f"/{specs[hit.object].plural}/{hit.id}",
            "icon": specs[hit.object].icon,
            "subtitle": hit.subtitle,
            "hint": str(specs[hit.object].label),
        }
        for hit in find(actor, text, HITS, objects=names)
    ]


def _files(actor: Actor, text: str) -> list[dict[str, Any]]:
    """Return files by name and content; a single letter begins too many of them."""
    if len(text) < SHORTEST_FOR_FILES and text.isascii():
        return []
    return [
        {
            "title": hit.name,
            "url": f"/files/{hit.file_id}/preview" if hit.content_type != PDF else f"/files/{hit.file_id}?show",
            "icon": "file-text",
            "subtitle": hit.snippet,
            "hint": str(specs_on(actor.organization)[hit.object].label),
        }
        for hit in find_files(actor, text, limit=FILES_SHOWN)
    ]


def _actions(actor: Actor) -> list[dict[str, Any]]:
    words = {entry.url: entry.words for entry in contributions(quick_actions, actor)}
    return [
        {
            "title": entry["label"] if entry["url"] in words else _("New: %(name)s") % {"name": entry["label"]},
            "url": entry["url"],
            "icon": entry["icon"],
            "opens": entry["opens"],
            "words": words.get(entry["url"], ()),
        }
        for entry in quick_create(actor)
    ]


def _pages(actor: Actor) -> list[dict[str, Any]]:
    entries = [
        {"title": entry["label"], "url": entry["url"], "icon": entry["icon"], "words": ()} for entry in menu(actor, "")
    ]
    known = {entry["url"] for entry in entries}
    entries += [
        {"title": str(entry.label), "url": entry.url, "icon": entry.icon, "words": entry.words}
        for entry in contributions(palette_entries, actor)
        if entry.may(actor) and entry.url not in known
    ]
    recycle_bin = {"title": _("Recycle bin"), "url": "/recycle-bin", "icon": "trash", "words": ("deleted", "restore")}
    return [*entries, recycle_bin]


def _matches(entry: dict[str, Any], wanted: str) -> bool:
    return any(_fits(str(name), wanted) for name in (entry["title"], *entry["words"]))


def _fits(name: str, wanted: str) -> bool:
    """Say whether a name contains what was typed, as letters or by the sounds of its Chinese characters."""
    if wanted in letters_and_digits(name):
        return True
    return wanted.isascii() and (wanted in pinyin.full(name) or wanted in pinyin.initials(name))


def _is_array(model: Any, attribute: str) -> bool:
    return isinstance(model._meta.get_field(attribute), ArrayField)  # noqa: SLF001 Django's public model API
