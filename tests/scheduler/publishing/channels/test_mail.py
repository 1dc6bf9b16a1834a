"""E-mail against a real SMTP server: what arrives, what is refused for ever, what is tried again (X-11)."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from scheduler.publishing.channels.letter import Letter, RefusedError, UnreachableError
from scheduler.publishing.channels.mail import Mailer, MailSecurity

KEY = "release:1:enterprise:7:email"


class Postman:
    """What the server does with a letter: keeps it, or answers with `refusal`."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.refusal = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 -- named by the library
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- named by the library
        self.letters.append(email.message_from_bytes(envelope.content, policy=default))
        self.recipients.append(envelope.rcpt_tos)
        return "250 taken"


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
def mailer(postman: Postman) -> Iterator[Mailer]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(postman, hostname="127.0.0.1", port=port)
    controller.start()
    yield Mailer(
        host="127.0.0.1", port=port, sender="onedoor@example.org", domain="example.org", security=MailSecurity.NONE
    )
    controller.stop()


def _letter(**values: str) -> Letter:
    words = {"key": KEY, "address": "firm@example.org", "subject": "行政检查安排通知", "text": "甲公司：\n安排检查"}
    return Letter(**words | values, created_at=datetime(2026, 2, 26, 1, 0, tzinfo=UTC))


def test_letter_arrives_in_chinese_with_the_key_as_its_id(mailer: Mailer, postman: Postman) -> None:
    receipt = mailer.send(_letter())
    mailer.send(_letter())
    (first, again) = postman.letters
    assert first["Subject"] == "行政检查安排通知"
    assert first.get_content().splitlines() == ["甲公司：", "安排检查"]
    assert (postman.recipients[0], first["To"]) == (["firm@example.org"], "firm@example.org")
    assert first["Message-ID"] == again["Message-ID"] == receipt.reference


def test_line_breaks_in_words_make_no_header(mailer: Mailer, postman: Postman) -> None:
    mailer.send(_letter(subject="通知\r\nBcc: thief@example.org", text="x\r\n.\r\nRCPT TO:<thief@example.org>"))
    (letter,) = postman.letters
    assert letter["Bcc"] is None
    assert postman.recipients == [["firm@example.org"]]


@pytest.mark.parametrize("address", ["a@b\r\nBcc: c@d", "nobody", "", "a@b, c@d"])
def test_address_that_is_none_is_refused_for_ever(mailer: Mailer, postman: Postman, address: str) -> None:
    with pytest.raises(RefusedError):
        mailer.send(_letter(address=address))
    assert postman.letters == []


def test_server_that_knows_no_such_mailbox_refuses_for_ever(mailer: Mailer, postman: Postman) -> None:
    postman.refusal = "550 no such mailbox"
    with pytest.raises(RefusedError) as caught:
        mailer.send(_letter())
    assert "550" in str(caught.value.params["answer"])


def test_server_that_is_busy_is_tried_again(mailer: Mailer, postman: Postman) -> None:
    postman.refusal = "451 try again later"
    with pytest.raises(UnreachableError) as caught:
        mailer.send(_letter())
    assert caught.value.sure


def test_server_that_is_away_is_tried_again() -> None:
    mailer = Mailer(host="127.0.0.1", port=1, sender="a@b.org", domain="b.org", security=MailSecurity.NONE)
    with pytest.raises(UnreachableError) as caught:
        mailer.send(_letter())
    assert caught.value.sure
