"""Publication: approvals bound to a draft's hash, sealed releases, what each recipient was told, notices, feeds."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import ApprovalStatus, Channel, FeedScope, NoticeKind, OutboxState, RecipientKind
from data.models.columns import check, enum_field, fk, json_field, text_field, uid_field, utc_field


class Approval(SQLModel, table=True):
    """Leave to publish one draft, known by its hash, at a time. An edit of the draft voids it.

    `reason`: why something is moved or cancelled so shortly before it; asked for inside the lead time.
    """

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    round_id: int = fk("round.id")
    draft_hash: str = Field(max_length=64)
    draft_version: int
    status: ApprovalStatus = enum_field(ApprovalStatus, default=ApprovalStatus.WAITING, index=True)
    approved_by_id: int = fk("user.id")
    approved_at: datetime = utc_field()
    publish_at: datetime = utc_field()
    comment: str = text_field(default="")
    reason: str = text_field(default="")
    blocked_by: list[Any] = json_field(default_factory=list)


class Release(SQLModel, table=True):
    """A sealed, numbered release of a round. Rows are only ever added; a trigger refuses changes.

    `content_hash`: SHA-256 of the canonical JSON of its visits, sorted by uid.
    `late_seconds`: how long after `publish_at` it was sealed.
    """

    __table_args__ = (check("late", "late_seconds >= 0"),)

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    number: int = Field(unique=True)
    parent_number: int | None = None
    round_id: int = fk("round.id")
    approval_id: int = Field(foreign_key="approval.id", unique=True)
    content_hash: str = Field(max_length=64)
    proposal_hash: str = Field(default="", max_length=64)
    approved_by_id: int = fk("user.id")
    publish_at: datetime = utc_field()
    sealed_at: datetime = utc_field()
    late_seconds: int
    comment: str = text_field(default="")
    figures: dict[str, Any] = json_field(default_factory=dict)


class ReleaseVisit(SQLModel, table=True):
    """A visit as released. `body`: canonical JSON of all of it; `public_hash`: of what the enterprise may see;
    `roster_hash`: of what its officers see. `hidden`: unannounced, shown to no enterprise before check-in."""

    __table_args__ = (sa.UniqueConstraint("release_id", "visit_uid"),)

    id: int | None = Field(default=None, primary_key=True)
    release_id: int = fk("release.id")
    visit_uid: str = Field(max_length=32, index=True)
    sequence: int
    changed_in: int
    enterprise_id: int = fk("enterprise.id")
    day: date
    hidden: bool
    cancelled: bool = False
    public_hash: str = Field(max_length=64)
    roster_hash: str = Field(max_length=64)
    body: str = text_field()


class ReleaseParty(SQLModel, table=True):
    """Who takes part in a released visit: an index of its body, written with it. `party`: a code or public id."""

    kind: RecipientKind = enum_field(RecipientKind, primary_key=True)
    party: str = Field(max_length=64, primary_key=True)
    release_visit_id: int = Field(foreign_key="releasevisit.id", primary_key=True, index=True)


class Told(SQLModel, table=True):
    """What a recipient was last told of a visit on one channel: the ground of the next difference there."""

    __table_args__ = (
        sa.UniqueConstraint("recipient_kind", "recipient_id", "visit_uid", "channel", name="uq_told_recipient"),
    )

    id: int | None = Field(default=None, primary_key=True)
    recipient_kind: RecipientKind = enum_field(RecipientKind)
    recipient_id: int
    channel: Channel = enum_field(Channel, default=Channel.INBOX)
    visit_uid: str = Field(max_length=32, index=True)
    release_number: int
    told_hash: str = Field(max_length=64)
    body: str = text_field()
    cancelled: bool = False
    told_at: datetime = utc_field()


class OutboxMessage(SQLModel, table=True):
    """An effect to be delivered, written in the transaction that caused it; payload and address are frozen.

    `visit_uid`: of a message about one visit. `proof`: what the channel, or the clerk who handed it over, gave back.
    """

    __table_args__ = (
        check("attempts", "attempts >= 0"),
        sa.Index("ix_outboxmessage_order", "recipient_kind", "recipient_id", "channel", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    dedupe_key: str = Field(max_length=160, unique=True)
    kind: NoticeKind = enum_field(NoticeKind)
    channel: Channel = enum_field(Channel)
    recipient_kind: RecipientKind = enum_field(RecipientKind)
    recipient_id: int = Field(index=True)
    release_id: int | None = fk("release.id", default=None)
    payload: dict[str, Any] = json_field()
    state: OutboxState = enum_field(OutboxState, default=OutboxState.QUEUED, index=True)
    created_at: datetime = utc_field()
    not_before: datetime = utc_field()
    not_after: datetime | None = utc_field(default=None)
    lease_until: datetime | None = utc_field(default=None)
    lease_holder: str = Field(default="", max_length=64)
    epoch: int = 0
    attempts: int = 0
    last_error: str = text_field(default="")
    sent_at: datetime | None = utc_field(default=None)
    address: str = Field(default="", max_length=200)
    visit_uid: str = Field(default="", max_length=32, index=True)
    proof: dict[str, Any] = json_field(default_factory=dict)


class InboxMessage(SQLModel, table=True):
    """A message in the in-app inbox: exactly one for each dedupe key."""

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    dedupe_key: str = Field(max_length=160, unique=True)
    kind: NoticeKind = enum_field(NoticeKind)
    recipient_kind: RecipientKind = enum_field(RecipientKind)
    recipient_id: int = Field(index=True)
    release_number: int | None = None
    payload: dict[str, Any] = json_field()
    delivered_at: datetime = utc_field()
    read_at: datetime | None = utc_field(default=None)


class FeedToken(SQLModel, table=True):
    """A secret address of a calendar feed; only its hash is kept."""

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    token_hash: str = Field(max_length=64, unique=True)
    scope: FeedScope = enum_field(FeedScope)
    scope_id: int
    created_by_id: int = fk("user.id")
    created_at: datetime = utc_field()
    expires_at: datetime = utc_field()
    revoked_at: datetime | None = utc_field(default=None)
    last_used_at: datetime | None = utc_field(default=None)
