"""A signed POST to an allowed address, and how its answer is judged: the way to every other program.

Headers: `Idempotency-Key` (the same at every attempt of the same body), `OneDoor-Timestamp` (Unix seconds) and
`OneDoor-Signature`: the HMAC-SHA256, in hex, of timestamp, a full stop and the body under the shared secret. Any 2xx is
a yes; 408, 425, 429 and 5xx are tried again; every other answer, also a redirect, is a no for ever.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from scheduler.publishing.channels.letter import RefusedError, UnreachableError

SUCCESS: Final = range(200, 300)
SERVER_FAULTS: Final = range(500, 600)
TRY_AGAIN: Final = frozenset({408, 425, 429})
SURELY_NOT: Final = frozenset({425, 429, 503})
LONGEST_ANSWER: Final = 4096
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is sent, and under which key. `body`: JSON."""

    url: str
    secret: str
    key: str
    body: bytes
    seconds: float


def send(call: Call) -> str:
    """Make the call; returns the `reference` of the answer, "" for none.

    Raises RefusedError (never again) or UnreachableError (try again; `sure` when it was surely not taken).
    """
    try:
        status, answer = _post(urlsplit(call.url), call)
    except (OSError, http.client.HTTPException) as error:
        # It may have taken the body before the line broke: the key lets it tell the next attempt.
        refused = isinstance(error, ConnectionRefusedError)
        raise UnreachableError(answer=type(error).__name__, sure=refused) from error
    if status in SUCCESS:
        return _reference(answer)
    if status in TRY_AGAIN or status in SERVER_FAULTS:
        raise UnreachableError(answer=f"HTTP {status}", sure=status in SURELY_NOT)
    raise RefusedError(answer=f"HTTP {status}")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What stands in OneDoor-Signature; a receiver computes the same and refuses old timestamps."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def is_allowed(url: str, allowed: str) -> bool:
    """Whether `url` is https (http on this machine) on a host of the comma-separated list, and nothing more (X-15)."""
    try:
        parts = urlsplit(url)
        # Asked for here: a port that is no number fails only when it is looked at.
        _ = parts.port
    except ValueError:
        return False
    hosts = {name.strip().lower() for name in allowed.split(",") if name.strip()}
    host = (parts.hostname or "").lower()
    plain = parts.scheme == "http" and host in LOOPBACK
    secure = parts.scheme == "https" or plain
    return host in hosts and secure and not (parts.username or parts.query or parts.fragment)


def _headers(call: Call) -> Mapping[str, str]:
    timestamp = str(int(time.time()))
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": call.key,
        "OneDoor-Timestamp": timestamp,
        "OneDoor-Signature": signature(call.secret, timestamp, call.body),
    }


def _post(parts: SplitResult, call: Call) -> tuple[int, bytes]:
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=call.seconds)
    try:
        # http.client follows no redirects: a host that is not allowed is never asked.
        connection.request("POST", parts.path or "/", body=call.body, headers=dict(_headers(call)))
        answer = connection.getresponse()
        return answer.status, answer.read(LONGEST_ANSWER)
    finally:
        connection.close()


def _reference(answer: bytes) -> str:
    try:
        found = json.loads(answer)
    except ValueError:
        return ""
    return str(found.get("reference", ""))[:200] if isinstance(found, dict) else ""
