"""What is against an edit without the checker forbidding it: repeats, lead time, the month wished for, quiet days, the
officers' draw.

A finding counts only when the edit brings it about. How grave it is stands in the table of rules: a warning asks for a
reason, a notice is told, and what an administrator has made hard is refused. Reads only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import NoticeMode, PlanKind, Severity, VisitStatus
from data.models import InspectionRecord, InspectionRequest, Plan, PlanTask, Round, Rule, Site, Visit
from scheduler.clock import Clock, today
from scheduler.errors import RuleError
from scheduler.filing.judging import rules_in_force
from scheduler.planning.editing.bench import Bench
from scheduler.planning.editing.crews import drawn_crew
from scheduler.planning.editing.states import VisitState
from scheduler.workdays import load_calendar

REPEAT: Final = "R37"
LEAD_TIME: Final = "R27"
TOGETHER: Final = "R36"
QUIET: Final = "R60"
DRAWN: Final = "R51"
DEFAULTS: Final[Mapping[str, tuple[Severity, Mapping[str, Any]]]] = {
    REPEAT: (Severity.WARNING, {"days": 30}),
    LEAD_TIME: (Severity.WARNING, {"working_days": 7}),
    TOGETHER: (Severity.WARNING, {}),
    QUIET: (Severity.HARD, {"on": False, "first_day": 1, "last_day": 15}),
    DRAWN: (Severity.WARNING, {}),
}
"""Where a district has no row of a rule: as in the rules that come with the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing against an edit. `code`: of the sentence; `key`: what it is about; `params`: values of the sentence."""

    code: str
    rule: str
    severity: Severity
    key: tuple[str, ...]
    params: tuple[tuple[str, object], ...]

    @property
    def asks(self) -> bool:
        """Whether somebody has to say why."""
        return self.severity is Severity.WARNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request says of itself. `planned`: the day its body wished for."""

    joint: bool
    notice_mode: NoticeMode
    first: date
    last: date
    planned: date | None
    kind: PlanKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What findings are judged by. `elsewhere`: enterprise -> days on which somebody else comes or came, with who."""

    rules: Mapping[str, tuple[Severity, Mapping[str, Any]]]
    asked: Mapping[str, Asked]
    enterprise: Mapping[str, int]
    elsewhere: Mapping[int, tuple[tuple[str, date], ...]]
    earliest: date


def soft_findings(session: Session, clock: Clock, round_: Round, bench: Bench) -> tuple[Finding, ...]:
    """What an edit on the bench newly brings about, in the order of the rules.

    Raises RuleError for what the district's table makes hard.
    """
    sites = {state.site for uid, state in bench.visits.items() if bench.before.visits.get(uid) != state}
    if not sites:
        return ()
    before = {uid: state for uid, state in bench.before.visits.items() if state.site in sites and state.alive}
    after = {uid: state for uid, state in bench.visits.items() if state.site in sites and state.alive}
    around = look_around(session, clock, round_, {**before, **after}, bench.withdrawn)
    known = {one.key for one in standing_findings(around, before)}
    new = [one for one in standing_findings(around, after) if one.key not in known]
    new += _short_notice(around, before, after)
    new += _off_draw(around, bench)
    hard = tuple((one.code, one.key[-1], _figures(one)) for one in new if one.severity is Severity.HARD)
    if hard:
        raise RuleError(hard)
    return tuple(sorted(new, key=lambda one: (one.rule, one.key)))


def _figures(one: Finding) -> str:
    return " ".join(f"{name}={value}" for name, value in one.params)


def standing_findings(around: Around, visits: Mapping[str, VisitState]) -> Iterator[Finding]:
    """What is against some visits as they stand; those of one enterprise have to be there together."""
    yield from _repeats(around, visits)
    yield from _apart(around, visits)
    for uid in sorted(visits):
        yield from _months(around, visits[uid])
        yield from _quiet(around, visits[uid])


def _finding(around: Around, code: str, rule: str, key: tuple[str, ...], **params: object) -> Finding:
    severity = around.rules[rule][0]
    plain = tuple((name, value.isoformat() if isinstance(value, date) else value) for name, value in params.items())
    return Finding(code=code, rule=rule, severity=severity, key=(code, *key), params=plain)


def _repeats(around: Around, visits: Mapping[str, VisitState]) -> Iterator[Finding]:
    limit = int(around.rules[REPEAT][1]["days"])
    days: dict[int, dict[str, date]] = {}
    for uid, state in visits.items():
        days.setdefault(around.enterprise[state.site], {})[uid] = state.day
    for enterprise, own in days.items():
        others = {uid: day for uid, day in around.elsewhere.get(enterprise, ()) if uid not in own}
        pairs = [*combinations(sorted(own), 2), *((one, other) for one in sorted(own) for other in sorted(others))]
        for one, other in pairs:
            here, there = own[one], own.get(other) or others[other]
            apart = abs((here - there).days)
            if apart < limit:
                yield _finding(
                    around, "repeat_soon", REPEAT, (one, other), day=here, other=there, apart=apart, days=limit
                )


def _apart(around: Around, visits: Mapping[str, VisitState]) -> Iterator[Finding]:
    """Requests of one site that could go together and do not."""
    at_site: dict[str, list[str]] = {}
    for uid in sorted(visits):
        at_site.setdefault(visits[uid].site, []).append(uid)
    for one, other in (pair for uids in at_site.values() for pair in combinations(uids, 2)):
        for first in visits[one].requests:
            for second in visits[other].requests:
                if _could_join(around.asked.get(first), around.asked.get(second)):
                    pair = tuple(sorted((first, second)))
                    days = {"day": visits[one].day, "other": visits[other].day}
                    yield _finding(around, "joint_lost", TOGETHER, pair, **days)


def _could_join(one: Asked | None, other: Asked | None) -> bool:
    if one is None or other is None or not (one.joint and other.joint) or one.notice_mode is not other.notice_mode:
        return False
    return max(one.first, other.first) <= min(one.last, other.last)


def _months(around: Around, visit: VisitState) -> Iterator[Finding]:
    for request in visit.requests:
        planned = around.asked[request].planned if request in around.asked else None
        if planned is not None and (planned.year, planned.month) != (visit.day.year, visit.day.month):
            yield _finding(around, "other_month", TOGETHER, (request,), day=visit.day, planned=planned)


def _quiet(around: Around, visit: VisitState) -> Iterator[Finding]:
    params = around.rules[QUIET][1]
    if not params["on"] or not params["first_day"] <= visit.day.day <= params["last_day"]:
        return
    for request in visit.requests:
        if request in around.asked and around.asked[request].kind is PlanKind.DAILY:
            spans = {"first": params["first_day"], "last": params["last_day"]}
            yield _finding(around, "quiet_day", QUIET, (request,), day=visit.day, **spans)


def _short_notice(
    around: Around, before: Mapping[str, VisitState], after: Mapping[str, VisitState]
) -> Iterator[Finding]:
    """Visits that the enterprise was told of and that change, or now come, within the lead time."""
    for uid, old in sorted(before.items()):
        new = after.get(uid)
        if old.status is not VisitStatus.PUBLISHED or old.notice_mode is not NoticeMode.ANNOUNCED:
            continue
        if new is not None and (new.day, new.start_quarter) == (old.day, old.start_quarter):
            continue
        soonest = old.day if new is None else min(old.day, new.day)
        if soonest < around.earliest:
            days = around.rules[LEAD_TIME][1]["working_days"]
            yield _finding(around, "short_notice", LEAD_TIME, (uid,), day=soonest, earliest=around.earliest, days=days)


def _off_draw(around: Around, bench: Bench) -> Iterator[Finding]:
    """Crews that somebody named although the officers' draw sends others who are free."""
    for uid, new in sorted(bench.visits.items()):
        old = bench.before.visits.get(uid)
        if old is None or not new.alive or (old.day, old.start_quarter, old.requests) != (
            new.day, new.start_quarter, new.requests,
        ):  # fmt: skip
            continue
        others = [one for one in bench.visits.values() if one.uid != uid and one.alive]
        for member in new.members:
            drawn = None if member in old.members else drawn_crew(bench.frame, new, member.request, others)
            off = set(member.officers) - set(drawn or member.officers)
            if off:
                figures = {"off": len(off), "need": len(member.officers)}
                yield _finding(around, "crew_off_draw", DRAWN, (member.request,), **figures)


