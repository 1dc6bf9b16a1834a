"""`onedoor db`: bring the schema up to date, seed the sample district, save and restore."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import col, func, select

from data.backup import backup_database, restore_database
from data.migration import upgrade as upgrade_schema
from data.models import User
from data.seed.district import Preset, SeedReport, seed_district
from data.session import reading, unit_of_work
from scheduler.accounts import hash_password
from scheduler.clock import today
from scheduler.commands.context import bare_engine, clock, engine, refusals, settings
from scheduler.commands.screen import err, out
from scheduler.planning.sample_rounds import build_sample_rounds
from scheduler.publishing.reconciling import put_aside, reconcile

app = typer.Typer(no_args_is_help=True)
PASSWORD_BYTES = 9


@app.command("upgrade")
def upgrade() -> None:
    """Bring the schema up to date. 升级数据库结构。"""
    with refusals():
        upgrade_schema(bare_engine())
    err.print("· The database is up to date. 数据库已是最新。")


@app.command("seed")
def seed(
    preset: Annotated[Preset, typer.Option(help="S 300, M 3,000, L 12,000, XL 40,000 objects")] = Preset.M,
    number: Annotated[int, typer.Option("--seed", help="seed of the generator")] = 1,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="do nothing when there are accounts")] = False,
    rounds: Annotated[bool, typer.Option(help="also make three sample rounds")] = True,
) -> None:
    """Make the sample district (synthetic enterprises and officers) and print one login a role. 生成示例数据。"""
    with refusals():
        if _has_users():
            if if_empty:
                return
            err.print("✗ The database has accounts already; `python3 run.py reset` starts over. 数据库非空。")
            raise typer.Exit(1)
        err.print(f"· Making the sample district, preset {preset}. 正在生成示例数据……")
        with unit_of_work(engine()) as session:
            report = seed_district(
                session,
                preset=preset,
                today=today(clock()),
                seed=number,
                hash_password=hash_password,
                passwords=lambda: secrets.token_urlsafe(PASSWORD_BYTES),
            )
        if rounds:
            err.print("· Making three sample rounds: published, proposed, open. 正在生成示例轮次……")
            build_sample_rounds(engine(), clock(), settings())
    _show_logins(report)


@app.command("backup")
def backup(file: Annotated[Path, typer.Argument(help="file to write")]) -> None:
    """Save a consistent copy while the service runs. 备份。"""
    with refusals():
        backup_database(settings().database_url, file)
    out.print(f"{file} {file.stat().st_size:,} bytes", markup=False)


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(exists=True, help="file made by backup")],
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Replace the database by a saved copy, bring its schema up to date, and put waiting notices aside. 恢复。

    Stop the service first. Notices that were sent after the copy was made still wait in it: `onedoor db reconcile`
    settles them by the gateway's log. 备份之后已发出的通知在旧库里仍是待发，先暂停，再用网关记录核对。
    """
    if not yes:
        typer.confirm("Replace the present database? 覆盖当前数据库？", abort=True)
    with refusals():
        restore_database(settings().database_url, file)
        upgrade_schema(bare_engine())
        with unit_of_work(engine()) as session:
            aside = put_aside(session, clock())
    out.print("restored 已恢复")
    if aside:
        err.print(f"· {aside} notices put aside; run `onedoor db reconcile LOG`. 已暂停待发通知，请核对网关记录。")


@app.command("reconcile")
def reconcile_notices(
    log: Annotated[Path, typer.Argument(exists=True, help="one line a letter: Idempotency-Key[,reference]")],
) -> None:
    """Settle the notices that a restore put aside by the log of the gateway. 按网关记录核对通知。

    Those in the log count as sent, the others are sent now. Keys that this database does not know are printed: they
    belong to what was published after the copy was made.
    """
    rows = [line.partition(",") for line in log.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    with refusals(), unit_of_work(engine()) as session:
        found = reconcile(session, clock(), {key.strip(): reference.strip() for key, _, reference in rows})
    for key in found.unknown:
        out.print(key, markup=False)
    err.print(
        f"· {found.arrived} sent before, {found.queued} sent now, {len(found.unknown)} unknown. "
        f"此前已发 {found.arrived}，现在发送 {found.queued}，库中没有 {len(found.unknown)}。"
    )


def _has_users() -> bool:
    with reading(engine()) as session:
        return bool(session.exec(select(func.count(col(User.id)))).one())


def _show_logins(report: SeedReport) -> None:
    counts = ", ".join(f"{name} {count:,}" for name, count in report.counts.items())
    out.print(f"\n{counts}", markup=False)
    out.print("\nSign in with 登录账号 (shown only once 仅显示一次):", markup=False)
    for login in report.logins:
        out.print(f"  {login.role:<14} {login.username:<16} {login.password}   {login.display_name}", markup=False)
    out.print("", markup=False)
