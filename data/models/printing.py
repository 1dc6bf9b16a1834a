"""Big print jobs: who asked for which papers of a release, and how far they are. The files lie in the data folder."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import PrintKind, PrintStatus
from data.models.columns import check, enum_field, fk, json_field, text_field, uid_field, utc_field

LIVE_PRINT: Final = "status IN ('queued', 'printing')"


class PrintOrder(SQLModel, table=True):
    """One order. The row is also the queue: a process claims it by a lease, for one part after the other.

    `visits`: public ids in the order of the pages, fixed when it was asked for, so that whoever goes on after a kill
    prints the same. `opens`: notices carry the codes that open an enterprise's pages, where there are any.
    `done`: notices that are set. `size`, `sha256`: of the finished file. `failure`: a code with what went wrong.
    The database itself lets a person have one live order of a kind for a release.
    """

    __table_args__ = (
        check("done", "done >= 0"),
        sa.Index(
            "uq_printorder_live",
            "release_id",
            "kind",
            "requested_by_id",
            unique=True,
            sqlite_where=sa.text(LIVE_PRINT),
            postgresql_where=sa.text(LIVE_PRINT),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    release_id: int = fk("release.id")
    kind: PrintKind = enum_field(PrintKind)
    status: PrintStatus = enum_field(PrintStatus, default=PrintStatus.QUEUED, index=True)
    english: bool = False
    opens: bool = False
    visits: list[str] = json_field(default_factory=list)
    done: int = 0
    requested_by_id: int = fk("user.id")
    requested_at: datetime = utc_field()
    finished_at: datetime | None = utc_field(default=None)
    lease_holder: str = Field(default="", max_length=64)
    lease_until: datetime | None = utc_field(default=None)
    size: int = 0
    sha256: str = Field(default="", max_length=64)
    failure: str = text_field(default="")
