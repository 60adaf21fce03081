"""Hears the webhooks of the app, where its address at Intuit leads to this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from types import TracebackType
from typing import Any, Self

from sync.quickbooks.webhooks import (
    SIGNATURE_HEADER,
    NotANotification,
    Notice,
    is_signed,
    notices_in,
)

LARGEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Heard:
    """One signed notification about the company."""

    content_type: str
    is_list: bool
    notices: list[Notice]


class Listener:
    """A small server for the time of a probe; what is not signed is refused and not kept."""

    def __init__(self, port: int, realm_id: str, host: str = "127.0.0.1") -> None:
        self.heard: list[Heard] = []
        self._realm_id = realm_id
        self._news = Condition()
        self._server = ThreadingHTTPServer((host, port), self._handler())
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, name="webhooks", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, is_it: Callable[[Notice], bool], seconds: float) -> bool:
        """Wait until such a change was told, at most so long; say whether it was."""
        with self._news:
            return self._news.wait_for(lambda: self.told(is_it), seconds)

    def told(self, is_it: Callable[[Notice], bool]) -> bool:
        """Whether such a change was told already."""
        return any(is_it(notice) for each in self.heard for notice in each.notices)

    def take(self, content_type: str, body: bytes, signature: str) -> int:
        """Keep a notification, and return the status that it is answered with."""
        if not is_signed(body, signature):
            return 401
        try:
            notices = [each for each in notices_in(body) if each.realm_id == self._realm_id]
        except NotANotification:
            notices = []
        if notices:
            is_list = body.lstrip().startswith(b"[")
            with self._news:
                self.heard.append(Heard(content_type, is_list, notices))
                self._news.notify_all()
        return 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = min(int(self.headers.get("Content-Length") or 0), LARGEST)
                said = self.headers.get("Content-Type", "")
                signature = self.headers.get(SIGNATURE_HEADER, "")
                self.send_response(listener.take(said, self.rfile.read(length), signature))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Say nothing: an address could be in it."""

        return Handler
