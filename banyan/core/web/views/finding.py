"""Finding while typing: pickers of records, people and tags, and the command palette."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require, restrict
from banyan.core.access.scopes import Action
from banyan.core.files.texts.finding import find_files
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.languages import within_sentence
from banyan.core.kernel.text import pinyin
from banyan.core.kernel.text.folding import letters_and_digits
from banyan.core.listing.filters import Condition, Node, live_rows
from banyan.core.objects.kinds import USER
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import COLUMN
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.search.finding import Hit, find
from banyan.core.search.picking import pick
from banyan.core.web.answers import macro, markup
from banyan.core.web.files.panel import PDF
from banyan.core.web.list_state import TABLE
from banyan.core.web.menu import may, menu, menu_objects, quick_create
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.panels import contributions, palette_entries, quick_actions
from banyan.core.web.sharing import find_grantees
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
    within = _within(request, target)
    hits = pick(request.actor, target, text, within=within)
    if not hits and within is not None and text.strip():
        # Whoever types a name knows whom they mean: a contact of the parent company, for one.
        hits = pick(request.actor, target, text)
    items = [{"value": str(hit.id), "text": hit.title, "hint": hit.subtitle or hit.number} for hit in hits]
    if target == USER and request.GET.get("me") and not text:
        items.insert(0, {"value": ME, "text": _("me"), "hint": _("whoever looks at the list")})
    return JsonResponse({"items": items})


@signed_in("GET")
def pick_grantees(request: SignedInRequest) -> HttpResponse:
    """Answer with whom something can be shared: people, departments, roles, posts and levels."""
    return JsonResponse({"items": find_grantees(request.actor, request.GET.get("q", "")[:100])})


@signed_in("POST")
def create_record(request: SignedInRequest, target: str) -> HttpResponse:
    """Write a record of which the picker of a form knows only the name, and answer with it as a choice."""
    spec = spec_named(request, target)
    require(request.actor, spec, Action.CREATE)
    links = {name: value for name in spec.links if (value := request.POST.get(name)) and name in spec.writable_fields}
    context = WriteContext.for_actor(request.actor)
    record = door.create(request.actor, spec, {**links, spec.title: request.POST.get("name", "")}, context=context)
    name = request.POST.get("name", "").strip()
    answer = {
        "value": str(record.pk),
        "text": name,
        "message": _("“%(name)s” was created.") % {"name": name},
        "undo_url": f"/undo/{context.batch_id}",
    }
    return JsonResponse(answer, status=201)


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
    hits = _hits(request.actor, text) if text else []
    is_guess = any(hit.is_guess for hit in hits)
    groups = [
        {"label": _("Did you mean") if is_guess else _("Records"), "entries": _records(request.actor, hits)},
        {"label": _("Files"), "entries": _files(request.actor, text) if text else []},
        {"label": _("Actions"), "entries": actions},
        {"label": _("Go to"), "entries": pages},
        {"label": _("In lists"), "entries": _lists(request.actor, text, {hit.object for hit in hits})},
    ]
    shown = [group for group in groups if group["entries"]]
    return markup(macro("components/palette.html", "palette_results", shown, text))


def _hits(actor: Actor, text: str) -> list[Hit]:
    specs = specs_on(actor.organization)
    names = [name for name, spec in specs.items() if spec.has_page and may(actor, spec, Action.VIEW)]
    return find(actor, text, HITS, objects=names)


def _records(actor: Actor, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    specs = specs_on(actor.organization)
    return [
        {
            "title": hit.title,
            "url": f"/{specs[hit.object].plural}/{hit.id}",
            "icon": specs[hit.object].icon,
            "subtitle": hit.subtitle,
            "hint": str(specs[hit.object].label),
        }
        for hit in hits
    ]


def _lists(actor: Actor, text: str, found: set[str]) -> list[dict[str, Any]]:
    """Return the lists that hold hits, for whoever wants to do something with all of them."""
    return [
        {
            "title": _("%(objects)s with “%(text)s”") % {"objects": spec.label_plural, "text": text},
            "url": f"/{spec.plural}?{urlencode({'view': 'all', 'display': TABLE, 'search': text})}",
            "icon": spec.icon,
        }
        for spec in menu_objects(actor)
        if spec.name in found
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
    """Return what can be done. In the menu "Create" an object's name is enough; here it has to say "New"."""
    words = {entry.url: entry.words for entry in contributions(quick_actions, actor)}
    objects = {str(spec.label) for spec in specs_on(actor.organization).values()}
    return [
        {
            "title": _("New %(name)s") % {"name": within_sentence(entry["label"])}
            if entry["label"] in objects
            else entry["label"],
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
