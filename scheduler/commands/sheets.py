"""`onedoor sheet` and `onedoor plans`: read sheets to JSON lines, import them as plans."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from data.session import reading, unit_of_work
from data.sheets import SheetRefused, read_sheet
from scheduler.commands.context import AsUser, acting, clock, engine, refusals
from scheduler.commands.screen import EXIT_REFUSED, AsJson, bad_input, err, out, show_json
from scheduler.filing.decisions import countersign_plan
from scheduler.filing.plans import get_plan, list_plans
from scheduler.filing.stages import plans_to_countersign
from scheduler.filing.uploads import import_upload, receive_upload, review_upload

app = typer.Typer(no_args_is_help=True)
plans = typer.Typer(no_args_is_help=True)

SheetFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help=".xlsx, .xls or .csv")]
Year = Annotated[int | None, typer.Option(help="year of months written without one 计划年度")]


@app.command("read")
def read(
    file: SheetFile,
    year: Year = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="JSON lines file; else to the screen")] = None,
) -> None:
    """Read a plan sheet into one JSON object a task. 读取计划表，每项任务一行 JSON。"""
    try:
        result = read_sheet(file.read_bytes(), filename=file.name, year=year)
    except SheetRefused as refused:
        bad_input([f"{file.name}: {refused.code} {refused.params}"])
    lines = [json.dumps(task.as_json(), ensure_ascii=False) for task in result.tasks]
    text = "".join(f"{line}\n" for line in lines)
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    faults = sum(len(task.faults) for task in result.tasks)
    err.print(f"{len(lines)} tasks, {faults} faults 任务 {len(lines)} 项，问题 {faults} 处")


@plans.command("import")
def import_file(
    file: SheetFile,
    as_user: AsUser,
    round_uid: Annotated[str | None, typer.Option("--round", help="round that the plans are for 统筹轮次")] = None,
    year: Year = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be imported")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a plan sheet; nothing is written while a row has faults. 导入计划表；有问题则不写入。"""
    with refusals(), unit_of_work(engine()) as session:
        actor = acting(session, as_user)
        upload = receive_upload(
            session, clock(), actor, filename=file.name, content=file.read_bytes(), year=year, round_uid=round_uid
        )
        review = review_upload(session, upload)
        if not review.ready:
            _show_faults(review)
            raise typer.Exit(EXIT_REFUSED)
        if dry_run:
            out.print(f"{len(review.rows)} rows can be imported 可导入 {len(review.rows)} 行")
            return
        outcome = import_upload(session, clock(), actor, upload)
    document = {
        "plan": outcome.plan.uid if outcome.plan else None,
        "added": outcome.added,
        "already_there": outcome.already_there,
        "left_out": outcome.left_out,
    }
    show_json(document) if as_json else out.print(document)


@plans.command("list")
def list_all(as_user: AsUser, as_json: AsJson = False) -> None:
    """List the plans that the person may see. 计划列表。"""
    with refusals(), reading(engine()) as session:
        rows = list_plans(session, acting(session, as_user), per_page=1000).rows
    if as_json:
        show_json([row.__dict__ if hasattr(row, "__dict__") else str(row) for row in rows])
        return
    for row in rows:
        out.print(row)


@plans.command("asked")
def list_asked(as_user: AsUser, as_json: AsJson = False) -> None:
    """List the plans of others that ask for the own organisation's answer. 请本部门会签的计划。"""
    with refusals(), reading(engine()) as session:
        waiting = plans_to_countersign(session, acting(session, as_user).organisation_id)
        rows = [
            {"uid": plan.uid, "title": plan.title, "due": due.isoformat() if due else None} for plan, due in waiting
        ]
    if as_json:
        show_json(rows)
        return
    for row in rows:
        out.print(row["uid"], row["title"], row["due"], markup=False)


@plans.command("countersign")
def countersign(
    uid: str,
    as_user: AsUser,
    agree: Annotated[bool, typer.Option("--agree/--object", help="come along, or not and why 同意或不同意")],
    reason: Annotated[str, typer.Option(help="needed to object 不同意的理由")] = "",
    quarters: Annotated[int | None, typer.Option(help="quarters of a day at each site 每户用时（刻）")] = None,
    inspectors: Annotated[int | None, typer.Option(help="people at each site 每户人数")] = None,
) -> None:
    """Answer for a partner of a plan. 会签其他部门的计划。"""
    with refusals(), unit_of_work(engine()) as session:
        actor = acting(session, as_user)
        plan = get_plan(session, actor, uid)
        countersign_plan(
            session, clock(), actor, plan, agrees=agree, reason=reason, quarters=quarters, inspectors=inspectors
        )
        out.print(str(plan.status))


def _show_faults(review: object) -> None:
    for row in review.rows:  # type: ignore[attr-defined]
        for name, cell in row.fields.items():
            if cell.fault_code and not row.left_out:
                err.print(f"{row.sheet} row {row.row} {name}: {cell.fault_code} «{cell.text}»", markup=False)
