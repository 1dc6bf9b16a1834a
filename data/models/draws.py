"""Draws (抽取): the lists that were published, who took part in the seed, and the result of each task."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import CancelReason, DrawFallback, DrawMode, DrawStatus, HashKind, Role, ValueFallback
from data.models.columns import Versioned, check, enum_field, fk, json_field, text_field, uid_field, utc_field


class DrawProtocol(Versioned, table=True):
    """How the draw of a round was made, from the publication of its lists to its seed or its abortion.

    `attempt` counts the draws of a round: a second one needs a `reason` and the first one aborted, and both stay.
    `public_source` names a value that does not exist before `public_at`; `public_origin` says where it was read.
    Where the value is not entered by `value_until`, `value_fallback` says how it goes on.
    `blind`: the word in the lists of unannounced tasks. `floor`: least share drawn of a list (R52), a decimal text.
    """

    __table_args__ = (
        sa.UniqueConstraint("round_id", "attempt"),
        check("attempt", "attempt >= 1"),
        check("order", "reveal_until IS NULL OR commit_until < reveal_until"),
        check("value", "public_at IS NULL OR reveal_until <= public_at"),
        check("value_until", "value_until IS NULL OR public_at < value_until"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    round_id: int = fk("round.id")
    attempt: int = 1
    reason: str = text_field(default="")
    mode: DrawMode = enum_field(DrawMode)
    status: DrawStatus = enum_field(DrawStatus, index=True)
    kind: HashKind = enum_field(HashKind, default=HashKind.SHA256)
    fallback: DrawFallback = enum_field(DrawFallback, default=DrawFallback.ABORT)
    floor: str = Field(default="", max_length=12)
    blind: str = Field(default="", max_length=64)
    opened_by_id: int = fk("user.id")
    opened_at: datetime = utc_field()
    commit_until: datetime | None = utc_field(default=None)
    reveal_until: datetime | None = utc_field(default=None)
    public_source: str = Field(default="", max_length=200)
    public_at: datetime | None = utc_field(default=None)
    value_until: datetime | None = utc_field(default=None)
    value_fallback: ValueFallback = enum_field(ValueFallback, default=ValueFallback.ABORT)
    public_value: str = Field(default="", max_length=200)
    public_origin: str = Field(default="", max_length=400)
    seed: str = Field(default="", max_length=64)
    ended_at: datetime | None = utc_field(default=None)
    abort_reason: str = text_field(default="")


class DrawParty(Versioned, table=True):
    """A party of a draw: one account (`user_id`), or whoever has `role`. Its order in the seed is `position`."""

    __table_args__ = (
        sa.UniqueConstraint("protocol_id", "position"),
        sa.UniqueConstraint("protocol_id", "name"),
        check("seat", "(user_id IS NULL) <> (role IS NULL)"),
        check("revealed", "revealed_at IS NULL OR committed_at IS NOT NULL"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    protocol_id: int = fk("drawprotocol.id")
    position: int
    name: str = Field(max_length=80)
    user_id: int | None = fk("user.id", default=None)
    role: Role | None = enum_field(Role, default=None)
    commitment: str = Field(default="", max_length=64)
    committed_at: datetime | None = utc_field(default=None)
    committed_by_id: int | None = fk("user.id", default=None)
    secret: str | None = Field(default=None, max_length=200)
    salt: str = Field(default="", max_length=64)
    revealed_at: datetime | None = utc_field(default=None)


class DrawList(SQLModel, table=True):
    """A list as published: the sites of a task, or the officers of an organisation. Rows are only ever added.

    `hidden`: of an unannounced task; nobody outside sees more than the hash before the visits are over.
    """

    __table_args__ = (
        sa.UniqueConstraint("protocol_id", "list_hash"),
        check("subject", "(task_id IS NULL) <> (organisation_id IS NULL)"),
        check("listed", "listed >= 0"),
    )

    id: int | None = Field(default=None, primary_key=True)
    protocol_id: int = fk("drawprotocol.id")
    task_id: int | None = fk("plantask.id", default=None)
    organisation_id: int | None = fk("organisation.id", default=None)
    hidden: bool = False
    list_hash: str = Field(max_length=64)
    listed: int
    document: str = text_field()


class Draw(SQLModel, table=True):
    """A random draw (抽取) for one task: the frozen list, its hash, the seed and the ranking, as one document.

    `document`: canonical JSON from which anybody can repeat the draw; never changed after it is written.
    """

    __table_args__ = (sa.UniqueConstraint("round_id", "task_id"),)

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    round_id: int = fk("round.id")
    task_id: int = fk("plantask.id")
    algorithm: str = Field(max_length=32)
    list_hash: str = Field(max_length=64)
    seed: str = Field(max_length=64)
    listed: int
    drawn: int
    document: str = text_field()
    drawn_by_id: int = fk("user.id")
    drawn_at: datetime = utc_field()


class CrewDraw(SQLModel, table=True):
    """Who goes for a request, by the officers' draw, as released. Rows are only ever added.

    `document`: {"needed", "day", "quarters", "chosen": [officer uid], "skipped": [[officer uid, reason]]}; who is not
    named was ranked after everybody who goes. The ranking follows from the seed and the published pool of officers.
    """

    __table_args__ = (sa.UniqueConstraint("request_id", "release_id"),)

    id: int | None = Field(default=None, primary_key=True)
    request_id: int = fk("inspectionrequest.id")
    release_id: int = fk("release.id")
    document: dict[str, Any] = json_field()


class DrawCancellation(SQLModel, table=True):
    """A drawn site that will not be visited after all: who said so, why, when. Rows are only ever added."""

    id: int | None = Field(default=None, primary_key=True)
    request_id: int = Field(foreign_key="inspectionrequest.id", unique=True)
    reason: CancelReason = enum_field(CancelReason)
    detail: str = text_field(default="")
    cancelled_by_id: int | None = fk("user.id", default=None)
    cancelled_at: datetime = utc_field()
