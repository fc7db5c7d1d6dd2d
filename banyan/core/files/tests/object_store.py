"""A store that speaks as much of Amazon's S3 as files need, in a thread, with what it holds in memory."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class ObjectStore:
    """What lies in the store by path, the parts of uploads under way, and the requests that came unsigned."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    unsigned: list[str] = field(default_factory=list)


@contextmanager
def running_store() -> Iterator[ObjectStore]:
    """Run a store on a free port of this machine."""
    store = ObjectStore()
    handler = type("Handler", (_Handler,), {"store": store})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        store.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield store
        server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    store: ObjectStore
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        content, query = self._begin()
        if "uploadId" in query:
            self.store.parts[query["uploadId"][0]][int(query["partNumber"][0])] = content
        else:
            self.store.objects[self._key()] = content
        self._answer(200, etag=hashlib.md5(content, usedforsecurity=False).hexdigest())

    def do_POST(self) -> None:
        content, query = self._begin()
        if "delete" in query:
            for key in re.findall(r"<Key>([^<]*)</Key>", content.decode()):
                self.store.objects.pop(f"{self._key()}/{key}", None)
            text = "<DeleteResult><Deleted><Key>gone</Key></Deleted></DeleteResult>"
        elif "uploads" in query:
            upload = str(len(self.store.parts) + 1)
            self.store.parts[upload] = {}
            text = f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
        else:
            parts = self.store.parts.pop(query["uploadId"][0])
            self.store.objects[self._key()] = b"".join(parts[number] for number in sorted(parts))
            text = '<CompleteMultipartUploadResult><ETag>"whole"</ETag></CompleteMultipartUploadResult>'
        self._answer(200, text.encode())

    def do_GET(self) -> None:
        self._begin()
        content = self.store.objects.get(self._key())
        if content is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if wanted:
            first, last = int(wanted[1]), int(wanted[2] or len(content) - 1)
            self._answer(206, content[first : last + 1], range_of=f"bytes {first}-{last}/{len(content)}")
        else:
            self._answer(200, content)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).lstrip("/")

    def _begin(self) -> tuple[bytes, dict[str, list[str]]]:
        if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 Credential=key/"):
            self.store.unsigned.append(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return content, parse_qs(urlsplit(self.path).query, keep_blank_values=True)

    def _answer(self, status: int, content: bytes = b"", *, etag: str = "etag", range_of: str = "") -> None:
        self.send_response(status)
        self.send_header("ETag", f'"{etag}"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        if range_of:
            self.send_header("Content-Range", range_of)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
