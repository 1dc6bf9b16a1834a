"""What people did to the draft by hand, and who has it open."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.models.columns import fk, json_field, new_uid, text_field, uid_field, utc_field


class EditCommand(SQLModel, table=True):
    """One edit of a round's draft; edits of one `batch` were made, and are undone, together.

    `command`: the deed; `before`, `after`: the rows it touched, as it found and as it left them; `delta`: change of
    the score by term; `warnings`: what `reason` was given for. An edit that is undone keeps its row.
    """

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    round_id: int = fk("round.id")
    batch: str = Field(default_factory=new_uid, max_length=32, index=True)
    actor_id: int = fk("user.id")
    made_at: datetime = utc_field()
    kind: str = Field(max_length=16)
    command: dict[str, Any] = json_field()
    before: dict[str, Any] = json_field()
    after: dict[str, Any] = json_field()
    delta: dict[str, float] = json_field(default_factory=dict)
    warnings: list[Any] = json_field(default_factory=list)
    reason: str = text_field(default="")
    undone_at: datetime | None = utc_field(default=None)
    dropped: bool = False


class BoardPresence(SQLModel, table=True):
    """Somebody has a round open; the row is old once the page is closed."""

    __table_args__ = (sa.UniqueConstraint("round_id", "user_id"),)

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = fk("round.id")
    user_id: int = fk("user.id")
    seen_at: datetime = utc_field()