def look_around(
    session: Session, clock: Clock, round_: Round, visits: Mapping[str, VisitState], withdrawn: Collection[str]
) -> Around:
    """Read what findings on some visits are judged by; a fixed number of queries."""
    rules = _rules(session, today(clock))
    sites = {state.site for state in visits.values()}
    enterprise = dict(session.execute(select(Site.uid, Site.enterprise_id).where(col(Site.uid).in_(sites))).all())
    reach = timedelta(days=int(rules[REPEAT][1]["days"]))
    days = [state.day for state in visits.values()]
    return Around(
        rules=rules,
        asked={uid: one for uid, one in _asked(session, round_, sites).items() if uid not in withdrawn},
        enterprise=enterprise,
        elsewhere=_elsewhere(
            session,
            set(enterprise.values()),
            min(days, default=round_.period_first) - reach,
            max(days, default=round_.period_last) + reach,
            visits,
        ),
        earliest=load_calendar(session).add_workdays(today(clock), int(rules[LEAD_TIME][1]["working_days"])),
    )


def _rules(session: Session, day: date) -> dict[str, tuple[Severity, Mapping[str, Any]]]:
    """Severity and figures by rule, as in force for everybody; a rule that is switched off only tells."""
    known = set(session.exec(select(Rule.code).where(col(Rule.code).in_(DEFAULTS)).distinct()))
    rows = {one.code: one for one in rules_in_force(session, day) if not (one.organisation_kind or one.scenario_id)}
    found: dict[str, tuple[Severity, Mapping[str, Any]]] = {}
    for code, (severity, params) in DEFAULTS.items():
        if code in rows:
            found[code] = rows[code].severity, {**params, **rows[code].parameters}
        else:
            found[code] = Severity.NOTICE if code in known else severity, params
    return found


