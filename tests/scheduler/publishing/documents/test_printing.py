"""Big print jobs: asked for once, set in parts, never half, seen by who asked only."""

from __future__ import annotations

import csv
import io
import re
import signal
import stat
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from sqlmodel import Session, select

from data.enums import Channel, PrintKind, PrintStatus, Role
from data.models import AuditEvent, OutboxMessage, PrintOrder, Release
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.config import Environment, Settings
from scheduler.errors import ConflictError, NotFoundError
from scheduler.permissions import Actor
from scheduler.publishing.addresses import Ways
from scheduler.publishing.documents.apart import PressDiedError, join_apart
from scheduler.publishing.documents.batches import print_whole
from scheduler.publishing.documents.issuing import Office
from scheduler.publishing.documents.orders import (
    KEPT_FOR,
    cancel_print,
    file_of,
    folder_of,
    forget_prints,
    get_print,
    list_prints,
    request_print,
    sweep_files,
)
from scheduler.publishing.documents.printing import LEASE, Printer
from scheduler.publishing.documents.typesetting import Press
from scheduler.publishing.openings import openings_on_paper
from scheduler.publishing.releases import seal_due
from tests.factories import make_actor, stored_id
from tests.faults.processes import ended, environment, start
from tests.scheduler.planning.worlds import PUBLISH_AT, World, approve, make_world, publish, solve
from tests.scheduler.publishing.documents.papers import sealed_visit
from tests.scheduler.publishing.documents.printers import print_and_die

KEY = "k" * 40
PAPER = Ways(channels=frozenset({Channel.INBOX, Channel.PRINT}), base_url="https://onedoor.test", key=KEY)
PARTS = ["part-0000.pdf", "part-0001.pdf"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        environment=Environment.TESTING, data_folder=str(tmp_path), secret_key=KEY, base_url="https://onedoor.test"
    )


@pytest.fixture
def printer(sqlite_engine: sa.Engine, clock: FixedClock, settings: Settings) -> Printer:
    return Printer(engine=sqlite_engine, clock=clock, settings=settings, holder="printer")


@pytest.fixture
def sealed(sqlite_engine: sa.Engine, clock: FixedClock, proposed: World) -> World:
    """Release 1, with paper for enterprises without an account."""
    approve(sqlite_engine, clock, proposed)
    clock.instant = PUBLISH_AT
    assert seal_due(sqlite_engine, clock, PAPER) == [1]
    return proposed


def ask(session: Session, clock: FixedClock, actor: Actor, kind: PrintKind, *, english: bool = False) -> PrintOrder:
    release = session.exec(select(Release)).one()
    return request_print(session, clock, actor, release, kind, english=english)


def ordered(engine: sa.Engine, clock: FixedClock, actor: Actor, kind: PrintKind = PrintKind.NOTICES) -> str:
    with unit_of_work(engine) as session:
        return ask(session, clock, actor, kind).uid


def order_of(engine: sa.Engine, uid: str) -> PrintOrder:
    with unit_of_work(engine) as session:
        return session.exec(select(PrintOrder).where(PrintOrder.uid == uid)).one()


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def run(printer: Printer) -> int:
    """Print until nothing waits; returns how many steps it took."""
    steps = 0
    while printer.print_next():
        steps += 1
    return steps


def test_order_is_set_in_parts_and_joined(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, printer: Printer, settings: Settings
) -> None:
    uid = ordered(sqlite_engine, clock, sealed.coordinator)
    assert run(replace(printer, at_once=2)) == 3
    order = order_of(sqlite_engine, uid)
    assert (order.status, order.done, len(order.visits)) == (PrintStatus.DONE, 3, 3)
    file = file_of(settings, order)
    assert text_of(file.read_bytes()).count("联合检查通知书") == 3
    assert file.stat().st_size == order.size
    assert [path.name for path in folder_of(settings, uid).iterdir()] == ["notices.pdf"]
    with reading(sqlite_engine) as session:
        actions = session.exec(select(AuditEvent.action).where(AuditEvent.entity_uid == uid)).all()
    assert actions == ["print.request", "print.end"]


def test_file_is_nobody_elses_on_the_machine(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, printer: Printer, settings: Settings
) -> None:
    uid = ordered(sqlite_engine, clock, sealed.coordinator)
    run(printer)
    assert stat.S_IMODE(folder_of(settings, uid).stat().st_mode) == 0o700
    assert stat.S_IMODE(file_of(settings, order_of(sqlite_engine, uid)).stat().st_mode) == 0o600


