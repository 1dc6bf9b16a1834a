"""`onedoor export`: tables for other programs, full or since a cursor, plain or mapped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data.enums import ExportKind, FileForm
from data.session import unit_of_work
from scheduler.commands.context import AsUser, acting, clock, engine, refusals
from scheduler.commands.screen import err, out
from scheduler.exports.exporting import make_export


def export(
    kind: Annotated[ExportKind, typer.Argument(help="what to export 导出什么")],
    file: Annotated[Path, typer.Argument(help="zip to write; not touched when the export is refused")],
    username: AsUser,
    form: Annotated[FileForm, typer.Option(help="csv, xlsx or json")] = FileForm.JSON,
    since: Annotated[str, typer.Option(help="cursor of the export before; empty for all 上次导出的游标")] = "",
    mapping: Annotated[Path | None, typer.Option(exists=True, help="TOML: names of another platform 映射文件")] = None,
    hidden: Annotated[bool, typer.Option(help="with unannounced visits, for coordinators 含突击检查")] = False,
) -> None:
    """Export plans, visits or figures with a manifest; the cursor printed is what to give next time. 导出数据。"""
    with refusals(), unit_of_work(engine()) as session:
        made = make_export(
            session, clock(), acting(session, username), kind,
            form=form, since=since, mapping=mapping.read_bytes() if mapping else None, hidden=hidden,
        )  # fmt: skip
        # Renamed into place: whoever watches the folder never reads half a file.
        part = file.with_name(file.name + ".part")
        part.write_bytes(made.content)
        part.replace(file)
    err.print(f"· {made.rows} rows, {made.left_out} left out. 导出 {made.rows} 行，不合格 {made.left_out} 行。")
    out.print(made.cursor, markup=False)
