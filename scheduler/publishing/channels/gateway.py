"""A web hook to whoever sends SMS or government messages: one signed POST a letter.

The body is JSON: key, address, subject, text, created_at (ISO, UTC). Headers: `Idempotency-Key` (the letter's key, the
same at every attempt), `OneDoor-Timestamp` (Unix seconds) and `OneDoor-Signature`: the HMAC-SHA256, in hex, of
timestamp, a full stop and the body under the shared secret. Any 2xx is a yes, its `reference` is kept; 408, 425, 429
and 5xx are tried again; every other answer, also a redirect, is a no for ever.
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

from scheduler.config import Settings, SettingsError
from scheduler.publishing.channels.letter import Letter, Receipt, RefusedError, UnreachableError

SUCCESS: Final = range(200, 300)
SERVER_FAULTS: Final = range(500, 600)
TRY_AGAIN: Final = frozenset({408, 425, 429})
SURELY_NOT: Final = frozenset({425, 429, 503})
LONGEST_ANSWER: Final = 4096
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """An address on an allowed host, and the secret that both sides know."""

    url: str
    secret: str
    seconds: float = 10.0

    @classmethod
    def of(cls, settings: Settings) -> Gateway:
        """Raises SettingsError for an address whose host is not allowed or that is not https (but on this machine)."""
        check_address(settings.gateway_url, settings.gateway_hosts)
        return cls(url=settings.gateway_url, secret=settings.gateway_secret, seconds=settings.channel_seconds)

    def send(self, letter: Letter) -> Receipt:
        body = _body(letter)
        try:
            status, answer = self._post(urlsplit(self.url), body, self._headers(letter, body))
        except (OSError, http.client.HTTPException) as error:
            # It may have taken the letter before the line broke: the key lets it tell the next attempt.
            refused = isinstance(error, ConnectionRefusedError)
            raise UnreachableError(answer=type(error).__name__, sure=refused) from error
        if status in SUCCESS:
            return Receipt(reference=_reference(answer))
        if status in TRY_AGAIN or status in SERVER_FAULTS:
            raise UnreachableError(answer=f"HTTP {status}", sure=status in SURELY_NOT)
        raise RefusedError(answer=f"HTTP {status}")

    def _headers(self, letter: Letter, body: bytes) -> dict[str, str]:
        timestamp = str(int(time.time()))
        return {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": letter.key,
            "OneDoor-Timestamp": timestamp,
            "OneDoor-Signature": signature(self.secret, timestamp, body),
        }

    def _post(self, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.seconds)
        try:
            # http.client follows no redirects: a host that is not allowed is never asked.
            connection.request("POST", parts.path or "/", body=body, headers=dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read(LONGEST_ANSWER)
        finally:
            connection.close()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What stands in OneDoor-Signature; a receiver computes the same and refuses old timestamps."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def check_address(url: str, allowed: str) -> None:
    """Raises SettingsError unless `url` is https (http on this machine) on a host of the comma-separated list."""
    parts = urlsplit(url)
    hosts = {name.strip().lower() for name in allowed.split(",") if name.strip()}
    host = (parts.hostname or "").lower()
    plain = parts.scheme == "http" and host in LOOPBACK
    if host not in hosts or not (parts.scheme == "https" or plain) or parts.username or parts.query or parts.fragment:
        raise SettingsError(name="ONEDOOR_GATEWAY_URL", value=url)


def _body(letter: Letter) -> bytes:
    document = {
        "key": letter.key,
        "address": letter.address,
        "subject": letter.subject,
        "text": letter.text,
        "created_at": letter.created_at.isoformat(),
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode()


def _reference(answer: bytes) -> str:
    try:
        found = json.loads(answer)
    except ValueError:
        return ""
    return str(found.get("reference", ""))[:200] if isinstance(found, dict) else ""