def test_post_gets_a_list_and_codes_of_enterprises_without_an_account(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, printer: Printer, settings: Settings
) -> None:
    with unit_of_work(sqlite_engine) as session:
        reached = make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(sealed.enterprises[0]))
        openings = openings_on_paper(session, clock, [stored_id(one) for one in sealed.enterprises], PAPER)
    uid = ordered(sqlite_engine, clock, sealed.coordinator, PrintKind.UNREACHABLE)
    run(printer)
    with zipfile.ZipFile(file_of(settings, order_of(sqlite_engine, uid))) as archive:
        lines = list(csv.reader(io.StringIO(archive.read("addresses.csv").decode("utf-8-sig"))))[1:]
        text = text_of(archive.read("notices.pdf"))
    assert {line[2] for line in lines} == {one.name for one in sealed.enterprises[1:]}
    for firm in sealed.enterprises[1:]:
        assert openings[stored_id(firm)].code.replace(" ", "") in text
    assert openings[reached.enterprise_id or 0].code.replace(" ", "") not in text


def test_codes_are_printed_for_who_may_deliver_and_for_nobody_else(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, printer: Printer, settings: Settings
) -> None:
    with unit_of_work(sqlite_engine) as session:
        supervisor = make_actor(session, Role.SUPERVISOR)
        openings = openings_on_paper(session, clock, [stored_id(one) for one in sealed.enterprises], PAPER)
    codes = {one.code.replace(" ", "") for one in openings.values()}
    assert len(codes) == 3
    for actor, count in ((sealed.coordinator, 3), (supervisor, 0)):
        uid = ordered(sqlite_engine, clock, actor)
        run(printer)
        text = text_of(file_of(settings, order_of(sqlite_engine, uid)).read_bytes())
        assert sum(code in text for code in codes) == count
        assert ("扫码核验、办理" in text) == (count == 0)


def test_revoked_or_foreign_key_prints_no_code(sqlite_engine: sa.Engine, clock: FixedClock, sealed: World) -> None:
    owners = [stored_id(one) for one in sealed.enterprises]
    with reading(sqlite_engine) as session:
        assert len(openings_on_paper(session, clock, owners, PAPER)) == 3
        assert openings_on_paper(session, clock, owners, replace(PAPER, key="other" * 8)) == {}
        assert openings_on_paper(session, clock, owners, replace(PAPER, key="")) == {}
        kept = [str(one.payload) for one in session.exec(select(OutboxMessage))]
        opened = openings_on_paper(session, clock, owners, PAPER).values()
        assert not [one for one in opened for text in kept if one.code in text or one.link in text]


def test_second_click_gives_the_same_order(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        world = make_world(session, sites=1, organisations=1)
    solve(engine, clock, world)
    publish(engine, clock, world)
    first, second = (ordered(engine, clock, world.coordinator) for _ in range(2))
    assert first == second
    with unit_of_work(engine) as session:
        cancel_print(session, clock, world.coordinator, get_print(session, world.coordinator, first))
    assert ordered(engine, clock, world.coordinator) != first


def test_cancelled_order_is_not_printed_and_its_parts_are_swept(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, printer: Printer, settings: Settings
) -> None:
    uid = ordered(sqlite_engine, clock, sealed.coordinator)
    assert replace(printer, at_once=1).print_next()
    with unit_of_work(sqlite_engine) as session:
        cancel_print(session, clock, sealed.coordinator, get_print(session, sealed.coordinator, uid))
        with pytest.raises(ConflictError):
            cancel_print(session, clock, sealed.coordinator, get_print(session, sealed.coordinator, uid))
    assert run(printer) == 0
    assert folder_of(settings, uid).is_dir()
    with reading(sqlite_engine) as session:
        assert sweep_files(session, settings) == 1
    assert not folder_of(settings, uid).exists()


def test_order_called_off_while_a_part_is_set_stays_called_off(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, printer: Printer
) -> None:
    uid = ordered(sqlite_engine, clock, sealed.coordinator)

    def watch(_point: str) -> None:
        with unit_of_work(sqlite_engine) as session:
            order = get_print(session, sealed.coordinator, uid)
            if order.status is PrintStatus.PRINTING:
                cancel_print(session, clock, sealed.coordinator, order)

    assert replace(printer, watch=watch).print_next()
    order = order_of(sqlite_engine, uid)
    assert (order.status, order.done) == (PrintStatus.CANCELLED, 0)


def test_order_is_found_by_nobody_but_who_asked(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, settings: Settings
) -> None:
    uid = ordered(sqlite_engine, clock, sealed.coordinator)
    with unit_of_work(sqlite_engine) as session:
        other = make_actor(session, Role.COORDINATOR)
        assert list_prints(session, other) == []
        with pytest.raises(NotFoundError):
            get_print(session, other, uid)
        own = get_print(session, sealed.coordinator, uid)
        assert list_prints(session, sealed.coordinator) == [(own, 1)]
        with pytest.raises(NotFoundError):
            file_of(settings, own)
        firm = make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(sealed.enterprises[0]))
        with pytest.raises(NotFoundError):
            ask(session, clock, firm, PrintKind.NOTICES)