def _asked(session: Session, round_: Round, sites: set[str]) -> dict[str, Asked]:
    statement = (
        sa.select(
            col(InspectionRequest.uid),
            col(InspectionRequest.joint),
            col(InspectionRequest.notice_mode),
            col(InspectionRequest.first_date),
            col(InspectionRequest.last_date),
            col(InspectionRequest.planned_date),
            col(Plan.kind),
        )
        .join(PlanTask, col(InspectionRequest.task_id) == col(PlanTask.id))
        .join(Plan, col(PlanTask.plan_id) == col(Plan.id))
        .join(Site, col(InspectionRequest.site_id) == col(Site.id))
        .where(col(InspectionRequest.round_id) == round_.id, col(Site.uid).in_(sites))
    )
    return {
        uid: Asked(joint=joint, notice_mode=notice, first=first, last=last, planned=planned, kind=kind)
        for uid, joint, notice, first, last, planned, kind in session.execute(statement)
    }


def _elsewhere(
    session: Session, enterprises: set[int], first: date, last: date, known: Mapping[str, VisitState]
) -> dict[int, tuple[tuple[str, date], ...]]:
    """Enterprise -> other visits of any round and past ones, (uid, day), from `first` to `last`."""
    planned = (
        sa.select(col(Site.enterprise_id), col(Visit.uid), col(Visit.day))
        .join(Site, col(Visit.site_id) == col(Site.id))
        .where(col(Site.enterprise_id).in_(enterprises), col(Visit.day).between(first, last))
        .where(col(Visit.status) != VisitStatus.CANCELLED)
    )
    past = (
        sa.select(col(Site.enterprise_id), col(InspectionRecord.visit_uid), col(InspectionRecord.day))
        .join(Site, col(InspectionRecord.site_id) == col(Site.id))
        .where(col(Site.enterprise_id).in_(enterprises), col(InspectionRecord.day).between(first, last))
    )
    found: dict[int, dict[str, date]] = {}
    for enterprise, uid, day in [*session.execute(planned), *session.execute(past)]:
        if uid not in known:
            found.setdefault(enterprise, {})[uid] = day
    return {enterprise: tuple(sorted(days.items())) for enterprise, days in found.items()}
