"""Another system of a financial company: it calls the REST interface and hears what it is told by webhook."""

from __future__ import annotations

import json
import queue
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from playwright.sync_api import Page

#: The address that the configuration file has in the place of ours.
PLACE = "http://127.0.0.1:1"


class CoreBanking:
    """Listens on a port of this machine as long as it is open."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._token = ""
        self._told: queue.Queue[dict[str, Any]] = queue.Queue()
        told = self._told

        class Listener(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def written_into(self, file: Path, folder: Path) -> Path:
        """Return a copy of a configuration file that sends to this listener."""
        text = file.read_text(encoding="utf-8")
        assert PLACE in text
        copy = folder / file.name
        copy.write_text(text.replace(PLACE, f"http://127.0.0.1:{self._server.server_port}"), encoding="utf-8")
        return copy

    def take_token(self, page: Page) -> None:
        """Let somebody make a token on the page of their settings, and work with it from now on."""
        page.goto("/settings/me/tokens/new")
        page.locator("form.page-form [name=name]").fill("Core banking")
        page.locator("form.page-form [type=submit]").last.click()
        self._token = page.locator("input[readonly]").first.input_value()

    def call(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a body to the REST interface and return the answer, be it a refusal."""
        request = urllib.request.Request(  # noqa: S310 this machine
            f"{self._url}{path}",
            data=json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 as above
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as refusal:
            found = json.load(refusal)
        return found

    def heard(self) -> dict[str, Any]:
        """Wait for what is told next."""
        return self._told.get(timeout=60)
