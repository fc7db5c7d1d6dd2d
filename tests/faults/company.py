"""A company that works with an installation over HTTP while it is being hurt."""

from __future__ import annotations

import csv
import io
import json
import re
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any

from tests.installation import Installation, wait_until

JSON = "application/json"
#: A job of a worker that was killed is taken up again within a quarter of a minute; the rest is the work itself.
RECOVERY_SECONDS = 60.0
ENDED = {"done", "failed", "stopped"}
PASSWORD = "a-long-word-26"


@dataclass
class Company:
    """An organization of an installation, and its administrator's API token."""

    installation: Installation
    name: str
    token: str
    email: str = ""

    @classmethod
    def found(cls, installation: Installation, name: str = "Harbour Freight") -> Company:
        """Make an organization with an administrator by the command line, as an installer does."""
        email = f"admin@{uuid.uuid4().hex[:8]}.test"
        installation.command("user", "create", "--organization", name, "--email", email, "--password", PASSWORD)
        return cls(installation, name, installation.token(email), email)

    def browser(self) -> Browser:
        """Return a browser in which the administrator is signed in."""
        browser = Browser(self.installation.url)
        browser.sign_in(self.email)
        return browser

    def ask(self, path: str, body: Any = None, *, method: str = "", headers: dict[str, str] | None = None) -> Any:
        """Send a request to the interface and return its JSON; raise ``OSError`` when nobody answers."""
        sent = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 loopback
            f"{self.installation.url}/api/v1/{path}",
            data=sent,
            method=method or ("GET" if sent is None else "POST"),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": JSON, **(headers or {})},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 loopback
            text = answer.read()
        return json.loads(text) if text else None

    def count(self, plural: str, **filters: str) -> int:
        """Return how many records there are."""
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        found: int = self.ask(f"{plural}?limit=1&count=true&{query}")["count"]
        return found

    def begin_import(self, text: str, *, plural: str = "customers", match: str = "create") -> str:
        """Upload a CSV file, let it be imported in the background, and return the import's id."""
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in (("object", plural), ("match", match))
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="rows.csv"\r\n'
            f"Content-Type: text/csv\r\n\r\n{text}\r\n--{boundary}--\r\n"
        )
        content_type = f"multipart/form-data; boundary={boundary}"
        begun = self.ask("imports", "".join(parts).encode(), headers={"Content-Type": content_type})
        return str(begun["id"])

    def state_of(self, import_id: str) -> dict[str, Any]:
        """Return how far an import is; nothing while nobody answers."""
        try:
            found: dict[str, Any] = self.ask(f"imports/{import_id}")
        except OSError:
            return {}
        return found

    def wait_for_middle(self, import_id: str, *, least: int = 1) -> dict[str, Any]:
        """Wait until an import has worked off some rows, and return its state; it must not have ended."""
        state: dict[str, Any] = wait_until(
            lambda: (state := self.state_of(import_id)) and state["read"] >= least and state,
            what="the first rows of an import",
        )
        assert state["status"] == "running", f"The import was over before it could be disturbed: {state}"
        return state

    def wait_for_end(self, import_id: str) -> dict[str, Any]:
        """Wait until an import has ended, and return its state."""
        state: dict[str, Any] = wait_until(
            lambda: (state := self.state_of(import_id)) and state["status"] in ENDED and state,
            seconds=RECOVERY_SECONDS,
            what="the end of an import",
        )
        return state


class Browser:
    """A browser without scripts: cookies, forms with their token, pages as text."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def sign_in(self, email: str) -> None:
        """Sign in by the form."""
        self.post("/sign-in", email=email, password=PASSWORD)

    def get(self, path: str) -> str:
        """Return a page."""
        with self.opener.open(f"{self.url}{path}", timeout=30) as answer:
            text: str = answer.read().decode()
        return text

    def post(self, path: str, **values: str) -> str:
        """Send a form and return the page that it leads to; raise ``HTTPError`` for a refusal."""
        token = re.search(
            r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get("/sign-in" if values else "/settings/me")
        )
        assert token is not None
        sent = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **values}).encode()
        with self.opener.open(f"{self.url}{path}", sent, timeout=30) as answer:
            text: str = answer.read().decode()
        return text

    def status_of_post(self, path: str) -> int:
        """Return the status that a form is refused with."""
        try:
            self.post(path)
        except urllib.error.HTTPError as error:
            return error.code
        return 200


def customers_file(rows: int, *, prefix: str) -> str:
    """Return a CSV file of customers, each with a name of its own; every hundredth has an impossible e-mail address."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(["Name", "Phone", "Email", "City"])
    for number in range(rows):
        email = "not an address" if number % 100 == 99 else f"{prefix}{number}@example.com"
        writer.writerow([f"{prefix} Trading {number}", f"+861380{number:07d}", email, "上海"])
    return target.getvalue()
