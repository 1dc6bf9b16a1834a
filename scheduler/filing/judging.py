"""Judging a plan by the rules in force: what stands against it, which reasons were given, what it was judged by.

The versions of the rules are rows, their code is in `rules`. A rule holds in the version that is valid on the day; a
version for a kind of body or for a scenario goes before the general one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, insert, select

from data.enums import OrganisationKind, Severity
from data.models import Plan, PlanJudgement, Rule, RuleOverride
from scheduler import audit
from scheduler.clock import DISTRICT_ZONE, Clock, today
from scheduler.errors import Fault, InvalidError
from scheduler.filing.access import EDITABLE, require_editable
from scheduler.filing.caps.plan_caps import CapLine
from scheduler.filing.picturing import load_picture
from scheduler.filing.rules.finding import Broken, Finding
from scheduler.filing.rules.picture import PlanPicture
from scheduler.filing.rules.registry import RULES
from scheduler.permissions import Actor

LONGEST_REASON: Final = 2000
_ORDER: Final = {Severity.HARD: 0, Severity.WARNING: 1, Severity.NOTICE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingGroup:
    """The same finding at several sites of one task, told once: the first of them, and all the places in order."""

    finding: Finding
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCheck:
    """What the page of a plan shows before it is submitted: findings, the graver first, and caps by enterprise."""

    findings: tuple[Finding, ...]
    caps: tuple[CapLine, ...]

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.blocks)

    @property
    def groups(self) -> tuple[FindingGroup, ...]:
        """The findings, those that differ in nothing but the site together; in the order of the first of each."""
        found: dict[tuple[object, ...], list[Finding]] = {}
        for one in self.findings:
            figures = tuple((name, str(value)) for name, value in one.params if name != "where")
            found.setdefault((one.name, one.severity, one.task_uid, one.overridden, figures), []).append(one)
        return tuple(
            FindingGroup(finding=same[0], places=tuple(dict.fromkeys(one.where for one in same)))
            for same in found.values()
        )

    @property
    def open_warnings(self) -> tuple[Finding, ...]:
        """Warnings that a reason would settle."""
        return tuple(one for one in self.findings if one.blocks and one.severity is Severity.WARNING)


def plan_check(session: Session, clock: Clock, plan: Plan) -> PlanCheck:
    """Return the findings of a plan and how its caps stand. Reads only.

    A draft is judged as of today, a plan that was handed in as of the day on which it was.
    """
    present = today(clock)
    handed_in = plan.submitted_at if plan.status not in EDITABLE else None
    day = handed_in.astimezone(DISTRICT_ZONE).date() if handed_in else present
    picture = load_picture(session, plan, today=day, present=present)
    found = findings_of(rules_in_force(session, picture.today), picture)
    return PlanCheck(findings=_with_reasons(session, plan, found), caps=picture.caps)


def submit_check(session: Session, clock: Clock, plan: Plan) -> None:
    """Raise InvalidError with all that blocks a plan; else note the versions of the rules it was judged by."""
    picture = load_picture(session, plan, today=today(clock))
    rows = rules_in_force(session, picture.today)
    found = _with_reasons(session, plan, findings_of(rows, picture))
    blocking = [one for one in found if one.blocks]
    if blocking:
        raise InvalidError(*map(fault_of, blocking))
    counts: dict[tuple[str, int], int] = {}
    for one in found:
        counts[one.rule_id, one.rule_version] = counts.get((one.rule_id, one.rule_version), 0) + 1
    statement = select(sa.func.max(PlanJudgement.submission)).where(PlanJudgement.plan_id == plan.id)
    submission = (session.exec(statement).one() or 0) + 1
    applied = {row.id or 0: row for _, row, _ in _applied(rows, picture)}
    judged = [
        {
            "plan_id": plan.id,
            "rule_id": key,
            "submission": submission,
            "judged_at": clock.now(),
            "findings": counts.get((row.code, row.version), 0),
        }
        for key, row in applied.items()
    ]
    if judged:
        # One statement: the session would write each of forty rows with one of its own.
        session.exec(insert(PlanJudgement), params=judged)


def give_reason(
    session: Session, clock: Clock, actor: Actor, plan: Plan, *, reason: str, only: tuple[str, str] | None = None
) -> int:
    """Write down why the plan is right in spite of its warnings. `only`: (finding, target); None for all open ones.

    Returns how many warnings it settled. Raises InvalidError: "required", "too_long", "no_such_warning" (a hard rule
    takes no reason); TransitionError when the plan was submitted already.
    """
    require_editable(actor, plan, None)
    said = reason.strip()
    if not said:
        raise InvalidError(Fault(field="reason", code="required"))
    if len(said) > LONGEST_REASON:
        raise InvalidError(Fault(field="reason", code="too_long"))
    open_ = plan_check(session, clock, plan).open_warnings
    meant = [one for one in open_ if only is None or (one.name, one.target) == only]
    if not meant:
        raise InvalidError(Fault(field="reason", code="no_such_warning"))
    # One reason a warning and place, however many figures it has there.
    places = sorted({(one.rule_id, one.name, one.target) for one in meant})
    session.add_all(
        RuleOverride(
            plan_id=plan.id or 0,
            rule=rule,
            finding=name,
            target=target,
            reason=said,
            given_by_id=actor.user_id,
            given_at=clock.now(),
        )
        for rule, name, target in places
    )
    session.flush()
    after = {"findings": [list(place) for place in places]}
    audit.record(session, clock, actor, "plan.override", entity="plan", entity_uid=plan.uid, after=after, reason=said)
    return len(meant)


def rules_in_force(session: Session, day: date) -> tuple[Rule, ...]:
    """Return the versions that hold on a date, by rule: the newest of each scope; what is switched off is left out."""
    rows = session.exec(select(Rule).where(Rule.valid_from <= day).order_by(col(Rule.code), col(Rule.version)))
    newest = {(row.code, row.organisation_kind, row.scenario_id): row for row in rows}
    held = [row for row in newest.values() if row.valid_to is None or day <= row.valid_to]
    return tuple(row for row in held if row.active and row.code in RULES)


def findings_of(rows: Sequence[Rule], picture: PlanPicture) -> tuple[Finding, ...]:
    """Judge a picture by versions of rules; the graver first, then by rule and place."""
    found = [
        _finding(row, broken, picture)
        for judge, row, part in _applied(rows, picture)
        for broken in judge(part, row.parameters)
    ]
    return tuple(sorted(found, key=lambda one: (_ORDER[one.severity], one.rule_id, one.position or 0)))


def fault_of(finding: Finding) -> Fault:
    """A finding as a fault of the plan: the place, the clause and the mend are in its words."""
    return Fault(field=finding.field, code=finding.name, params=finding.params)


def _applied(rows: Sequence[Rule], picture: PlanPicture) -> Iterator[tuple[Any, Rule, PlanPicture]]:
    """Yield (judge, version, the part of the plan that this version is for), by rule."""
    versions: dict[str, dict[tuple[OrganisationKind | None, int | None], Rule]] = {}
    for row in rows:
        versions.setdefault(row.code, {})[row.organisation_kind, row.scenario_id] = row
    for code, scopes in sorted(versions.items()):
        judge = RULES[code].judge
        if judge is None:
            continue
        for row, scenarios in _parts(scopes, picture):
            yield judge, row, picture if scenarios is None else picture.only(scenarios)


def _parts(
    scopes: Mapping[tuple[OrganisationKind | None, int | None], Rule], picture: PlanPicture
) -> list[tuple[Rule, frozenset[int | None] | None]]:
    """Share the scenarios of a plan out among the versions of one rule; None for all of it."""
    kind = picture.organisation.kind
    general = scopes.get((kind, None)) or scopes.get((None, None))
    narrow = {
        scenario: row
        for scenario in {task.row.scenario_id for task in picture.tasks} - {None}
        if (row := scopes.get((kind, scenario)) or scopes.get((None, scenario))) is not None
    }
    if not narrow:
        return [(general, None)] if general else []
    rest = frozenset(task.row.scenario_id for task in picture.tasks if task.row.scenario_id not in narrow)
    parts: list[tuple[Rule, frozenset[int | None] | None]] = [(general, rest)] if general else []
    return parts + [
        (row, frozenset({scenario})) for scenario, row in sorted(narrow.items(), key=lambda one: one[1].id or 0)
    ]


def _finding(row: Rule, broken: Broken, picture: PlanPicture) -> Finding:
    task, site = broken.task, broken.site
    places = [f"{task.row.position}. {task.row.name}" if task else picture.plan.title, *([site.name] if site else [])]
    return Finding(
        rule_id=row.code,
        rule_version=row.version,
        severity=_milder(row.severity, broken.severity),
        name=broken.name,
        field=broken.field,
        task_uid=task.row.uid if task else None,
        site_uid=site.uid if site else None,
        position=task.row.position if task else None,
        params=(("where", " · ".join(places)), ("rule", row.code), *broken.params),
    )


def _milder(given: Severity, asked: Severity | None) -> Severity:
    return given if asked is None or _ORDER[asked] < _ORDER[given] else asked


def _with_reasons(session: Session, plan: Plan, found: Sequence[Finding]) -> tuple[Finding, ...]:
    rows = session.exec(select(RuleOverride).where(RuleOverride.plan_id == plan.id))
    reasons = {(row.finding, row.target): row.reason for row in rows}
    return tuple(_settled(one, reasons.get((one.name, one.target), "")) for one in found)


def _settled(finding: Finding, reason: str) -> Finding:
    if not reason or finding.severity is not Severity.WARNING:
        return finding

    return replace(finding, overridden=reason)
