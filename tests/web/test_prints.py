"""Print jobs on the pages: asked for, watched, called off, fetched by who asked and by nobody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from data.enums import PrintStatus, Role
from data.models import PrintOrder
from data.session import reading
from scheduler.clock import FixedClock
from scheduler.publishing.documents.printing import Printer
from tests.web.cast import Cast
from tests.web.conftest import SETTINGS, As
from web import db


def ordered(engine: sa.Engine) -> tuple[str, PrintStatus]:
    """Uid and status of the only order."""
    with reading(engine) as session:
        order = session.exec(select(PrintOrder)).one()
        return order.uid, order.status


@pytest.fixture
def asked(browse_as: As, cast: Cast, web_engine: sa.Engine) -> str:
    """The address of an order of the coordinator."""
    answer = browse_as(Role.COORDINATOR).post(f"/prints/releases/{cast.uids['release']}/notices", {"english": "y"})
    uid, status = ordered(web_engine)
    assert (answer.status_code, answer.headers["Location"], status) == (303, f"/prints/{uid}", PrintStatus.QUEUED)
    return f"/prints/{uid}"


def test_order_is_shown_and_listed_to_who_asked(browse_as: As, asked: str) -> None:
    browser = browse_as(Role.COORDINATOR)
    shown = browser.get(asked)
    assert "附英文译文" in shown.text
    assert "排队中" in shown.text
    assert asked in browser.get("/documents").text
    assert browser.get(f"{asked}/progress").status_code == 200
    assert browser.get(f"{asked}/file").status_code == 404


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.APPROVER, Role.CLERK, Role.OFFICER], ids=str)
def test_order_of_another_is_not_found(browse_as: As, asked: str, role: Role) -> None:
    browser = browse_as(role)
    for path in (asked, f"{asked}/progress", f"{asked}/file"):
        assert browser.get(path).status_code == 404
    assert browser.post(f"{asked}/cancel").status_code == 404
    assert asked not in browser.get("/documents").text


def test_order_is_called_off_once(browse_as: As, asked: str, web_engine: sa.Engine) -> None:
    browser = browse_as(Role.COORDINATOR)
    assert browser.post(f"{asked}/cancel", page=asked).status_code == 303
    assert ordered(web_engine)[1] is PrintStatus.CANCELLED
    assert "已取消，没有生成文件。" in browser.get(asked).text
    assert browser.post(f"{asked}/cancel").status_code == 409


def test_finished_file_is_handed_out_and_kept_by_nobody(
    browse_as: As, app: Flask, asked: str, web_engine: sa.Engine, clock: FixedClock, tmp_path: Path
) -> None:
    settings = replace(SETTINGS, data_folder=str(tmp_path))
    printer = Printer(engine=web_engine, clock=clock, settings=settings, holder="printer")
    while printer.print_next():
        pass
    db.install(app, web_engine, settings, clock)
    with browse_as(Role.COORDINATOR).get(f"{asked}/file") as answer:
        assert answer.data.startswith(b"%PDF-")
        assert answer.headers["Content-Disposition"] == "attachment; filename=onedoor-notices-1.pdf"
        assert answer.headers["Cache-Control"] == "no-store"
    assert "可下载" in browse_as(Role.COORDINATOR).get(asked).text


def test_unknown_kind_is_not_found_and_a_firm_may_not_ask(browse_as: As, cast: Cast) -> None:
    path = f"/prints/releases/{cast.uids['release']}"
    assert browse_as(Role.COORDINATOR).post(f"{path}/everything").status_code == 404
    assert browse_as(Role.ENTERPRISE).post(f"{path}/notices").status_code == 403
