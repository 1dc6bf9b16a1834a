"""What commands on the database need: settings, engine, the acting person, and one way to end with an error."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Annotated, NoReturn

import sqlalchemy as sa
import typer
from sqlmodel import Session, select

from data.errors import DataError, NotFoundError
from data.migration import pending
from data.models import User
from data.session import make_engine
from scheduler.accounts import actor_of
from scheduler.clock import Clock
from scheduler.commands.screen import EXIT_REFUSED, err
from scheduler.config import Settings, read_settings
from scheduler.errors import DomainError, InvalidError, RuleError
from scheduler.permissions import Actor

AsUser = Annotated[str, typer.Option("--as", help="user name of the person who acts 操作人用户名")]


@cache
def settings() -> Settings:
    """Read the settings once; a bad one ends the command with its name."""
    try:
        return read_settings(os.environ)
    except DomainError as error:
        fail(error)


@cache
def engine() -> sa.Engine:
    """Open the database that the settings name; refuses one whose schema is not the program's."""
    opened = bare_engine()
    try:
        missing = pending(opened)
    except DataError as error:
        fail(error)
    if missing:
        err.print("[red]✗[/red] The schema is not up to date: run `onedoor db upgrade`. 请先升级数据库结构。")
        raise typer.Exit(EXIT_REFUSED)
    return opened


@cache
def bare_engine() -> sa.Engine:
    """Open the database that the settings name, whatever its schema."""
    url = settings().database_url
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    return make_engine(url)


def clock() -> Clock:
    return settings().clock()


def acting(session: Session, username: str) -> Actor:
    """Return the person to act as. The shell needs no password: who has it has the database."""
    user = session.exec(select(User).where(User.username == username)).first()
    if user is None or not user.active:
        raise NotFoundError("user", username)
    return actor_of(user)


@contextmanager
def refusals() -> Iterator[None]:
    """End the command with a line a person can read when the application refuses."""
    try:
        yield
    except (DomainError, DataError) as error:
        fail(error)


def fail(error: DomainError | DataError) -> NoReturn:
    """Print what was refused, where and with which figures; exit 1."""
    err.print(f"[red]✗[/red] {error.code} {_figures(error.params)}")
    if isinstance(error, InvalidError):
        for fault in error.faults:
            err.print(f"  {fault.field}: {fault.code} {_figures(dict(fault.params))}")
    if isinstance(error, RuleError):
        for rule, subject, detail in error.violations:
            err.print(f"  {rule}: {subject} {detail}")
    raise typer.Exit(EXIT_REFUSED)


def _figures(params: dict[str, object]) -> str:
    return " ".join(f"{name}={value}" for name, value in params.items())
