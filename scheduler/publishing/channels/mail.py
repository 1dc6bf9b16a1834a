"""E-mail through one SMTP server (RFC 5321, 5322): one connection a letter, the key as Message-ID."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum

from scheduler.config import Settings
from scheduler.publishing.calendar_words import one_line
from scheduler.publishing.channels.letter import Letter, Receipt, RefusedError, UnreachableError

PERMANENT = range(500, 600)


class MailSecurity(StrEnum):
    """How the connection to the server is protected; NONE is for a server on this machine."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailer:
    """A server, an account there, and the address that letters come from."""

    host: str
    port: int
    sender: str
    domain: str
    user: str = ""
    password: str = ""
    security: MailSecurity = MailSecurity.STARTTLS
    seconds: float = 10.0

    @classmethod
    def of(cls, settings: Settings) -> Mailer:
        return cls(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.smtp_sender or f"onedoor@{settings.host_name}",
            domain=settings.host_name,
            user=settings.smtp_user,
            password=settings.smtp_password,
            security=MailSecurity(settings.smtp_security),
            seconds=settings.channel_seconds,
        )

    def send(self, letter: Letter) -> Receipt:
        message = self.message(letter)
        try:
            with self._connect() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message, to_addrs=[letter.address])
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            raise _failure(code, answer) from error
        except smtplib.SMTPResponseException as error:
            raise _failure(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            refused = isinstance(error, ConnectionRefusedError)
            raise UnreachableError(answer=type(error).__name__, sure=refused) from error
        return Receipt(reference=str(message["Message-ID"]))

    def message(self, letter: Letter) -> EmailMessage:
        """Write the letter. What a person typed stays in its header: line breaks become blanks.

        Raises RefusedError for an address that is none.
        """
        message = EmailMessage(policy=SMTP)
        message["From"] = self.sender
        message["To"] = _address(letter.address)
        message["Subject"] = one_line([letter.subject])
        message["Date"] = letter.created_at
        # The same at every attempt: many servers and programs show a repeated Message-ID only once.
        message["Message-ID"] = f"<{hashlib.sha256(letter.key.encode()).hexdigest()[:40]}@{self.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text, cte="base64")
        return message

    def _connect(self) -> smtplib.SMTP:
        if self.security is MailSecurity.TLS:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.seconds, context=ssl.create_default_context())
        server = smtplib.SMTP(self.host, self.port, timeout=self.seconds)
        if self.security is MailSecurity.STARTTLS:
            server.starttls(context=ssl.create_default_context())
        return server


def _address(text: str) -> Address:
    try:
        return Address(addr_spec=text)
    except (ValueError, IndexError) as error:
        raise RefusedError(answer="bad_address") from error


def _failure(code: int, answer: bytes | str) -> RefusedError | UnreachableError:
    said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    text = one_line([f"{code} {said}"])[:200]
    return RefusedError(answer=text) if code in PERMANENT else UnreachableError(answer=text, sure=True)
