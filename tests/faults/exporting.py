"""Two processes that write one export, or push to one platform: what each runs, with the guards on and off.

The first stops with its claim in hand until the second has had its turn, so that the race happens every time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, update

from data.enums import ExportState, PushState
from data.models import ExportRun, PushBatch
from data.session import make_engine
from scheduler.clock import Clock, FixedClock
from scheduler.exports import pushing, writing
from scheduler.transitions import EXPORT, step

PART_ROWS: Final = 2
PATIENCE_SECONDS: Final = 60.0
FIRST, SECOND = "first", "second"


def write_beside_another(url: str, now: datetime, folder: str, name: str, guarded: bool) -> None:
    """Write the export that waits; without the guards anybody may take it, and nobody has lost it."""
    if not guarded:
        writing._free = _any_unfinished  # type: ignore[assignment]
        writing._change = _change_anyway  # type: ignore[assignment]
    _begin(Path(folder), name)
    # The second finishes the export before the first goes on.
    watch = _stand_still(Path(folder), name, "export_kept") if name == FIRST else writing.unwatched
    writing.write_due(make_engine(url), FixedClock(now), holder=name, part_rows=PART_ROWS, watch=watch)
    Path(folder, name).touch()


def push_beside_another(url: str, now: datetime, folder: str, name: str, guarded: bool, key: str) -> None:
    """Push what is due; without the guard a batch that somebody holds is taken all the same."""
    if not guarded:
        pushing._claim = _claim_anyway  # type: ignore[assignment]
    line = pushing.Line(key=key, hosts="127.0.0.1", seconds=5.0, batch_rows=PART_ROWS)
    _begin(Path(folder), name)
    watch = _stand_still(Path(folder), name, "push_cut")
    pushing.push_due(make_engine(url), FixedClock(now), line, holder=name, watch=watch)
    Path(folder, name).touch()


def _begin(folder: Path, name: str) -> None:
    """The second begins when the first is at its point."""
    if name == SECOND:
        _wait_for(folder / FIRST)


def _stand_still(folder: Path, name: str, point: str) -> Callable[[str], None]:
    """Stop at a point, once, until the second is there too or has ended."""

    def watch(here: str) -> None:
        if here == point and not (folder / name).exists():
            (folder / name).touch()
            _wait_for(folder / SECOND)

    return watch


def _wait_for(file: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not file.exists():
        if time.monotonic() > until:
            sys.exit(f"{file.name} never came")
        time.sleep(0.01)


def _any_unfinished(_clock: Clock) -> ColumnElement[bool]:
    return col(ExportRun.state).in_((ExportState.QUEUED, ExportState.RUNNING))


def _change_anyway(session: Session, run_id: int, _epoch: int, event: str, **values: Any) -> bool:
    state = step(EXPORT, ExportState.RUNNING, event, entity="export")
    session.exec(update(ExportRun).where(col(ExportRun.id) == run_id).values(state=state, **values))
    return True


def _claim_anyway(session: Session, _clock: Clock, batch: PushBatch, holder: str) -> bool:
    taken = {"state": PushState.CLAIMED, "epoch": batch.epoch + 1, "lease_holder": holder}
    statement = update(PushBatch).where(col(PushBatch.id) == batch.id).values(**taken)
    session.exec(statement.execution_options(synchronize_session=False))
    return True
