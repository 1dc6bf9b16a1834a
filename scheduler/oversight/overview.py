"""All warnings: counted for the desk, listed for the page, with all rows for a download. Reads only."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlmodel import Session

from scheduler.clock import Clock, today
from scheduler.errors import NotPermittedError
from scheduler.filing.judging import rules_in_force
from scheduler.oversight import (
    annual_plans,
    back_filing,
    merging,
    off_plan,
    officers,
    orders,
    partners,
    quotas,
    repeats,
    results,
    uncapped,
)
from scheduler.oversight.warning import Check, OversightWarning, Scene, WarningKind
from scheduler.permissions import Actor, may_see_all
from scheduler.workdays import load_calendar

_MODULES: Final = (
    repeats,
    uncapped,
    merging,
    officers,
    quotas,
    annual_plans,
    back_filing,
    off_plan,
    partners,
    results,
    orders,
)
CHECKS: Final[dict[WarningKind, Check]] = {module.CHECK.kind: module.CHECK for module in _MODULES}


def list_warnings(session: Session, clock: Clock, actor: Actor) -> tuple[OversightWarning, ...]:
    """Return every kind of warning with its count and figures, without rows. Raises NotPermittedError."""
    scene = _scene(session, clock, actor)
    return tuple(_summary(check, scene, len(check.find(session, scene))) for check in CHECKS.values())


def get_warning(
    session: Session,
    clock: Clock,
    actor: Actor,
    kind: WarningKind,
    *,
    first: int = 0,
    most: int | None = None,
) -> OversightWarning:
    """Return one kind with `most` of its rows (None: all) from number `first`, which counts from 0.

    Raises NotPermittedError.
    """
    scene, check = _scene(session, clock, actor), CHECKS[kind]
    hits = check.find(session, scene)
    shown = hits[first:] if most is None else hits[first : first + most]
    return replace(_summary(check, scene, len(hits)), rows=check.describe(session, scene, shown))


def count_warnings(session: Session, clock: Clock, actor: Actor) -> int:
    """Return how many cases all kinds have together. Raises NotPermittedError."""
    return sum(one.count for one in list_warnings(session, clock, actor))


def _scene(session: Session, clock: Clock, actor: Actor) -> Scene:
    if not may_see_all(actor):
        raise NotPermittedError
    day = today(clock)
    return Scene(today=day, calendar=load_calendar(session), rules=rules_in_force(session, day))


def _summary(check: Check, scene: Scene, count: int) -> OversightWarning:
    rule = scene.rule(check.rule_id)
    return OversightWarning(
        kind=check.kind,
        rule_id=check.rule_id,
        source=rule.source if rule is not None else check.source,
        columns=check.columns,
        figures=check.figures(scene),
        count=count,
    )
