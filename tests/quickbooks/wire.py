"""A server that is only a socket, so that a test decides each byte and when it comes."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from contextlib import contextmanager

from sync.quickbooks.transport import Config

Play = Callable[[socket.socket, bytes], bool]


def config_for(port: int, *, deadline: float = 5.0) -> Config:
    origin = f"http://127.0.0.1:{port}"
    return Config(
        environment="simulator",
        client_id="client",
        client_secret="secret-of-the-app",
        discovery_url=f"{origin}/.well-known/openid_configuration",
        api_url=f"{origin}/v3",
        redirect_uri=f"{origin}/callback/",
        send_deadline=deadline,
        connect_timeout=2.0,
    )


def http(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def answers(*raw: bytes) -> Play:
    """Gives the answers in turn, the last one for ever, and keeps the connection."""
    left = list(raw)

    def play(connection: socket.socket, _request: bytes) -> bool:
        connection.sendall(left.pop(0) if len(left) > 1 else left[0])
        return True

    return play


class Wire:
    """Hands each whole request to `play`, which writes what it likes; False hangs up."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.requests: list[bytes] = []
        self.connections = 0
        self.hung_up = threading.Event()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            connection.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            while request := _read_request(connection):
                self.requests.append(request)
                if not self.play(connection, request):
                    break
        except OSError:
            pass
        finally:
            connection.close()
            self.hung_up.set()


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(body) < int(length[1]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def wire(play: Play):
    server = Wire(play)
    try:
        yield server
    finally:
        server.stop()