def test_broken_template_fails_the_order_with_its_place(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, printer: Printer, settings: Settings
) -> None:
    templates = Press(folder=Path(settings.data_folder)).templates
    templates.mkdir()
    (templates / "notice.typ").write_text("#let x = (", encoding="utf-8")
    uid = ordered(sqlite_engine, clock, sealed.coordinator)
    assert run(printer) == 1
    order = order_of(sqlite_engine, uid)
    assert order.status is PrintStatus.FAILED
    assert order.failure.startswith("template_fault notice.typ ")


def test_press_that_dies_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "bad.pdf").write_bytes(b"no pdf")
    with pytest.raises(PressDiedError):
        join_apart([tmp_path / "bad.pdf"], tmp_path / "whole.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.pdf"]


def test_old_orders_go_with_their_files(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, printer: Printer, settings: Settings
) -> None:
    uid = ordered(sqlite_engine, clock, sealed.coordinator)
    run(printer)
    for later, gone in ((KEPT_FOR, 0), (timedelta(seconds=1), 1)):
        clock.instant += later
        with unit_of_work(sqlite_engine) as session:
            assert forget_prints(session, clock) == gone
        with reading(sqlite_engine) as session:
            assert sweep_files(session, settings) == gone
    assert not folder_of(settings, uid).exists()


@pytest.mark.parametrize(("point", "there"), [("set", PARTS[:1]), ("joined", [*PARTS, "notices.pdf"])])
def test_killed_printer_leaves_no_half_file_and_another_goes_on(
    sqlite_engine: sa.Engine, tmp_path: Path, clock: FixedClock, sealed: World, printer: Printer, settings: Settings,
    point: str, there: list[str],
) -> None:  # fmt: skip
    uid = ordered(sqlite_engine, clock, sealed.coordinator)
    words = environment(
        sqlite_engine, tmp_path, clock.now(), data_folder=str(tmp_path), secret_key=KEY, base_url=settings.base_url
    )
    assert ended(start(print_and_die, words, point, 2)) == -signal.SIGKILL
    place = folder_of(settings, uid)
    assert sorted(path.name for path in place.iterdir()) == sorted(there)
    first = (place / PARTS[0]).stat()
    heir = replace(printer, at_once=2)
    # While the dead process has its lease nobody takes the order.
    assert run(heir) == 0
    clock.instant += LEASE + timedelta(seconds=1)
    assert heir.print_next()
    assert point == "joined" or (place / PARTS[0]).stat().st_mtime_ns == first.st_mtime_ns
    run(heir)
    order = order_of(sqlite_engine, uid)
    assert order.status is PrintStatus.DONE
    assert text_of(file_of(settings, order).read_bytes()).count("联合检查通知书") == 3


def test_every_notice_of_a_batch_begins_at_page_one_on_a_sheet_of_its_own(tmp_path: Path) -> None:
    visits = [sealed_visit(uid=f"{place:032x}") for place in range(3)]
    office = Office(press=Press(folder=tmp_path), base_url="https://onedoor.test")
    print_whole(office, visits, tmp_path / "all.pdf")
    pages = [re.sub(r"\s", "", page.extract_text()) for page in PdfReader(tmp_path / "all.pdf").pages]
    starts = [place for place, text in enumerate(pages) if "联合检查通知书" in text]
    assert len(starts) == 3
    assert all(place % 2 == 0 for place in starts)
    assert all("—1—" in pages[place] for place in starts)
