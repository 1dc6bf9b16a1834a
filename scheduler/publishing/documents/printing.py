"""Working off the orders of big print jobs, a part at a time: every part is a file of its own that is there or not.

What a killed process had finished is used by the next one, and what it had not is set again. No transaction is open
while a part is set.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeAlias

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from data.enums import PrintKind, PrintStatus
from data.models import PrintOrder, ReleaseVisit
from data.session import reading, unit_of_work
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.config import Settings
from scheduler.leasing import lease_is_over
from scheduler.planning.drafts import chunks
from scheduler.publishing.channels import open_ways
from scheduler.publishing.documents.apart import Batch, PressDiedError, join_apart, typeset_apart
from scheduler.publishing.documents.batches import AT_ONCE, notice_batch, part_name, split
from scheduler.publishing.documents.issuing import Office, address_lines
from scheduler.publishing.documents.orders import file_name, folder_of
from scheduler.publishing.documents.sealed import sealed_visits
from scheduler.publishing.documents.typesetting import TemplateError
from scheduler.publishing.openings import openings_on_paper
from scheduler.transitions import PRINT, step

logger = logging.getLogger(__name__)

Watch: TypeAlias = Callable[[str], None]
"""Called with "set" after each part and "joined" before the end; tests let processes die there."""
LEASE: Final = timedelta(minutes=2)
"""Longer than the longest run of the typesetter, so that nobody takes over what is still being set."""
_FIXED_TIME: Final = (2000, 1, 1, 0, 0, 0)
_LOCKED: Final = 0o700


def unwatched(_point: str) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    """Who prints, and with what. `at_once`: notices of a part; all that print from one folder must agree on it."""

    engine: sa.Engine
    clock: Clock
    settings: Settings
    holder: str
    at_once: int = AT_ONCE
    watch: Watch = unwatched

    def print_next(self) -> bool:
        """Set the next part of the oldest order, or finish it. Returns False when no order waits."""
        with unit_of_work(self.engine) as session:
            order = _claim(session, self.clock, self.holder)
        if order is None:
            return False
        place = folder_of(self.settings, order.uid)
        place.mkdir(mode=_LOCKED, parents=True, exist_ok=True)
        try:
            self._go_on(order, place)
        except (TemplateError, PressDiedError) as error:
            logger.warning("print failed order=%s error=%s", order.uid, error)
            self._end(order, "fail", failure=" ".join([error.code, *(str(one) for one in error.params.values())]))
        return True

    def _go_on(self, order: PrintOrder, place: Path) -> None:
        parts = split(order.visits, self.at_once)
        files = [place / part_name(number) for number in range(len(parts))]
        missing = next((number for number, file in enumerate(files) if not file.is_file()), None)
        if missing is None:
            self._finish(order, place, files)
            return
        with reading(self.engine) as session:
            batch = self._batch(session, order, parts[missing])
        typeset_apart(Office.of(self.settings).press, batch, files[missing])
        self.watch("set")
        self._progress(order, sum(map(len, parts[: missing + 1])))

    def _batch(self, session: Session, order: PrintOrder, uids: Sequence[str]) -> Batch:
        rows, ways = _rows(session, order, uids), open_ways(self.settings)
        owners = [row.enterprise_id for row in rows] if order.opens else []
        found = openings_on_paper(session, self.clock, owners, ways)
        openings = {row.visit_uid: found[row.enterprise_id] for row in rows if row.enterprise_id in found}
        visits = sealed_visits(session, rows)
        return notice_batch(Office.of(self.settings), visits, openings, english=order.english)

    def _progress(self, order: PrintOrder, done: int) -> None:
        with unit_of_work(self.engine) as session:
            session.exec(
                update(PrintOrder)
                .where(*_held(order, self.holder))
                .values(done=done, lease_until=self.clock.now() + LEASE)
                .execution_options(synchronize_session=False)
            )

    def _finish(self, order: PrintOrder, place: Path, parts: Sequence[Path]) -> None:
        target = place / file_name(order)
        whole = target if order.kind is PrintKind.NOTICES else place / "whole.pdf"
        join_apart(parts, whole)
        if order.kind is PrintKind.UNREACHABLE:
            with reading(self.engine) as session:
                lines = address_lines(session, _rows(session, order, order.visits))
            _pack(target, whole, lines)
        self.watch("joined")
        self._end(order, "finish", file=target)
        for part in (*parts, *({whole} - {target})):
            part.unlink(missing_ok=True)

    def _end(self, order: PrintOrder, event: str, *, file: Path | None = None, failure: str = "") -> None:
        """End an order that is still ours, in one step: whoever called it off meanwhile was first."""
        values = {"size": file.stat().st_size, "sha256": _digest(file), "done": len(order.visits)} if file else {}
        after = step(PRINT, PrintStatus.PRINTING, event, entity="print")
        with unit_of_work(self.engine) as session:
            ended = session.exec(
                update(PrintOrder)
                .where(*_held(order, self.holder))
                .values(status=after, finished_at=self.clock.now(), lease_until=None, failure=failure, **values)
                .execution_options(synchronize_session=False)
            )
            if ended.rowcount == 1:
                told = {"status": str(after), "failure": failure.partition("\n")[0]}
                record(session, self.clock, None, "print.end", entity="print", entity_uid=order.uid, after=told)


def _claim(session: Session, clock: Clock, holder: str) -> PrintOrder | None:
    """Take the oldest order that waits, is ours, or whose printer fell silent; of two who try one gets it."""
    free = sa.or_(
        col(PrintOrder.status) == PrintStatus.QUEUED,
        sa.and_(
            col(PrintOrder.status) == PrintStatus.PRINTING,
            sa.or_(col(PrintOrder.lease_holder) == holder, lease_is_over(col(PrintOrder.lease_until), clock, LEASE)),
        ),
    )
    found = session.exec(
        select(PrintOrder).where(free).order_by(col(PrintOrder.requested_at), col(PrintOrder.id)).limit(1)
    ).first()
    if found is None:
        return None
    taken = session.exec(
        update(PrintOrder)
        .where(col(PrintOrder.id) == found.id, free)
        .values(status=PrintStatus.PRINTING, lease_holder=holder, lease_until=clock.now() + LEASE)
        .execution_options(synchronize_session=False)
    )
    session.refresh(found)
    return found if taken.rowcount == 1 else None


def _held(order: PrintOrder, holder: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(PrintOrder.id) == order.id,
        col(PrintOrder.status) == PrintStatus.PRINTING,
        col(PrintOrder.lease_holder) == holder,
    )


def _rows(session: Session, order: PrintOrder, uids: Sequence[str]) -> list[ReleaseVisit]:
    """The released rows with these uids, in their order."""
    found = {
        row.visit_uid: row
        for part in chunks(list(uids))
        for row in session.exec(
            select(ReleaseVisit).where(
                ReleaseVisit.release_id == order.release_id, col(ReleaseVisit.visit_uid).in_(part)
            )
        )
    }
    return [found[uid] for uid in uids]


def _pack(target: Path, notices: Path, lines: bytes) -> None:
    """A zip for the post room: the notices, and where each has to go."""
    draft = target.with_name(f"{target.name}.draft")
    with zipfile.ZipFile(draft, "w") as archive:
        with notices.open("rb") as source, archive.open(zipfile.ZipInfo("notices.pdf", _FIXED_TIME), "w") as sink:
            shutil.copyfileobj(source, sink)
        archive.writestr(zipfile.ZipInfo("addresses.csv", _FIXED_TIME), lines, zipfile.ZIP_DEFLATED)
    draft.replace(target)


def _digest(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
