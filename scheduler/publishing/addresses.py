"""Where each recipient is reached: kept addresses, the registry's as a substitute, paper for whom nothing reaches.

The inbox reaches everybody who has an account. Knows no notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from sqlmodel import Session, col, select

from data.enums import Channel, RecipientKind, Role
from data.models import Contact, Enterprise, Officer, Organisation, Told, User
from scheduler.accounts import CODE_ACCOUNT
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.errors import Fault, InvalidError, NotFoundError
from scheduler.permissions import Actor
from scheduler.planning.drafts import chunks

Recipient: TypeAlias = tuple[RecipientKind, int]
Addresses: TypeAlias = Mapping[Recipient, Mapping[Channel, str]]
LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """On which channels notices are written now, where the pages are that letters lead to, and the key of the codes
    that open them; without a key letters carry none."""

    channels: frozenset[Channel]
    base_url: str = ""
    key: str = field(default="", repr=False)


INBOX_ONLY: Final = Ways(channels=frozenset({Channel.INBOX}))
OUTSIDE: Final = (Channel.EMAIL, Channel.GATEWAY, Channel.PRINT)
MASKED_ENDS: Final = 2
_TABLES: Final[Mapping[RecipientKind, Any]] = {
    RecipientKind.ENTERPRISE: Enterprise,
    RecipientKind.ORGANISATION: Organisation,
    RecipientKind.OFFICER: Officer,
}


def read_addresses(session: Session, recipients: Iterable[Recipient], channels: frozenset[Channel]) -> Addresses:
    """Recipient -> channel -> address, for the open channels; the inbox (address "") always.

    An enterprise without an own address is written to at that of the registry; one that neither account nor address
    reaches gets paper, when paper is an open channel.
    """
    wanted = sorted(set(recipients))
    found: dict[Recipient, dict[Channel, str]] = {one: {Channel.INBOX: ""} for one in wanted}
    outside = channels & set(OUTSIDE)
    if not outside:
        return found
    _add_contacts(session, found, outside)
    firms = [number for kind, number in wanted if kind is RecipientKind.ENTERPRISE]
    readers = readers_among(session, firms)
    for row in _enterprises(session, firms):
        own = found[RecipientKind.ENTERPRISE, row.id or 0]
        _add_registry(own, row, outside)
        if Channel.PRINT in outside and len(own) == 1 and row.id not in readers:
            own[Channel.PRINT] = row.contact_name
    return found


def _add_contacts(session: Session, found: dict[Recipient, dict[Channel, str]], channels: frozenset[Channel]) -> None:
    statement = select(Contact).where(col(Contact.active), col(Contact.channel).in_(channels))
    for row in session.exec(statement.order_by(col(Contact.id))):
        own = found.get((row.recipient_kind, row.recipient_id))
        if own is not None:
            own[row.channel] = row.address


def _add_registry(own: dict[Channel, str], row: Enterprise, channels: frozenset[Channel]) -> None:
    for channel, address in ((Channel.EMAIL, row.contact_email), (Channel.GATEWAY, row.contact_phone)):
        if channel in channels and address:
            own.setdefault(channel, address)


def _enterprises(session: Session, ids: Sequence[int]) -> list[Enterprise]:
    return [row for part in chunks(ids) for row in session.exec(select(Enterprise).where(col(Enterprise.id).in_(part)))]


def readers_among(session: Session, enterprises: Sequence[int]) -> set[int | None]:
    """Those enterprises that have an account to read their inbox with; one that a notice's code opens is none:
    who has no other reads what is new on the next notice.
    """
    return {
        number
        for part in chunks(enterprises)
        for number in session.exec(
            select(col(User.enterprise_id)).where(
                User.role == Role.ENTERPRISE,
                col(User.active),
                col(User.enterprise_id).in_(part),
                ~col(User.username).startswith(CODE_ACCOUNT),
            )
        )
    }


def recipient_names(session: Session, recipients: Iterable[Recipient]) -> dict[Recipient, str]:
    """What recipients are called."""
    return {one: row.name for one, row in _rows(session, recipients).items()}


def recipient_keys(session: Session, recipients: Iterable[Recipient]) -> dict[Recipient, str]:
    """By what an address calls recipients: their public id, organisations by their code."""
    return {
        (kind, number): row.code if kind is RecipientKind.ORGANISATION else row.uid
        for (kind, number), row in _rows(session, recipients).items()
    }


def _rows(session: Session, recipients: Iterable[Recipient]) -> dict[Recipient, Any]:
    """The rows of recipients, with one query a kind and chunk; unknown ones are absent."""
    by_kind: dict[RecipientKind, set[int]] = {}
    for kind, number in recipients:
        by_kind.setdefault(kind, set()).add(number)
    return {
        (kind, row.id or 0): row
        for kind, numbers in by_kind.items()
        for part in chunks(sorted(numbers))
        for row in session.exec(select(_TABLES[kind]).where(col(_TABLES[kind].id).in_(part)))
    }


def list_contacts(session: Session, recipient: Recipient) -> list[Contact]:
    """The kept addresses of a recipient, by channel."""
    kind, number = recipient
    statement = select(Contact).where(Contact.recipient_kind == kind, Contact.recipient_id == number)
    return list(session.exec(statement.order_by(col(Contact.channel), col(Contact.id))))


def find_recipient(session: Session, kind: RecipientKind, uid: str) -> Recipient:
    """The recipient with a public id; organisations are called by their code. Raises NotFoundError."""
    table = _TABLES[kind]
    key = col(Organisation.code) if table is Organisation else col(table.uid)
    row = session.exec(select(table).where(key == uid)).first()
    if row is None:
        raise NotFoundError(str(kind), uid)
    return kind, row.id or 0


def set_contact(
    session: Session, clock: Clock, actor: Actor, recipient: Recipient, *, channel: Channel, address: str
) -> Contact | None:
    """Keep an address; an empty one takes it away. What the recipient knows from the inbox it knows here too.

    Raises InvalidError for an address that cannot be one of the channel.
    """
    text = address.strip()
    _refuse_address(channel, text)
    kind, number = recipient
    kept = next((row for row in list_contacts(session, recipient) if row.channel is channel), None)
    before = mask(kept.address) if kept and kept.active else ""
    if not text and kept is None:
        return None
    row = kept or Contact(recipient_kind=kind, recipient_id=number, channel=channel, address="")  # type: ignore[call-arg]
    row.address, row.active = text or row.address, bool(text)
    row.changed_by_id, row.changed_at = actor.user_id, clock.now()
    session.add(row)
    session.flush()
    _tell_of_the_past(session, recipient, channel)
    after = {"channel": str(channel), "address": mask(text)}
    record(
        session, clock, actor, "contact.set", entity="contact", entity_uid=row.uid,
        before={"address": before}, after=after,
    )  # fmt: skip
    return row


def _refuse_address(channel: Channel, text: str) -> None:
    if channel is Channel.INBOX:
        raise InvalidError(Fault(field="channel", code="no_address_needed"))
    bad_mail = channel is Channel.EMAIL and (text.count("@") != 1 or text.startswith("@") or text.endswith("@"))
    if text and (bad_mail or not text.isprintable() or len(text) > LONGEST):
        raise InvalidError(Fault(field="address", code="bad_address"))


def _tell_of_the_past(session: Session, recipient: Recipient, channel: Channel) -> None:
    """A new channel starts from what was told in the inbox: the next release says what changes, not everything anew."""
    kind, number = recipient
    own = (Told.recipient_kind == kind, Told.recipient_id == number)
    known = set(session.exec(select(col(Told.visit_uid)).where(*own, Told.channel == channel)))
    for row in session.exec(select(Told).where(*own, Told.channel == Channel.INBOX)).all():
        if row.visit_uid not in known:
            session.add(Told(**row.model_dump(exclude={"id", "channel"}), channel=channel))
    session.flush()


def mask(address: str) -> str:
    """An address that can be recognised but not used: the ends of it, the rest as stars."""
    name, at, domain = address.partition("@")
    if len(name) <= 2 * MASKED_ENDS:
        return (name[:1] + "***" if name else "") + at + domain
    return f"{name[:MASKED_ENDS]}***{name[-MASKED_ENDS:]}{at}{domain}"
