"""Serve the two APIs on a port of this machine, from the standard library alone."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

from synthseed.testing.protocol import Refused, asked, wrapped
from synthseed.testing.replies import reply_to
from synthseed.testing.scripts import Answering, Asked, Fault, Received, Reply, Speaker

_LARGEST = 16_000_000  # bytes of a request


class ModelServer:
    """Answer like a model's API, in a `with` block, from threads of its own.

    Attributes:
        base_url: What to configure: `http://127.0.0.1:PORT/v1`.
        requests: What came, in its order.
    """

    def __init__(
        self,
        reply: str | Reply | Fault | Speaker | None = None,
        *,
        script: Iterable[Answering] = (),
        without: Collection[str] = (),
        key: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Describe a server; it listens from `start` on, which a `with` block calls.

        Args:
            reply: What it answers: a text, an answer, or a function of what is asked; None: a plain plan for the prompt's tables.
            script: What it answers first, one entry per request in the order in which they come; None in it: `reply`.
            without: What it does not know: `responses`, `json_schema`, `json_object`, or the names of parameters.
            key: Key that it wants; None: none.
            host: Address to listen on.
            port: Port to listen on; 0: any that is free.
        """
        self._reply, self._script, self._key = reply, list(script), key
        self._without, self._address = frozenset(without), (host, port)
        self._lock, self._closing = Lock(), Event()
        self._server: ThreadingHTTPServer | None = None
        self.requests: list[Received] = []

    @property
    def base_url(self) -> str:
        """Return the URL to configure."""
        assert self._server is not None, "the server is not started"
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}/v1"

    def start(self) -> ModelServer:
        """Listen."""
        handler = type("Handler", (_Handler,), {"model": self})
        self._server = server = ThreadingHTTPServer(self._address, handler)
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True, name="synthseed model server").start()
        return self

    def close(self) -> None:
        """Stop listening; answers that are being delayed end."""
        self._closing.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def __enter__(self) -> ModelServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait(self, seconds: float) -> bool:
        """Wait; return True at once when the server closes."""
        return self._closing.wait(seconds)

    def answered(self, received: Received) -> Fault:
        """Return the answer to a request."""
        with self._lock:
            self.requests.append(received)
            number = len(self.requests)
            scripted = self._script.pop(0) if self._script else None
        if isinstance(scripted, Fault):
            return scripted
        if self._key is not None and received.headers.get("authorization") != f"Bearer {self._key}":
            return Fault(
                401, {"error": {"message": "Incorrect API key provided.", "type": "invalid_request_error", "code": "invalid_api_key"}}
            )
        try:
            question = asked(received.path, received.body, self._without)
        except Refused as refused:
            return Fault(refused.status, {"error": refused.error})
        said = scripted if scripted is not None else self._said(question)
        if isinstance(said, Fault):
            return said
        reply = said if isinstance(said, Reply) else Reply(said if isinstance(said, str) else reply_to(question))
        return Fault(200, wrapped(received.path, question, reply, number))

    def _said(self, question: Asked) -> Answering:
        return self._reply(question) if callable(self._reply) else self._reply


class _Handler(BaseHTTPRequestHandler):
    """Read one request after the other from a connection."""

    model: ModelServer
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self) -> None:
        """Answer a request of either API."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LARGEST:
            self._send(Fault(411, {"error": {"message": "A Content-Length is needed.", "type": "invalid_request_error"}}))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.model.answered(Received(self.path, headers, _object(self.rfile.read(int(length))))))

    def do_GET(self) -> None:
        """Answer `GET /v1/models`, which clients use to see whether a server is there."""
        known = self.path == "/v1/models"
        found: dict[str, Any] = {"object": "list", "data": [{"id": "synthseed-testing", "object": "model"}]}
        self._send(Fault(200, found) if known else Fault(404, {"error": {"message": "Invalid URL", "type": "invalid_request_error"}}))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the requests are recorded."""

    def _send(self, fault: Fault) -> None:
        with suppress(ConnectionError, TimeoutError):
            if fault.delay:
                self.model.wait(fault.delay)
            if fault.hang_up:
                self.close_connection = True
                return
            content, kind = _bytes(fault)
            self.send_response(fault.status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **fault.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self._send_body(content, fault)

    def _send_body(self, content: bytes, fault: Fault) -> None:
        sent = content if fault.cut is None else content[: fault.cut]
        if fault.drip:
            for at in range(len(sent)):
                if self.model.wait(fault.drip):
                    break
                self.wfile.write(sent[at : at + 1])
                self.wfile.flush()
        else:
            self.wfile.write(sent)
        if fault.cut is not None or fault.drip:
            self.close_connection = True


def _bytes(fault: Fault) -> tuple[bytes, str]:
    if isinstance(fault.body, bytes):
        return fault.body, "application/json"
    if isinstance(fault.body, str):
        return fault.body.encode(), "text/html" if fault.body.lstrip().startswith("<") else "application/json"
    return json.dumps(fault.body).encode(), "application/json"


def _object(content: bytes) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        read = json.loads(content)
        if isinstance(read, dict):
            return read
    return {}
