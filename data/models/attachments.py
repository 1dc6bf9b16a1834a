"""Documents beside plans (线索材料、批准文件), kept whole in the database and found by a random id, never by a name."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import AttachmentKind
from data.models.columns import check, enum_field, fk, uid_field, utc_field


class Attachment(SQLModel, table=True):
    """A document of a plan. `media_type` is what its first bytes say; `filename` is shown and nothing else.

    A removed one keeps its row and its bytes: what a decision rested on does not disappear.
    """

    __table_args__ = (
        check("size", "size > 0"),
        check("removed", "(removed_at IS NULL) = (removed_by_id IS NULL)"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    plan_id: int = fk("plan.id")
    kind: AttachmentKind = enum_field(AttachmentKind)
    filename: str = Field(max_length=200)
    media_type: str = Field(max_length=80)
    sha256: str = Field(max_length=64)
    size: int
    content: bytes = Field(sa_type=sa.LargeBinary)  # type: ignore[call-overload]
    uploaded_by_id: int = fk("user.id")
    uploaded_at: datetime = utc_field()
    removed_by_id: int | None = fk("user.id", default=None)
    removed_at: datetime | None = utc_field(default=None)
