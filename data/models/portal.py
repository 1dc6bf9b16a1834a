"""The enterprise's side: access codes on notices, receipts, and what an enterprise asks for (诉求) with the answer."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import AppealKind, AppealStatus, Ban
from data.models.columns import Versioned, check, enum_field, fk, text_field, uid_field, utc_field


class AccessCode(SQLModel, table=True):
    """A code on a notice that opens the enterprise's pages. Only hashes are kept.

    `secret_hash`: of the long secret in the QR code; `code_hash`: keyed hash of credit code and short code.
    """

    __table_args__ = (check("uses", "uses >= 0"),)

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    enterprise_id: int = fk("enterprise.id")
    visit_uid: str = Field(default="", max_length=32)
    secret_hash: str = Field(max_length=64, unique=True)
    code_hash: str = Field(max_length=64, unique=True)
    issued_by_id: int | None = fk("user.id", default=None)
    issued_at: datetime = utc_field()
    expires_at: datetime = utc_field()
    revoked_at: datetime | None = utc_field(default=None)
    uses: int = 0
    last_used_at: datetime | None = utc_field(default=None)


class VisitReceipt(SQLModel, table=True):
    """An enterprise has confirmed that it knows of a visit as `public_hash` describes it."""

    __table_args__ = (sa.UniqueConstraint("visit_uid", "public_hash"),)

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = fk("enterprise.id")
    visit_uid: str = Field(max_length=32)
    public_hash: str = Field(max_length=64)
    confirmed_by_id: int = fk("user.id")
    confirmed_at: datetime = utc_field()


class Appeal(Versioned, table=True):
    """Something an enterprise asks for or complains of. `visit_uid` is empty where it is about no single visit.

    `once_key`: names what may be asked only once, so that the database refuses the second. `wanted_day` goes with
    another day, `officer_id` with a recusal, `ban` with a complaint.
    """

    __table_args__ = (check("answered", "(status IN ('waiting', 'withdrawn')) = (answered_at IS NULL)"),)

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    kind: AppealKind = enum_field(AppealKind, index=True)
    status: AppealStatus = enum_field(AppealStatus, default=AppealStatus.WAITING, index=True)
    enterprise_id: int = fk("enterprise.id")
    visit_uid: str = Field(default="", max_length=32, index=True)
    once_key: str | None = Field(default=None, max_length=120, unique=True)
    text: str = text_field(default="")
    wanted_day: date | None = None
    officer_id: int | None = fk("officer.id", default=None)
    ban: Ban | None = enum_field(Ban, default=None, nullable=True)
    filed_by_id: int = fk("user.id")
    filed_at: datetime = utc_field()
    due_at: datetime = utc_field()
    answer: str = text_field(default="")
    answered_by_id: int | None = fk("user.id", default=None)
    answered_at: datetime | None = utc_field(default=None)
