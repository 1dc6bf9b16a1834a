"""A plan on the desk: one body, one plan over March 2026, and what a rule is told of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session, select

from data.enums import PlanKind, Targeting
from data.models import (
    InspectionItem,
    InspectionRecord,
    Organisation,
    Plan,
    PlanTarget,
    PlanTask,
    PlanTaskItem,
    PlanTaskPartner,
    Rule,
    Scenario,
    Site,
)
from data.models.columns import new_uid
from scheduler.clock import FixedClock, today
from scheduler.filing.judging import findings_of, rules_in_force
from scheduler.filing.picturing import load_picture
from scheduler.filing.rules.finding import Finding
from scheduler.filing.rules.picture import PlanPicture
from tests import factories
from tests.factories import stored_id


@dataclass(slots=True, kw_only=True)
class Desk:
    """What a test changes before it asks what a rule finds. The date is 20 February 2026 unless it says otherwise."""

    session: Session
    clock: FixedClock
    body: Organisation
    other: Organisation
    plan: Plan
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)

    def task(self, **values: Any) -> PlanTask:
        """A task of the plan; `items` (rows or texts), `sites`, `partners`, and its columns."""
        return self._task(self.plan, values)

    def another_plan(self, *, body: Organisation | None = None, **values: Any) -> Plan:
        """A plan beside it with one task; takes what `task` takes as well."""
        parts = {name: values.pop(name) for name in ("items", "sites", "partners") if name in values}
        plan = factories.make_plan(self.session, body or self.body, **{"kind": PlanKind.DAILY} | values)
        self._task(plan, parts)
        return plan

    def item(self, *, body: Organisation | None = None, **values: Any) -> InspectionItem:
        return factories.make_item(self.session, body or self.body, **values)

    def site(self, *, scenario_id: int | None = None, **values: Any) -> Site:
        """A site of a new enterprise with these columns."""
        owner = factories.make_enterprise(self.session, **values)
        return factories.make_site(self.session, owner, scenario_id=scenario_id)

    def scenario(self, number: int | None = None) -> Scenario:
        return self.session.get_one(Scenario, number) if number else factories.make_scenario(self.session)

    def third(self) -> Organisation:
        return factories.make_organisation(self.session)

    def visited(self, site: Site, body: Organisation, day: date, *, visit: str = "") -> None:
        """A visit that took place."""
        record = InspectionRecord(
            visit_uid=visit or new_uid(), site_id=stored_id(site), organisation_id=stored_id(body), day=day
        )
        self.session.add(record)
        self.session.flush()

    def rule(self, code: str, **parameters: Any) -> None:
        """Judge by other parameters."""
        self.parameters[code] = parameters

    def picture(self, *, today_: date | None = None, present: date | None = None) -> PlanPicture:
        self.session.flush()
        return load_picture(self.session, self.plan, today=today_ or today(self.clock), present=present)

    def findings(self, code: str, *, today: date | None = None, present: date | None = None) -> list[Finding]:
        """What one rule finds."""
        picture = self.picture(today_=today, present=present)
        rows = [row for row in rules_in_force(self.session, picture.today) if row.code == code]
        judged = [self._changed(row) for row in rows]
        return list(findings_of(judged, picture))

    def names(self, code: str, *, today: date | None = None, present: date | None = None) -> list[str]:
        return [one.name for one in self.findings(code, today=today, present=present)]

    def _changed(self, row: Rule) -> Rule:
        values = row.model_dump()
        return Rule(**values | {"parameters": row.parameters | self.parameters.get(row.code, {})})

    def _task(self, plan: Plan, values: dict[str, Any]) -> PlanTask:
        items, sites, partners = (values.pop(name, []) for name in ("items", "sites", "partners"))
        named = {"targeting": Targeting.NAMED}
        known = self.session.exec(select(PlanTask).where(PlanTask.plan_id == plan.id)).all()
        task = factories.make_task(self.session, plan, **named | {"position": len(known) + 1} | values)
        key = stored_id(task)
        for position, one in enumerate(items, start=1):
            row = {"text": one, "item_id": None} if isinstance(one, str) else {"text": one.name, "item_id": one.id}
            self.session.add(PlanTaskItem(task_id=key, position=position, **row))
        self.session.add_all(PlanTarget(task_id=key, site_id=stored_id(one)) for one in sites)
        self.session.add_all(PlanTaskPartner(task_id=key, organisation_id=stored_id(one)) for one in partners)
        self.session.flush()
        return task
