"""A small server with the gallery's pages and made-up answers, so that the browser modules can be tried without views."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.utils import translation

from banyan.core.web.middleware import CONTENT_SECURITY_POLICY

ROOT = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT / "tools"))

from gallery import WEB, environment, open_layers  # noqa: E402 the folder of tools is no package
from gallery_samples import Samples  # noqa: E402 as above

__all__ = ["ROOT", "gallery_server", "open_layers"]

LANGUAGE = "en"
SMALL_ANSWERS = {
    "/events": (204, "text/event-stream", ""),
    "/service-worker.js": (200, "text/javascript", "// Nothing is kept."),
    "/manifest.webmanifest": (200, "application/manifest+json", "{}"),
    "/pick/users": (200, "application/json", json.dumps({"items": [{"value": "7", "text": "Anna Marsh"}]})),
}


class Answers(BaseHTTPRequestHandler):
    """Answers like the product would, from sample values; what was posted is kept in ``received``."""

    received: list[tuple[str, dict[str, str]]]
    jinja = environment()
    samples = Samples(LANGUAGE)

    def do_GET(self) -> None:
        """Serve static files, sample pages and parts of pages."""
        path = urlsplit(self.path).path
        if path.startswith("/static/"):
            file = WEB / path.lstrip("/")
            self.answer(file.read_bytes(), kind=guess_type(file.name)[0] or "text/plain")
        elif path in SMALL_ANSWERS:
            status, kind, body = SMALL_ANSWERS[path]
            self.answer(body, status=status, kind=kind)
        elif path == "/palette":
            self.macro("palette", "palette_results", self.samples.palette())
        elif path == "/notifications":
            self.macro("notifications", "notification_list", [])
        elif "/cells/" in path:
            field = {"name": "status", "kind": "text", "value": "New"}
            self.macro("table", "cell_editor", field, path, "1")
        elif path.startswith("/customers/") and self.headers["HX-Target"] == "panel-body":
            self.page("layout/panel.html", record=self.samples.record())
        elif path.endswith(("/new", "/log")):
            self.page("layout/form_dialog.html", form={**self.samples.form(), "action": "/customers/new"})
        else:
            name = path.strip("/").replace("customers", "list")
            template, values = self.samples.pages().get(name, ("errors/404.html", {}))
            self.page(template, **values)

    def do_POST(self) -> None:
        """Accept what is posted; a card that belongs to the second column is refused."""
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        form = dict(parse_qsl(body))
        self.received.append((self.path, form))
        if self.path.endswith("/move") and form["id"].startswith("need"):
            problem = {"title": "Conflict", "detail": "Ben moved this card a moment ago."}
            self.answer(json.dumps(problem), status=409, kind="application/problem+json")
        elif "/cells/" in self.path:
            column = {"name": "status", "kind": "text", "editable": True}
            self.macro("table", "value", column, {"kind": "text", "text": form["status"]})
        elif self.path == "/customers/new" and not form.get("name"):
            self.page("layout/form_dialog.html", status=422, form={**self.samples.form(), "action": "/customers/new"})
        else:
            events = {"close-dialog": True, "toast": {"text": "Saved.", "undo_url": "/undo"}}
            self.answer("", status=204, trigger=json.dumps(events))

    def macro(self, file: str, name: str, *values: Any) -> None:
        """Answer what one macro makes."""
        with translation.override(LANGUAGE):
            module = self.jinja.get_template(f"components/{file}.html").module
            self.answer(getattr(module, name)(*values))

    def page(self, template: str, *, status: int = 200, **values: Any) -> None:
        """Answer a rendered template."""
        with translation.override(LANGUAGE):
            self.answer(self.jinja.get_template(template).render({**self.samples.frame(), **values}), status=status)

    def answer(self, body: str | bytes, *, status: int = 200, kind: str = "text/html", trigger: str = "") -> None:
        """Send an answer under the product's own content security policy."""
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        if trigger:
            self.send_header("HX-Trigger", trigger)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the base class names it so
        """Say nothing."""


@contextmanager
def gallery_server() -> Iterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """Run the server on a free port; gives its address and the list of what is posted to it."""
    received: list[tuple[str, dict[str, str]]] = []
    handler = type("GalleryAnswers", (Answers,), {"received": received})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", received
    finally:
        server.shutdown()
        server.server_close()
