"""A page that changes → a server on this machine alone, whose visitors' browsers show the newest by themselves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lrviz.errors import LrvizError

HOST = "127.0.0.1"
PORT = 8765  # where none is asked for; if it is taken, any free one
# Asks now and then whether there is something new; a server that has gone is waited for.
RELOADING = """
(() => {
  let shown = null;
  const look = async () => {
    try {
      const version = await (await fetch("/version", {cache: "no-store"})).text();
      if (shown !== null && version !== shown) location.reload();
      shown = version;
    } catch (gone) {}
    setTimeout(look, 400);
  };
  look();
})();
"""


class Page:
    """The newest page, and how many there have been."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._html, self._version = b"", 0

    def show(self, html: str) -> None:
        """Put a page in the place of the last."""
        with self._lock:
            self._html, self._version = html.encode(), self._version + 1

    def now(self) -> tuple[bytes, int]:
        """Tell the newest page and its number."""
        with self._lock:
            return self._html, self._version


@contextmanager
def serving(page: Page, port: int | None = None) -> Iterator[str]:
    """Serve a page while something else is done; yield its address.

    Args:
        page: what is served.
        port: where; None: PORT, or a free one if that is taken.

    Raises:
        LrvizError: if the port that is asked for is taken.
    """
    server = _server(page, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def _server(page: Page, port: int | None) -> ThreadingHTTPServer:
    try:
        return ThreadingHTTPServer((HOST, PORT if port is None else port), _handler(page))
    except OSError as error:
        if port is not None:
            raise LrvizError(
                f"--port {port}: {error.strerror}; leave it out, and a free one is taken"
            ) from error
    return ThreadingHTTPServer((HOST, 0), _handler(page))


def _handler(page: Page) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers with the page, and with its number."""

        server_version, sys_version = "lrviz", ""

        def do_GET(self) -> None:
            """Answer a visitor of this machine."""
            html, version = page.now()
            if not self._own():
                self._answer(403, "text/plain", b"this page is for 127.0.0.1 alone\n")
            elif self.path == "/":
                self._answer(200, "text/html", html)
            elif self.path == "/favicon.ico":  # which browsers ask for unasked
                self._answer(204, "text/plain", b"")
            elif self.path == "/version":
                self._answer(200, "text/plain", str(version).encode())
            else:
                self._answer(404, "text/plain", b"there is / and /version\n")

        def _own(self) -> bool:
            # A page from elsewhere whose name leads here (DNS rebinding) says its own name.
            host = (self.headers.get("Host") or "").rpartition(":")[0]
            return host in (HOST, "localhost")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: the terminal shows the curves."""

    return Handler
