"""Building blocks of the tables: naming of constraints, UTC times, enums with a CHECK, versions, random ids."""

import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

UID_LENGTH = 32


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An instant. Stored in UTC, refused when naive, always handed back aware (SQLite forgets the zone)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 -- signature of the base class
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone is not an instant")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 -- signature of the base class
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_uid() -> str:
    """Return a random public id: 128 bits in hex, so that ids betray neither order nor number."""
    return uuid.uuid4().hex


def uid_field() -> Any:
    """A random, unique, never changing public id.

    It is also the sentinel by which a session that writes many rows tells them apart: without one SQLite is sent a
    statement for each row, because its generated numbers come back in no promised order.
    """
    marks = {"insert_sentinel": True}
    return Field(default_factory=new_uid, max_length=UID_LENGTH, unique=True, index=True, sa_column_kwargs=marks)


def enum_field(kind: type[StrEnum], **kwargs: Any) -> Any:
    """A column that holds the value of `kind` as text, guarded by a CHECK constraint."""
    stored = sa.Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=24,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )
    return Field(sa_type=stored, **kwargs)  # type: ignore[call-overload]


def utc_field(**kwargs: Any) -> Any:
    """A column that holds an instant."""
    return Field(sa_type=UTCDateTime, **kwargs)  # type: ignore[call-overload]


def json_field(**kwargs: Any) -> Any:
    """A column that holds a small JSON document. Assign a new value to change it: changes inside are not seen."""
    return Field(sa_type=sa.JSON, **kwargs)  # type: ignore[call-overload]


def text_field(**kwargs: Any) -> Any:
    """A column of text without a limit."""
    return Field(sa_type=sa.Text, **kwargs)  # type: ignore[call-overload]


def fk(target: str, **kwargs: Any) -> Any:
    """A foreign key to `table.column`, indexed."""
    return Field(foreign_key=target, index=True, **kwargs)


def check(name: str, rule: str) -> sa.CheckConstraint:
    """A named CHECK constraint."""
    return sa.CheckConstraint(rule, name=name)


class Versioned(SQLModel):
    """A row with an optimistic version: a write to a row that somebody else changed raises StaleDataError."""

    version: int = Field(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 -- evaluated on the class
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]
