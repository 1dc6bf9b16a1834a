"""A web hook to whoever sends SMS or government messages: one signed POST a letter (see `signed_calls`).

The body is JSON: key, address, subject, text, created_at (ISO, UTC); the `reference` of the answer is kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from scheduler.config import Settings, SettingsError
from scheduler.publishing.channels.letter import Letter, Receipt
from scheduler.publishing.channels.signed_calls import Call, is_allowed, send


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
        call = Call(url=self.url, secret=self.secret, key=letter.key, body=_body(letter), seconds=self.seconds)
        return Receipt(reference=send(call))


def check_address(url: str, allowed: str) -> None:
    """Raises SettingsError unless the address may be called."""
    if not is_allowed(url, allowed):
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
