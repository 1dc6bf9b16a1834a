"""People who sign in, their server-side sessions, and failed attempts."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from data.enums import Role
from data.models.columns import Versioned, enum_field, fk, text_field, uid_field, utc_field


class User(Versioned, table=True):
    """An account. `organisation_id`, `officer_id` or `enterprise_id` say whose rows it may see."""

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    username: str = Field(max_length=40, unique=True)
    display_name: str = Field(max_length=60)
    password_hash: str = text_field()
    role: Role = enum_field(Role)
    organisation_id: int | None = fk("organisation.id", default=None)
    officer_id: int | None = fk("officer.id", default=None)
    enterprise_id: int | None = fk("enterprise.id", default=None)
    active: bool = True
    must_change_password: bool = False
    language: str = Field(default="zh", max_length=8)
    created_at: datetime = utc_field()


class UserSession(SQLModel, table=True):
    """A signed-in browser; the cookie's secret is kept only as a hash."""

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    user_id: int = fk("user.id")
    created_at: datetime = utc_field()
    seen_at: datetime = utc_field()
    expires_at: datetime = utc_field()
    revoked_at: datetime | None = utc_field(default=None)


class LoginFailure(SQLModel, table=True):
    """One wrong password, counted by name and by address across all web processes."""

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(max_length=40, index=True)
    address: str = Field(max_length=64, index=True)
    at: datetime = utc_field(index=True)
