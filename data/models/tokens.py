"""Keys of programs: API tokens with what each may do, and the answers kept for repeated requests."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import ApiScope, Role
from data.models.columns import Versioned, check, enum_field, fk, json_field, text_field, uid_field, utc_field


class ApiToken(Versioned, table=True):
    """A key by which a program acts for an organisation, or for the district when `organisation_id` is empty.

    Of the secret only the hash is kept, and its first signs (`prefix`) so that people know it again. `issued_by_id`
    answers for what the program does. `replaces_id`: the token that this one took the place of.
    """

    __table_args__ = (check("lifetime", "expires_at > created_at"),)

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    name: str = Field(max_length=80)
    prefix: str = Field(max_length=16)
    token_hash: str = Field(max_length=64, unique=True)
    role: Role = enum_field(Role)
    organisation_id: int | None = fk("organisation.id", default=None)
    issued_by_id: int = fk("user.id")
    created_at: datetime = utc_field()
    expires_at: datetime = utc_field()
    revoked_at: datetime | None = utc_field(default=None)
    replaces_id: int | None = fk("apitoken.id", default=None)


class ApiTokenScope(SQLModel, table=True):
    """One thing that a token may do."""

    token_id: int = Field(foreign_key="apitoken.id", primary_key=True)
    scope: ApiScope = enum_field(ApiScope, primary_key=True)


class ApiTokenUse(SQLModel, table=True):
    """When a token was last used: apart from the token, so that noting it never collides with a revocation."""

    token_id: int = Field(foreign_key="apitoken.id", primary_key=True)
    used_at: datetime = utc_field()


class KeptAnswer(SQLModel, table=True):
    """The answer to a request that carried an Idempotency-Key, written in the transaction of that request.

    Unique by token and key: of two requests with the same key one runs, the other gets this answer.
    `request_hash`: SHA-256 of method, path and body. `headers`: {name: value} of those that are repeated.
    """

    __table_args__ = (sa.UniqueConstraint("token_id", "key"), check("status", "status BETWEEN 100 AND 599"))

    id: int | None = Field(default=None, primary_key=True)
    token_id: int = fk("apitoken.id")
    key: str = Field(max_length=255)
    request_hash: str = Field(max_length=64)
    status: int
    headers: dict[str, Any] = json_field(default_factory=dict)
    body: str = text_field(default="")
    created_at: datetime = utc_field()
    expires_at: datetime = utc_field(index=True)
