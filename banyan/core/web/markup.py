"""The pieces that a page repeats most often, made without the template engine.

A list of fifty rows holds some two thousand of them: as macros they cost 25 ms, as functions 2 ms. Templates use them under the
names of the macros in ``components/``; what they take is described in ``components/README.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from zlib import crc32

from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from banyan.core.web.assets import asset

Cell = Mapping[str, Any]

TONES = ("green", "blue", "purple", "orange", "teal", "pink", "cyan", "red")
FIRST_CJK = "\u2e80"


def trusted(text: str) -> Markup:
    """Return text as markup; every foreign value in it must have gone through ``escape``."""
    return Markup(text)  # noqa: S704 callers escape, and a property test holds them to it


def icon(name: str, classes: str = "", label: str = "") -> Markup:
    """Return one icon of the sprite; ``label`` gives it a text for screen readers, else it is decoration."""
    return _icon(asset("icons.svg"), name, classes, str(label))


@lru_cache(maxsize=1024)
def _icon(sprite: str, name: str, classes: str, label: str) -> Markup:
    role = Markup(' role="img" aria-label="{}"').format(label) if label else Markup(' aria-hidden="true"')
    look = f"icon {classes}" if classes else "icon"
    return Markup('<svg class="{}"{}><use href="{}#{}"></use></svg>').format(look, role, sprite, name)


def initials(name: str) -> str:
    """Return what stands in an avatar: the last two characters of a Chinese name, else two initials."""
    words = name.split()
    if not words:
        return "?"
    if words[-1][-1] >= FIRST_CJK:
        return words[-1][-2:]
    return (words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()


def avatar(name: str | None, image_url: str = "", size: str = "normal", *, decorative: bool = True) -> Markup:
    """Return a person's picture or initials; their color follows from the name, so that a person keeps it.

    ``size`` is small (20 px), normal (28 px) or large (48 px).
    """
    return _avatar(str(name or ""), str(image_url or ""), size, decorative=decorative)


@lru_cache(maxsize=4096)
def _avatar(name: str, image_url: str, size: str, *, decorative: bool) -> Markup:
    tone = TONES[crc32(name.encode(errors="replace")) % len(TONES)]
    meaning = Markup(' aria-hidden="true"') if decorative else Markup(' role="img" aria-label="{}"').format(name)
    face = Markup('<img src="{}" alt="" loading="lazy">').format(image_url) if image_url else initials(name)
    return Markup('<span class="person-avatar is-{}" data-color="{}"{}>{}</span>').format(size, tone, meaning, face)


def badge(label: Any, color: str = "", icon_name: str = "") -> Markup:
    """Return a choice's value with its color."""
    mark = icon(icon_name) if icon_name else ""
    return trusted(f'<span class="choice" data-color="{escape(color or "grey")}">{mark}{escape(label)}</span>')


def person(name: Any, image_url: str = "", href: str = "") -> Markup:
    """Return avatar and name on one line."""
    written = escape(name)
    text = f'<a href="{escape(href)}">{written}</a>' if href else f"<span>{written}</span>"
    return trusted(f'<span class="person">{avatar(str(name), image_url or "", "small")}{text}</span>')


def tag(label: Any, href: str = "", remove_url: str = "") -> Markup:
    """Return a tag; with ``href`` it leads to the records that have it, with ``remove_url`` it can be taken off."""
    text = f'<a href="{escape(href)}">{escape(label)}</a>' if href else escape(label)
    remove = ""
    if remove_url:
        name = escape(_("Remove %(name)s") % {"name": label})
        remove = (
            f'<button type="button" class="tag-remove" hx-post="{escape(remove_url)}" hx-swap="none" '
            f'aria-label="{name}">{icon("x")}</button>'
        )
    return trusted(f'<span class="tag-chip">{text}{remove}</span>')


def empty() -> Markup:
    """Return the quiet dash of an empty value, which screen readers skip."""
    return EMPTY


EMPTY = Markup('<span class="value-empty" aria-hidden="true">–</span>')


