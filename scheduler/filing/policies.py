"""The administrator's side of the rules: their table, new versions, and what a change would have stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from data.enums import OrganisationKind, PlanStatus, Severity
from data.errors import NotFoundError
from data.models import Plan, Rule, Scenario
from data.seed.policies import default_rules
from scheduler import audit
from scheduler.clock import DISTRICT_ZONE, Clock, today
from scheduler.errors import Fault, InvalidError, NotPermittedError, StaleError
from scheduler.filing.judging import findings_of, rules_in_force
from scheduler.filing.picturing import load_picture
from scheduler.filing.rules.registry import MODULE_NAMES, RULES
from scheduler.permissions import Actor, may_administer
from scheduler.workdays import load_calendar

PREVIEW_DAYS: Final = 365
MOST_PREVIEWED: Final = 2000
"""Plans that a preview looks at, the newest first: a district files some hundreds a year."""
_NOT_HANDED_IN: Final = (PlanStatus.DRAFT, PlanStatus.WITHDRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule as the table shows it. `lives_in`: where it is kept, `test`: what proves it; `judges`: looks at plans."""

    row: Rule
    lives_in: str
    test: str
    judges: bool
    scenario_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """A new version as an administrator asks for it. `parameters`: the whole of them, typed as the present ones."""

    severity: Severity
    parameters: Mapping[str, Any]
    active: bool
    reason: str = ""
    organisation_kind: OrganisationKind | None = None
    scenario_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """How a change would have told on the plans of the last year.

    `plans`: looked at; `stopped_now`, `stopped_then`: with a finding that stops or asks, by the present and the new
    version; `titles`: of those that only the new one stops, the newest first.
    """

    plans: int
    stopped_now: int
    stopped_then: int
    titles: tuple[str, ...]


def list_rules(session: Session, clock: Clock) -> tuple[RuleLine, ...]:
    """Return the newest version of each rule and scope, by id; those that are switched off too."""
    rows = session.exec(
        select(Rule).where(Rule.valid_from <= today(clock)).order_by(col(Rule.code), col(Rule.version))
    ).all()
    newest = {(row.code, row.organisation_kind, row.scenario_id): row for row in rows if row.code in RULES}
    scenarios = {one.id: one.name for one in session.exec(select(Scenario))}
    return tuple(_line(row, scenarios.get(row.scenario_id, "")) for row in newest.values())


def get_rule(session: Session, uid: str) -> RuleLine:
    """Return one version. Raises NotFoundError."""
    row = session.exec(select(Rule).where(Rule.uid == uid)).first()
    if row is None or row.code not in RULES:
        raise NotFoundError("rule", uid)
    scenario = session.get(Scenario, row.scenario_id) if row.scenario_id else None
    return _line(row, scenario.name if scenario else "")


def list_versions(session: Session, code: str) -> list[Rule]:
    """Return all versions of a rule, the newest first."""
    return list(session.exec(select(Rule).where(Rule.code == code).order_by(col(Rule.version).desc())))


def preview_change(session: Session, clock: Clock, row: Rule, change: RuleChange) -> Preview:
    """Judge the plans of the last year by a change of one rule, as of the day on which each was handed in.

    Caps and the registry are looked at as they are now: what they were then is not kept. Writes nothing.
    """
    scenario = _scenario_id(session, change.scenario_code)
    candidate = _version(row, change, number=row.version + 1, scenario_id=scenario)
    since = clock.now() - timedelta(days=PREVIEW_DAYS)
    statement = select(Plan).where(col(Plan.status).not_in(_NOT_HANDED_IN), Plan.created_at >= since)
    plans = session.exec(statement.order_by(col(Plan.created_at).desc(), col(Plan.id)).limit(MOST_PREVIEWED)).all()
    calendar, now, then, titles = load_calendar(session), 0, 0, []
    for plan in plans:
        day = (plan.submitted_at or plan.created_at).astimezone(DISTRICT_ZONE).date()
        picture = load_picture(session, plan, today=day, calendar=calendar)
        present = [one for one in rules_in_force(session, day) if one.code == row.code]
        others = [one for one in present if _scope(one) != _scope(candidate)]
        stops_now = any(one.blocks for one in findings_of(present, picture))
        stops_then = any(one.blocks for one in findings_of([*others, candidate] if change.active else others, picture))
        now, then = now + stops_now, then + stops_then
        titles += [plan.title] if stops_then and not stops_now else []
    return Preview(plans=len(plans), stopped_now=now, stopped_then=then, titles=tuple(titles))


