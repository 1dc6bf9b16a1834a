"""`onedoor user`: make, list and mend accounts from the shell."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer
from sqlmodel import Session, col, select

from data.enums import Role
from data.models import Organisation, User
from data.session import reading, unit_of_work
from scheduler.accounts import create_user, list_users, set_active, set_password
from scheduler.commands.context import AsUser, acting, clock, engine, refusals
from scheduler.commands.screen import AsJson, out, show_json
from scheduler.errors import NotFoundError

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="user name 用户名")]


@app.command("list")
def list_(as_user: AsUser, as_json: AsJson = False) -> None:
    """List the accounts. 账号列表。"""
    with refusals(), reading(engine()) as session:
        users = [
            {"username": user.username, "name": user.display_name, "role": str(user.role), "active": user.active}
            for user in list_users(session, acting(session, as_user))
        ]
    if as_json:
        show_json(users)
        return
    for user in users:
        out.print(f"{user['username']:<20} {user['role']:<14} {user['name']}", markup=False)


@app.command("create")
def create(
    username: Name,
    role: Annotated[Role, typer.Option(help="role")],
    as_user: AsUser,
    display_name: Annotated[str, typer.Option("--name", help="shown name")] = "",
    organisation: Annotated[str | None, typer.Option(help="code of the organisation")] = None,
) -> None:
    """Make an account and print its first password once. 新建账号。"""
    password = secrets.token_urlsafe(12)
    with refusals(), unit_of_work(engine()) as session:
        create_user(
            session,
            clock(),
            acting(session, as_user),
            username=username,
            display_name=display_name or username,
            role=role,
            password=password,
            organisation_id=_organisation(session, organisation) if organisation else None,
        )
    out.print(password, markup=False)


@app.command("password")
def password(username: Name, as_user: AsUser) -> None:
    """Give an account a new password and print it once. 重置密码。"""
    fresh = secrets.token_urlsafe(12)
    with refusals(), unit_of_work(engine()) as session:
        set_password(session, clock(), acting(session, as_user), _user(session, username), fresh)
    out.print(fresh, markup=False)


@app.command("disable")
def disable(username: Name, as_user: AsUser) -> None:
    """Switch an account off; its sign-ins end at once. 停用账号。"""
    with refusals(), unit_of_work(engine()) as session:
        set_active(session, clock(), acting(session, as_user), _user(session, username), active=False)


@app.command("enable")
def enable(username: Name, as_user: AsUser) -> None:
    """Switch an account on again. 启用账号。"""
    with refusals(), unit_of_work(engine()) as session:
        set_active(session, clock(), acting(session, as_user), _user(session, username), active=True)


def _user(session: Session, username: str) -> User:
    user = session.exec(select(User).where(col(User.username) == username)).first()
    if user is None:
        raise NotFoundError("user", username)
    return user


def _organisation(session: Session, code: str) -> int:
    row = session.exec(select(Organisation).where(col(Organisation.code) == code)).first()
    if row is None or row.id is None:
        raise NotFoundError("organisation", code)
    return row.id
