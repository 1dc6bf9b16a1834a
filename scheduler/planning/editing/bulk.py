"""One deed on many visits: a result for each, and one step to undo them all. Knows no rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from data.models import Round
from data.models.columns import new_uid
from scheduler.clock import Clock
from scheduler.errors import DomainError, NotFoundError, StaleError
from scheduler.permissions import Actor
from scheduler.planning.drafts import touch_draft
from scheduler.planning.editing.commands import Command
from scheduler.planning.editing.log import EditOutcome, do_edit, prepare


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What became of one command: an outcome, or the error that kept it from being done."""

    command: Command
    outcome: EditOutcome | None = None
    error: DomainError | NotFoundError | StaleError | None = None

    @property
    def done(self) -> bool:
        return self.error is None


def apply_many(
    session: Session, clock: Clock, actor: Actor, round_: Round, commands: Sequence[Command], *, reason: str = ""
) -> tuple[RowResult, ...]:
    """Do commands one after the other, each on what the ones before left; those that cannot be done leave nothing.

    One `undo` takes back all that were done. Raises NotPermittedError, ConflictError "round_not_open".
    """
    prepare(session, actor, round_)
    batch = new_uid()

    def one(command: Command) -> EditOutcome:
        return do_edit(session, clock, actor, round_, command, expected=None, reason=reason, batch=batch)

    results = tuple(_try(session, one, command) for command in commands)
    if any(result.outcome is not None and result.outcome.changed for result in results):
        touch_draft(session, clock, actor, round_, reason=reason)
    return results


def _try(session: Session, one: Callable[[Command], EditOutcome], command: Command) -> RowResult:
    try:
        with session.begin_nested():
            return RowResult(command=command, outcome=one(command))
    except (DomainError, NotFoundError, StaleError) as error:
        return RowResult(command=command, error=error)
