"""Orders of big print jobs as people see them: asking for one, calling it off, fetching the file.

Only who asked for an order sees it: its file holds what that person may see, and maybe codes.
"""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from data.enums import PrintKind, PrintStatus
from data.models import PrintOrder, Release
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.config import Settings
from scheduler.errors import ConflictError, NotFoundError
from scheduler.permissions import Actor, may_deliver
from scheduler.publishing.documents.issuing import rows_to_print
from scheduler.transitions import PRINT, can_step

LIVE: Final = (PrintStatus.QUEUED, PrintStatus.PRINTING)
KEPT_FOR: Final = timedelta(days=1)
"""A file that may hold codes lies no longer than somebody needs to fetch it; it is printed anew in a minute."""
LISTED: Final = 20
_FILE: Final = {PrintKind.NOTICES: "notices.pdf", PrintKind.UNREACHABLE: "post.zip"}


def request_print(
    session: Session, clock: Clock, actor: Actor, release: Release, kind: PrintKind, *, english: bool
) -> PrintOrder:
    """Queue an order; one of the same kind that this person has under way is returned instead.

    Raises NotFoundError when there is nothing that the actor may print, ConflictError "everybody_reached".
    """
    rows = rows_to_print(session, actor, release, kind)
    order = PrintOrder(
        release_id=release.id or 0,
        kind=kind,
        english=english,
        opens=may_deliver(actor),
        visits=[row.visit_uid for row in rows],
        requested_by_id=actor.user_id,
        requested_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(order)
    except IntegrityError:
        # A second click. The index decides, so that two at once leave one order.
        return session.exec(
            select(PrintOrder).where(
                PrintOrder.release_id == release.id,
                PrintOrder.kind == kind,
                PrintOrder.requested_by_id == actor.user_id,
                col(PrintOrder.status).in_(LIVE),
            )
        ).one()
    after = {"release": release.number, "kind": str(kind), "notices": len(rows), "codes": order.opens}
    record(session, clock, actor, "print.request", entity="print", entity_uid=order.uid, after=after)
    return order


def cancel_print(session: Session, clock: Clock, actor: Actor, order: PrintOrder) -> None:
    """Call an order off; whoever prints it finds out before the next part. Raises ConflictError "print_over"."""
    stopped = session.exec(
        update(PrintOrder)
        .where(col(PrintOrder.id) == order.id, col(PrintOrder.status).in_(LIVE))
        .values(status=PrintStatus.CANCELLED, finished_at=clock.now(), lease_until=None)
        .execution_options(synchronize_session=False)
    )
    session.refresh(order)
    if stopped.rowcount != 1:
        raise ConflictError("print_over", status=str(order.status))
    record(session, clock, actor, "print.cancel", entity="print", entity_uid=order.uid)


def get_print(session: Session, actor: Actor, uid: str) -> PrintOrder:
    """Raises NotFoundError for an unknown order and for everybody but who asked for it."""
    found = session.exec(select(PrintOrder).where(PrintOrder.uid == uid)).first()
    if found is None or found.requested_by_id != actor.user_id:
        raise NotFoundError("print", uid)
    return found


def list_prints(session: Session, actor: Actor) -> list[tuple[PrintOrder, int]]:
    """The actor's last orders with the number of their releases, newest first."""
    statement = (
        select(PrintOrder, col(Release.number))
        .join(Release, col(Release.id) == col(PrintOrder.release_id))
        .where(PrintOrder.requested_by_id == actor.user_id)
        .order_by(col(PrintOrder.id).desc())
    )
    return list(session.exec(statement.limit(LISTED)).all())


def release_number(session: Session, order: PrintOrder) -> int:
    """The number of the release that an order prints."""
    return session.get_one(Release, order.release_id).number


def may_cancel(order: PrintOrder) -> bool:
    """Whether there is still something to call off."""
    return can_step(PRINT, order.status, "cancel")


def folder_of(settings: Settings, uid: str) -> Path:
    """Where the parts and the file of an order lie."""
    return orders_folder(settings) / uid


def orders_folder(settings: Settings) -> Path:
    return Path(settings.data_folder) / "prints"


def file_of(settings: Settings, order: PrintOrder) -> Path:
    """The finished file. Raises NotFoundError while there is none, and when the data folder has lost it."""
    place = folder_of(settings, order.uid) / file_name(order)
    if order.status is not PrintStatus.DONE or not place.is_file():
        raise NotFoundError("print", order.uid)
    return place


def file_name(order: PrintOrder) -> str:
    return _FILE[order.kind]


def forget_prints(session: Session, clock: Clock) -> int:
    """Delete the orders that ended a day ago; returns how many."""
    end = clock.now() - KEPT_FOR
    old = session.exec(select(PrintOrder).where(col(PrintOrder.finished_at) < end)).all()
    for order in old:
        session.delete(order)
    session.flush()
    return len(old)


def sweep_files(session: Session, settings: Settings) -> int:
    """Remove the folders of orders that were called off, failed or are gone; returns how many.

    Folders are listed before rows are read, so that one that is just being made has its row already.
    """
    place = orders_folder(settings)
    folders = [path for path in place.iterdir() if path.is_dir()] if place.is_dir() else []
    living = col(PrintOrder.status).in_((*LIVE, PrintStatus.DONE))
    kept = set(session.exec(select(col(PrintOrder.uid)).where(living)))
    gone = [path for path in folders if path.name not in kept]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    return len(gone)
