"""The board's count of unpublished changes is that of the publication's preview, whatever has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import VisitStatus
from data.models import (
    CrewSlot,
    Enterprise,
    InspectionRequest,
    Officer,
    Organisation,
    PlanTask,
    PlanTaskItem,
    ReleaseVisit,
    Round,
    Site,
    Town,
    Visit,
    VisitRequest,
)
from data.session import reading, unit_of_work
from scheduler.board.changes import Unpublished, unpublished
from scheduler.board.rows import load_rows
from scheduler.clock import FixedClock
from scheduler.publishing.approvals import publication_preview
from scheduler.publishing.differences import Change
from tests.factories import NOW, make_request, make_site, stored_id
from tests.scheduler.board.scenes import Scene, make_scene

Edit = Callable[[Session, Visit], None]


@pytest.fixture
def scene(sqlite_engine: sa.Engine) -> Scene:
    with unit_of_work(sqlite_engine) as session:
        return make_scene(session, visits=12)


def both(engine: sa.Engine, scene: Scene) -> tuple[Unpublished, dict[str, Change]]:
    """What the board says, and what the preview says."""
    with reading(engine) as session:
        board = unpublished(session, scene.round_id, load_rows(session, scene.round_id))
        preview = publication_preview(session, FixedClock(NOW), session.get_one(Round, scene.round_id))
        return board, {one.visit_uid: one.change for one in preview.differences}


def move(session: Session, visit: Visit) -> None:
    visit.day = date(2026, 3, 31)


def start_later(session: Session, visit: Visit) -> None:
    visit.start_quarter = 3


def lengthen(session: Session, visit: Visit) -> None:
    visit.start_quarter, visit.quarters = 0, 4


def rename_site(session: Session, visit: Visit) -> None:
    session.get_one(Site, visit.site_id).name = "新的店名"


def move_site_to_another_address(session: Session, visit: Visit) -> None:
    session.get_one(Site, visit.site_id).address = "新的地址"


def rename_enterprise(session: Session, visit: Visit) -> None:
    session.get_one(Enterprise, session.get_one(Site, visit.site_id).enterprise_id).name = "新的企业名"


def rename_town(session: Session, visit: Visit) -> None:
    session.get_one(Town, session.get_one(Site, visit.site_id).town_id).name = "新的镇名"


def rename_body(session: Session, visit: Visit) -> None:
    session.get_one(Organisation, visit.lead_organisation_id).short_name = "新局"


def rename_officer(session: Session, visit: Visit) -> None:
    session.get_one(Officer, visit.lead_officer_id).name = "新的姓名"


def rename_task(session: Session, visit: Visit) -> None:
    for task in session.exec(select(PlanTask)):
        task.name = f"新的{task.name}"


def add_item(session: Session, visit: Visit) -> None:
    task = session.exec(select(PlanTask)).first()
    session.add(PlanTaskItem(task_id=stored_id(task), position=1, text="新的事项"))


def change_lead(session: Session, visit: Visit) -> None:
    crew = session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id)).all()
    visit.lead_officer_id = next(one for one in crew if one != visit.lead_officer_id)


def lose_one_of_the_crew(session: Session, visit: Visit) -> None:
    slot = session.exec(
        select(CrewSlot).where(CrewSlot.visit_id == visit.id, CrewSlot.officer_id != visit.lead_officer_id)
    ).first()
    session.delete(slot)


def cancel(session: Session, visit: Visit) -> None:
    visit.status = VisitStatus.CANCELLED


def remove(session: Session, visit: Visit) -> None:
    session.execute(sa.delete(CrewSlot).where(col(CrewSlot.visit_id) == visit.id))
    session.execute(sa.delete(VisitRequest).where(col(VisitRequest.visit_id) == visit.id))
    session.execute(sa.delete(Visit).where(col(Visit.id) == visit.id))


def add_a_visit(session: Session, visit: Visit) -> None:
    like = session.exec(select(InspectionRequest).where(InspectionRequest.round_id == visit.round_id)).first()
    assert like is not None
    site = make_site(session)
    made = Visit(
        round_id=visit.round_id, site_id=stored_id(site), day=visit.day, start_quarter=0, quarters=1,
        notice_mode=visit.notice_mode, lead_organisation_id=like.organisation_id,
    )  # type: ignore[call-arg]  # fmt: skip
    session.add(made)
    session.flush()
    round_, task = session.get_one(Round, visit.round_id), session.get_one(PlanTask, like.task_id)
    request = make_request(session, round_, task, site)
    session.add(VisitRequest(visit_id=stored_id(made), request_id=stored_id(request)))


def touch_without_changing(session: Session, visit: Visit) -> None:
    visit.day_pinned = True


EDITS: tuple[Edit, ...] = (
    move, start_later, lengthen, rename_site, move_site_to_another_address, rename_enterprise, rename_town, rename_body,
    rename_officer, rename_task, add_item, change_lead, lose_one_of_the_crew, cancel, remove, add_a_visit,
    touch_without_changing,
)  # fmt: skip


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_board_and_preview_agree_after(sqlite_engine: sa.Engine, scene: Scene, edit: Edit) -> None:
    # The hashes of the first look are kept; the second look must see what has changed since.
    before, _ = both(sqlite_engine, scene)
    with unit_of_work(sqlite_engine) as session:
        edit(session, session.exec(select(Visit).order_by(col(Visit.id))).all()[4])
        session.flush()

    board, preview = both(sqlite_engine, scene)

    assert before.count == 0
    assert dict(board.changes) == preview
    assert (board.count == 0) == (edit is touch_without_changing)


def test_round_that_was_never_released_is_new_all_over(sqlite_engine: sa.Engine) -> None:
    with unit_of_work(sqlite_engine) as session:
        scene = make_scene(session, visits=5, published=False)

    board, preview = both(sqlite_engine, scene)

    assert dict(board.changes) == preview
    assert (board.count, set(board.changes.values()), board.released) == (5, {Change.NEW}, None)


def test_moved_visit_knows_where_it_was_and_gone_one_what_it_was(sqlite_engine: sa.Engine, scene: Scene) -> None:
    with unit_of_work(sqlite_engine) as session:
        first, second = session.exec(select(Visit).order_by(col(Visit.id))).all()[:2]
        was, gone = (first.uid, first.day), second.uid
        move(session, first)
        cancel(session, second)

    board, _ = both(sqlite_engine, scene)

    assert board.before == {was[0]: (was[1].isoformat(), "09:00")}
    assert [(one.uid, one.public["site"]) for one in board.gone] == [(gone, "合成场所1号店")]


def test_cancelled_in_the_release_and_back_in_the_draft_is_new(sqlite_engine: sa.Engine, scene: Scene) -> None:
    with unit_of_work(sqlite_engine) as session:
        uid = session.exec(select(Visit.uid)).first()
        # Triggers guard released rows; the world that this test is about was released like this.
        names = session.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for name in names:
            session.execute(sa.text(f"DROP TRIGGER {name}"))
        session.execute(sa.update(ReleaseVisit).where(col(ReleaseVisit.visit_uid) == uid).values(cancelled=True))

    board, preview = both(sqlite_engine, scene)

    assert dict(board.changes) == preview == {uid: Change.NEW}