def change_rule(session: Session, clock: Clock, actor: Actor, row: Rule, change: RuleChange, *, version: int) -> Rule:
    """Write the next version of a rule; plans keep the version they were judged by.

    Raises NotPermittedError, StaleError when somebody wrote a version after `version`, InvalidError "required"
    without a reason, "unknown_choice" (scenario), and what `rule_parameters.read_parameters` raises.
    """
    if not may_administer(actor):
        raise NotPermittedError
    audit.queue_up(session)
    newest = list_versions(session, row.code)[0]
    if newest.version != version:
        raise StaleError(entity="rule", version=version)
    if not change.reason.strip():
        raise InvalidError(Fault(field="reason", code="required"))
    scenario = _scenario_id(session, change.scenario_code)
    made = _version(row, change, number=newest.version + 1, scenario_id=scenario)
    made.valid_from, made.created_at, made.created_by_id = today(clock), clock.now(), actor.user_id
    session.add(made)
    session.flush()
    audit.record(
        session, clock, actor, "rule.change", entity="rule", entity_uid=made.uid, reason=made.reason,
        before=_told(row), after=_told(made),
    )  # fmt: skip
    return made


def rules_table() -> str:
    """Return the rules as delivered as a table in Markdown: id, what it says, severity, where it lives, its test."""
    lines = ["| rule | 规则 | says | severity | lives in | test |", "|---|---|---|---|---|---|"]
    for row in default_rules():
        rule = RULES[row["code"]]
        cells = (
            row["code"],
            row["title_zh"],
            row["title_en"],
            row["severity"],
            f"`{rule.lives_in}`",
            f"`{proof_of(rule.rule_id)}`",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def proof_of(code: str) -> str:
    """The path of the test that proves a rule, in the repository."""
    return f"tests/scheduler/filing/rules/test_{MODULE_NAMES[code].rsplit('.', 1)[-1]}.py"


def _line(row: Rule, scenario_name: str) -> RuleLine:
    rule = RULES[row.code]
    return RuleLine(
        row=row,
        lives_in=rule.lives_in,
        test=proof_of(row.code),
        judges=rule.judge is not None,
        scenario_name=scenario_name,
    )


def _version(row: Rule, change: RuleChange, *, number: int, scenario_id: int | None) -> Rule:
    texts = {name: getattr(row, name) for name in ("code", "title_zh", "title_en", "text_zh", "text_en", "source")}
    return Rule(
        **texts,
        version=number,
        severity=change.severity,
        parameters=dict(change.parameters),
        valid_from=row.valid_from,
        organisation_kind=change.organisation_kind,
        scenario_id=scenario_id,
        active=change.active,
        reason=change.reason.strip(),
        created_at=row.created_at,
    )


def _scenario_id(session: Session, code: str) -> int | None:
    if not code:
        return None
    found = session.exec(select(Scenario.id).where(Scenario.code == code)).first()
    if found is None:
        raise InvalidError(Fault(field="scenario_code", code="unknown_choice"))
    return found


def _scope(row: Rule) -> tuple[OrganisationKind | None, int | None]:
    return row.organisation_kind, row.scenario_id


def _told(row: Rule) -> dict[str, Any]:
    names = ("code", "version", "severity", "parameters", "organisation_kind", "scenario_id", "active")
    return {name: getattr(row, name) for name in names}
