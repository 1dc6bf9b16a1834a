"""A gateway for the tests: a real HTTP server that logs every raw call, knows keys, and can be made to misbehave."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from scheduler.publishing.channels.signed_calls import signature

SECRET = "a shared secret of the gateway, for tests only"


@dataclass(slots=True)
class FakeGateway:
    """`status`: what is answered; `delay`: seconds before; `drop`: take the letter, then break the line;
    `meanwhile`: done while the caller waits."""

    url: str = ""
    status: int = 200
    delay: float = 0.0
    drop: bool = False
    location: str = ""
    secret: str = SECRET
    calls: list[tuple[str, str, float]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    bad_signatures: int = 0
    log: Path | None = None
    meanwhile: Callable[[], object] = lambda: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def keys(self) -> list[str]:
        """The key of every raw call, in order."""
        return [key for key, _, _ in self.calls]

    def note(self, key: str, body: bytes, *, signed: bool) -> None:
        with self.lock:
            document = json.loads(body)
            self.calls.append((key, document.get("address", ""), time.monotonic()))
            self.bodies.append(document)
            self.raw.append(body)
            self.bad_signatures += not signed
            if self.log is not None:
                with self.log.open("a", encoding="utf-8") as file:
                    file.write(key + "\n")


@contextmanager
def running_gateway(**values: Any) -> Iterator[FakeGateway]:
    """Serve on a free port of this machine."""
    fake = FakeGateway(**values)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stamp = self.headers["OneDoor-Timestamp"]
            signed = self.headers["OneDoor-Signature"] == signature(fake.secret, stamp, body)
            fake.note(self.headers["Idempotency-Key"], body, signed=signed)
            fake.meanwhile()
            time.sleep(fake.delay)
            if fake.drop:
                self.connection.close()
                return
            answer = json.dumps({"reference": f"ref-{len(fake.calls)}"}).encode()
            self.send_response(fake.status)
            if fake.location:
                self.send_header("Location", fake.location)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    fake.url = f"http://127.0.0.1:{server.server_address[1]}/letters"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
