"""`onedoor documents`: hand an office the original templates, and print the notices of a release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data.enums import PrintKind
from data.session import reading
from scheduler.commands.context import AsUser, acting, engine, refusals, settings
from scheduler.commands.screen import err, out
from scheduler.publishing.documents.batches import print_whole
from scheduler.publishing.documents.issuing import Office, rows_to_print
from scheduler.publishing.documents.sealed import sealed_visits
from scheduler.publishing.documents.typesetting import Press, write_originals
from scheduler.publishing.release_views import get_release

app = typer.Typer(no_args_is_help=True)


@app.command("templates")
def templates() -> None:
    """Write the original templates into the data folder; files that are there stay. 写出原始模板。"""
    press = _press()
    written = write_originals(press.templates)
    press.fonts.mkdir(parents=True, exist_ok=True)
    for path in written:
        out.print(str(path), markup=False)
    err.print(f"· {len(written)} written; put fonts into {press.fonts}. 字体放到该文件夹。", markup=False)


@app.command("notices")
def notices(
    number: Annotated[int, typer.Argument(help="number of the release 版本号")],
    file: Annotated[Path, typer.Argument(help="PDF to write")],
    username: AsUser,
) -> None:
    """Print all announced notices of a release into one PDF. 打印一个版本的全部通知书。"""
    with refusals(), reading(engine()) as session:
        actor = acting(session, username)
        rows = rows_to_print(session, actor, get_release(session, actor, number), PrintKind.NOTICES)
        print_whole(Office.of(settings()), sealed_visits(session, rows), file)
    out.print(f"{file} {file.stat().st_size:,} bytes", markup=False)


def _press() -> Press:
    return Press(folder=Path(settings().data_folder))
