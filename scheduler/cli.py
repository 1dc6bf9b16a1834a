"""All commands: puts the groups of scheduler/commands together. Holds no logic of its own; `entry` runs it."""

from __future__ import annotations

import typer

from scheduler.commands import database, documents, draws, exports, people, policies, rounds, service, sheets, solving

app = typer.Typer(
    name="onedoor",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="OneDoor 一门: coordinated joint inspections of enterprises. 进一次门、查多项事。",
)
app.add_typer(database.app, name="db", help="Database: upgrade, seed, backup, restore. 数据库。")
app.add_typer(sheets.app, name="sheet", help="Plan sheets as people write them. 计划表。")
app.add_typer(sheets.plans, name="plans", help="Inspection plans. 执法检查计划。")
app.add_typer(rounds.app, name="round", help="Coordination rounds. 统筹轮次。")
app.add_typer(policies.app, name="rules", help="Rules of filing. 申报规则。")
app.add_typer(draws.app, name="draw", help="Draws: parties, and checking a document. 双随机抽取。")
app.add_typer(documents.app, name="documents", help="Papers to print: templates, notices. 打印文书。")
app.add_typer(people.app, name="user", help="Accounts. 账号。")
app.command("export", help=exports.export.__doc__)(exports.export)
for command in service.COMMANDS + solving.COMMANDS:
    app.command(help=command.__doc__)(command)