def lock_mark(reason: str) -> Markup:
    """Return the lock at a value that cannot be changed now; the reason shows on hover and focus, and is read out."""
    return Markup('<span class="lock-mark" tabindex="0" role="img" title="{0}" aria-label="{0}">{1}</span>').format(
        reason or _("Locked"), icon("lock", "icon-small field-lock")
    )


def show(cell: Cell) -> Markup:
    """Return one value as its kind is shown. A masked value is text like any other; an empty one is a dash."""
    if cell.get("hidden"):
        return Markup('<span class="value-hidden">{}</span>').format(icon("lock", "", _("You may not see this field")))
    kind = cell.get("kind", "text")
    several = SEVERAL.get(kind)
    if several:
        return trusted(several(cell))
    text = cell.get("text")
    if not text:
        return EMPTY
    shower = SINGLE.get(kind)
    return trusted(shower(cell, escape(text))) if shower else escape(text)


def _boolean(cell: Cell) -> str:
    return icon("check", "value-yes", _("Yes")) if cell.get("value") else f'<span class="value-empty">{_("No")}</span>'


def _choices(cell: Cell) -> str:
    return " ".join(badge(item["text"], item.get("color", "")) for item in cell.get("entries") or ()) or EMPTY


def _tags(cell: Cell) -> str:
    return " ".join(tag(item["text"], item.get("href", "")) for item in cell.get("entries") or ()) or EMPTY


def _hint(cell: Cell) -> str:
    hint = cell.get("hint")
    return f'<span class="value-hint">{escape(hint)}</span>' if hint else ""


def _title(cell: Cell, text: str) -> str:
    return f'<a class="title-link" href="{escape(cell["href"])}" data-open="panel">{text}</a>{_hint(cell)}'


def _link(cell: Cell, text: str) -> str:
    href = cell.get("href")
    return f'<a class="record-link" href="{escape(href)}" data-open="panel">{text}</a>' if href else text


def _address_of(scheme: str) -> Callable[[Cell, str], str]:
    def shower(cell: Cell, text: str) -> str:
        return f'<a class="contact-link figures" href="{scheme}:{escape(cell.get("value") or cell["text"])}">{text}</a>'

    return shower


def _url(cell: Cell, text: str) -> str:
    href = escape(cell.get("href") or cell["text"])
    return f'<a href="{href}" rel="noopener noreferrer" target="_blank">{text}{icon("external-link", "icon-small")}</a>'


def _file(cell: Cell, text: str) -> str:
    mark = icon(cell.get("icon") or "paperclip")
    return f'<a class="file-link" href="{escape(cell["href"])}" hx-boost="false">{mark}{text}</a>{_hint(cell)}'


def _figures(_cell: Cell, text: str) -> str:
    return f'<span class="figures">{text}</span>'


def _time(cell: Cell, text: str) -> str:
    late = " is-overdue" if cell.get("overdue") else ""
    hint = f' title="{escape(cell["hint"])}"' if cell.get("hint") else ""
    return f'<time class="figures{late}" datetime="{escape(cell.get("value") or "")}"{hint}>{text}</time>'


def _progress(cell: Cell, text: str) -> str:
    bar = f'<progress max="100" value="{escape(cell.get("value") or 0)}" aria-label="{text}"></progress>'
    return f'<span class="progress-inline">{bar}<span class="figures">{text}</span></span>'


SEVERAL: Mapping[str, Callable[[Cell], str]] = {"boolean": _boolean, "multiple_choice": _choices, "tags": _tags}
SINGLE: Mapping[str, Callable[[Cell, str], str]] = {
    "choice": lambda cell, _text: badge(cell["text"], cell.get("color", ""), cell.get("icon", "")),
    "person": lambda cell, _text: person(cell["text"], cell.get("image", ""), cell.get("href", "")),
    "title": _title,
    "link": _link,
    "email": _address_of("mailto"),
    "phone": _address_of("tel"),
    "url": _url,
    "file": _file,
    "money": _figures,
    "integer": _figures,
    "decimal": _figures,
    "auto_number": _figures,
    "date": _time,
    "datetime": _time,
    "progress": _progress,
    "long_text": lambda _cell, text: f'<span class="value-long">{text}</span>',
}
