"""`onedoor draw`: checking a draw's document, and taking part in a draw from the shell."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from data.enums import DrawFallback, HashKind, ValueFallback
from data.session import reading, unit_of_work
from scheduler.clock import DISTRICT_ZONE
from scheduler.commands.context import AsUser, acting, clock, engine, refusals
from scheduler.commands.screen import EXIT_REFUSED, bad_input, out
from scheduler.errors import DomainError
from scheduler.filing.crew_method import published_faults
from scheduler.filing.draw_method import commitment_of
from scheduler.filing.draws import protocol
from scheduler.filing.draws.records import list_parties
from scheduler.filing.draws.rules import Rules, read_seats
from scheduler.filing.rounds import get_round

app = typer.Typer(no_args_is_help=True)

SECRET_BYTES: Final = 16
MINUTE: Final = "%Y-%m-%dT%H:%M"
DrawUid = Annotated[str, typer.Argument(help="uid of the draw 抽取编号")]
PartyUid = Annotated[str, typer.Argument(help="uid of the party 见证方编号")]


@app.command("verify")
def verify(files: Annotated[list[Path], typer.Argument(help="published documents 公开的抽取文件")]) -> None:
    """Repeat draws from their documents. Exit code 0 right, 1 wrong, 2 cannot be read. 核对抽取文件。"""
    wrong = False
    for path in files:
        try:
            faults = published_faults(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            bad_input([f"✗ {path}: cannot be read 读不出: {error!r}"])
        except DomainError as error:
            bad_input([f"✗ {path}: {error.code} {error.params}"])
        wrong = wrong or bool(faults)
        text = f"✗ {path}: FAIL 不符: {', '.join(faults)}" if faults else f"✓ {path}: OK 与公开内容一致"
        out.print(text, markup=False)
    if wrong:
        raise typer.Exit(EXIT_REFUSED)


@app.command("secret")
def secret(kind: Annotated[HashKind, typer.Option(help="hash of the draw 算法")] = HashKind.SHA256) -> None:
    """Make a secret, its salt and the commitment to them; needs no database. 生成密语、盐和承诺。"""
    word, salt = secrets.token_hex(SECRET_BYTES), secrets.token_hex(SECRET_BYTES)
    with refusals():
        made = {"secret": word, "salt": salt, "commitment": commitment_of(kind, word, salt)}
    out.print(json.dumps(made, indent=2), markup=False)


@app.command("open")
def open_(
    round_uid: Annotated[str, typer.Argument(help="uid of the round 轮次编号")],
    as_user: AsUser,
    party: Annotated[list[str], typer.Option(help="NAME=USERNAME or NAME=@ROLE, in the order of the seed 见证方=账号")],
    commit_until: Annotated[datetime, typer.Option(formats=[MINUTE], help="local time 提交承诺期限")],
    reveal_until: Annotated[datetime, typer.Option(formats=[MINUTE], help="local time 公开密语期限")],
    fallback: Annotated[DrawFallback, typer.Option(help="when a secret is kept back")] = DrawFallback.ABORT,
    kind: Annotated[HashKind, typer.Option(help="hash 算法")] = HashKind.SHA256,
    public_source: Annotated[str, typer.Option(help="a value that does not exist yet 约定的公开数值")] = "",
    public_at: Annotated[datetime | None, typer.Option(formats=[MINUTE], help="when it comes into being")] = None,
    value_until: Annotated[
        datetime | None, typer.Option(formats=[MINUTE], help="when it must have been entered; a week later if left out")
    ] = None,
    value_fallback: Annotated[
        ValueFallback, typer.Option(help="when the value is not entered in time")
    ] = ValueFallback.ABORT,
    floor: Annotated[str, typer.Option(help="least share of each list, such as 0.05 抽取比例下限")] = "",
    reason: Annotated[str, typer.Option(help="why a second draw 再次抽取的理由")] = "",
) -> None:
    """Publish the lists of a frozen round and call upon the parties. 公布名单，开始抽取程序。"""
    rules = Rules(
        seats=read_seats("\n".join(party)),
        commit_until=commit_until.replace(tzinfo=DISTRICT_ZONE),
        reveal_until=reveal_until.replace(tzinfo=DISTRICT_ZONE),
        fallback=fallback,
        kind=kind,
        public_source=public_source,
        public_at=public_at.replace(tzinfo=DISTRICT_ZONE) if public_at else None,
        value_until=value_until.replace(tzinfo=DISTRICT_ZONE) if value_until else None,
        value_fallback=value_fallback,
        floor=floor,
        reason=reason,
    )
    with refusals(), unit_of_work(engine()) as session:
        actor = acting(session, as_user)
        made = protocol.open_draw(session, clock(), actor, get_round(session, actor, round_uid), rules)
        out.print(made.uid)
        for one in list_parties(session, made):
            out.print(f"{one.uid}  {one.name}", markup=False)


@app.command("show")
def show(uid: DrawUid) -> None:
    """Show where a draw stands and who is awaited. 查看抽取进度。"""
    with refusals(), reading(engine()) as session:
        found = protocol.get_protocol(session, uid)
        out.print(f"{found.status}  commit {found.commit_until}  reveal {found.reveal_until}", markup=False)
        for one in list_parties(session, found):
            out.print(f"{one.uid}  {one.name}  {one.commitment or '-'}  {one.secret or '-'}", markup=False)


@app.command("commit")
def commit(uid: PartyUid, commitment: Annotated[str, typer.Argument(help="hash 承诺")], as_user: AsUser) -> None:
    """Bind a party to its secret. 提交承诺。"""
    with refusals(), unit_of_work(engine()) as session:
        actor = acting(session, as_user)
        protocol.pledge(session, clock(), actor, protocol.get_party(session, actor, uid), commitment)


@app.command("reveal")
def reveal(
    uid: PartyUid,
    as_user: AsUser,
    word: Annotated[str, typer.Option("--secret", prompt=True, hide_input=True, help="secret 密语")],
    salt: Annotated[str, typer.Option(prompt=True, help="salt 盐")],
) -> None:
    """Reveal a party's secret. 公开密语。"""
    with refusals(), unit_of_work(engine()) as session:
        actor = acting(session, as_user)
        protocol.reveal(session, clock(), actor, protocol.get_party(session, actor, uid), secret=word, salt=salt)


@app.command("settle")
def settle(uid: DrawUid, as_user: AsUser) -> None:
    """Apply the rules to deadlines that have passed. 按规则处理已过的期限。"""
    with refusals(), unit_of_work(engine()) as session:
        actor = acting(session, as_user)
        out.print(protocol.settle(session, clock(), actor, protocol.get_protocol(session, uid)))


@app.command("finish")
def finish(
    uid: DrawUid,
    as_user: AsUser,
    value: Annotated[str, typer.Option(help="the public value 公开数值")],
    origin: Annotated[str, typer.Option(help="where it can be read 出处")],
) -> None:
    """Enter the public value and draw. 填写公开数值并抽取。"""
    with refusals(), unit_of_work(engine()) as session:
        actor = acting(session, as_user)
        found = protocol.get_protocol(session, uid)
        out.print(protocol.finish(session, clock(), actor, found, value=value, origin=origin))
