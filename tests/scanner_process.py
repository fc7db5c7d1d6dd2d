"""A scanner that speaks as clamd does and knows the test text of all scanners (EICAR).

Run ``python -m tests.scanner_process PORT SOCKET``.
"""

from __future__ import annotations

import socketserver
import sys
import threading

from banyan.core.files.scanning import harmless_test

MOST_BYTES = 50 * 1024 * 1024


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zVERSION\0":
            self.wfile.write(b"ClamAV 0.0 of the tests\0")
        elif command == b"zINSTREAM\0":
            self.wfile.write(self._judged() + b"\0")
        else:
            self.wfile.write(b"UNKNOWN COMMAND\0")

    def _judged(self) -> bytes:
        content = b""
        while size := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(size)
            if len(content) > MOST_BYTES:
                return b"INSTREAM size limit exceeded. ERROR"
        return b"stream: Test-Of-All-Scanners.UNOFFICIAL FOUND" if harmless_test() in content else b"stream: OK"


class _Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


def main() -> None:
    """Serve at a port and at a socket until the process is ended."""
    beside = socketserver.ThreadingUnixStreamServer(sys.argv[2], _Conversation)
    threading.Thread(target=beside.serve_forever, daemon=True).start()
    _Tcp(("127.0.0.1", int(sys.argv[1])), _Conversation).serve_forever()


if __name__ == "__main__":
    main()
