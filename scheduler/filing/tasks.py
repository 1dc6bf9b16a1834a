"""Tasks of a plan: from a draft with codes and uids to rows, with the rules that need the registry. No sheets here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Session, SQLModel, col, select

from data.enums import ItemList, OrganisationKind, PlanKind, PlanStage, RecordStatus, Targeting, Verdict
from data.errors import NotFoundError
from data.models import (
    InspectionItem,
    Organisation,
    Plan,
    PlanDecision,
    PlanTarget,
    PlanTask,
    PlanTaskItem,
    PlanTaskPartner,
    Scenario,
    Site,
    Skill,
    Town,
)
from scheduler import audit
from scheduler.clock import Clock
from scheduler.errors import Fault, InvalidError
from scheduler.filing.access import require_editable
from scheduler.filing.drafts import TaskDraft
from scheduler.filing.names import normal
from scheduler.permissions import Actor

# R15: what is on the list of the undisturbed is inspected on a trigger only.
TRIGGERED: Final = frozenset({PlanKind.CASE, PlanKind.REVIEW})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOrigin:
    """Where a task came from: the row of a sheet and the task as it was read there."""

    row: int
    source: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskParts:
    """The rows that a draft points at, found and checked. `items`: as many as the draft has, None where not listed."""

    scenario: Scenario | None
    town_id: int | None
    skill_id: int | None
    sites: tuple[Site, ...]
    items: tuple[InspectionItem | None, ...]
    partners: tuple[Organisation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """An organisation for which a task asks: what it brings to each site; `town_id`: the only town it inspects in."""

    organisation_id: int
    quarters: int
    inspectors: int
    skill_id: int | None
    town_id: int | None

    def values(self) -> dict[str, Any]:
        """Return what it puts into a request."""
        return {
            "organisation_id": self.organisation_id,
            "quarters": self.quarters,
            "inspectors": self.inspectors,
            "skill_id": self.skill_id,
        }


class Finder:
    """Finds rows by code or uid, each only once: the tasks of a sheet point at the same few rows again and again."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[Any, dict[Any, Any]] = {}

    def find(self, column: Any, keys: Iterable[Any]) -> dict[Any, Any]:
        """Return {key: row} for those keys that a row has in this column."""
        known = self._known.setdefault(column, {})
        wanted = sorted(set(keys))
        missing = [key for key in wanted if key not in known]
        if missing:
            rows = self._session.exec(select(column.class_).where(col(column).in_(missing)))
            known |= dict.fromkeys(missing) | {getattr(row, column.key): row for row in rows}
        return {key: known[key] for key in wanted if known[key] is not None}

    def own_items(self, organisation_id: int | None) -> dict[str, InspectionItem]:
        """Return {name as it is compared: item} of an organisation's active items; names that two items share not."""
        known = self._known.setdefault("own_items", {})
        if organisation_id not in known:
            statement = select(InspectionItem).where(
                InspectionItem.organisation_id == organisation_id, InspectionItem.status == RecordStatus.ACTIVE
            )
            by_name: dict[str, list[InspectionItem]] = {}
            for item in self._session.exec(statement.order_by(col(InspectionItem.code))):
                by_name.setdefault(normal(item.name), []).append(item)
            known[organisation_id] = {name: rows[0] for name, rows in by_name.items() if len(rows) == 1}
        return known[organisation_id]

    def find_one(self, column: Any, key: Any) -> Any:
        """Return the row of one key; None for no key and for no row."""
        return self.find(column, [key]).get(key) if key else None


def add_task(
    session: Session, clock: Clock, actor: Actor, plan: Plan, draft: TaskDraft, *, version: int | None = None
) -> PlanTask:
    """Add a task at the end of a plan. `version`: the plan as the person saw it.

    Raises InvalidError (unknown codes, a window outside the plan, foreign or undisturbed items, a task that the plan
    already has), StaleError, TransitionError.
    """
    require_editable(actor, plan, version)
    return put_task(session, clock, actor, plan, draft)


def put_task(session: Session, clock: Clock, actor: Actor, plan: Plan, draft: TaskDraft) -> PlanTask:
    """Add a task for somebody whose right to do so was looked at before. Raises InvalidError as `add_task` does."""
    parts = find_parts(session, plan, draft)
    task = PlanTask(plan_id=plan.id, position=_next_position(session, plan), **_columns(draft, parts))  # type: ignore[arg-type]
    _refuse_duplicate(session, plan, task)
    _save(session, plan, [task])
    _add_parts(session, [(task, draft, parts)])
    after = {"task": task.uid, **draft.model_dump(mode="json", exclude_defaults=True)}
    audit.record(session, clock, actor, "plan.add_task", entity="plan", entity_uid=plan.uid, after=after)
    return task


def add_tasks(
    session: Session, clock: Clock, actor: Actor, plan: Plan, entries: Sequence[tuple[TaskDraft, TaskOrigin]]
) -> list[PlanTask]:
    """Add all tasks of a sheet at once, in their order; all are different. Raises as `add_task` does."""
    require_editable(actor, plan, None)
    finder, first = Finder(session), _next_position(session, plan)
    found = [(draft, find_parts(session, plan, draft, finder=finder)) for draft, _ in entries]
    tasks = [
        PlanTask(
            plan_id=plan.id,  # type: ignore[arg-type]
            position=first + place,
            row=origin.row,
            source=origin.source,
            **_columns(draft, parts),
        )
        for place, ((draft, parts), (_, origin)) in enumerate(zip(found, entries, strict=True))
    ]
    _save(session, plan, tasks)
    _add_parts(session, [(task, draft, parts) for task, (draft, parts) in zip(tasks, found, strict=True)])
    after = {"tasks": [{"task": task.uid, "name": task.name, "fingerprint": task.fingerprint} for task in tasks]}
    audit.record(session, clock, actor, "plan.add_tasks", entity="plan", entity_uid=plan.uid, after=after)
    return tasks


def edit_task(  # noqa: PLR0917 -- session, clock and actor come first everywhere
    session: Session, clock: Clock, actor: Actor, plan: Plan, task: PlanTask, draft: TaskDraft, *, version: int
) -> None:
    """Replace everything that a task says. Raises as `add_task` does."""
    require_editable(actor, plan, version)
    _require_task_of(plan, task)
    _require_not_taken(task)
    parts = find_parts(session, plan, draft)
    before = {"task": task.uid, "name": task.name, "fingerprint": task.fingerprint}
    for name, value in _columns(draft, parts).items():
        setattr(task, name, value)
    with session.no_autoflush:
        _refuse_duplicate(session, plan, task)
    session.add(task)
    _remove_parts(session, task)
    _save(session, plan, [task])
    _add_parts(session, [(task, draft, parts)])
    after = {"task": task.uid, **draft.model_dump(mode="json", exclude_defaults=True)}
    audit.record(
        session, clock, actor, "plan.edit_task", entity="plan", entity_uid=plan.uid, before=before, after=after
    )


def remove_task(session: Session, clock: Clock, actor: Actor, plan: Plan, task: PlanTask, *, version: int) -> None:
    """Take a task out of a plan that was not submitted yet; the audit trail keeps what it said."""
    require_editable(actor, plan, version)
    _require_task_of(plan, task)
    _require_not_taken(task)
    before = {"task": task.uid, "name": task.name, "fingerprint": task.fingerprint}
    _remove_parts(session, task)
    session.delete(task)
    _save(session, plan, [])
    audit.record(session, clock, actor, "plan.remove_task", entity="plan", entity_uid=plan.uid, before=before)


def get_task(session: Session, plan: Plan, uid: str) -> PlanTask:
    """Return a task of this plan. Raises NotFoundError, also for a task of another plan."""
    task = session.exec(select(PlanTask).where(PlanTask.uid == uid, PlanTask.plan_id == plan.id)).first()
    if task is None:
        raise NotFoundError("plan_task", uid)
    return task


def find_parts(session: Session, plan: Plan, draft: TaskDraft, *, finder: Finder | None = None) -> TaskParts:
    """Find what the draft points at. Raises InvalidError with one fault for each thing that cannot be taken."""
    finder = finder or Finder(session)
    # Not by the session: it forgets rows that nobody holds, and would ask again for every task of a sheet.
    organisation = finder.find_one(Organisation.id, plan.organisation_id)
    scenario = finder.find_one(Scenario.code, draft.scenario_code)
    town = finder.find_one(Town.code, draft.town_code)
    skill = finder.find_one(Skill.code, draft.skill_code)
    sites = finder.find(Site.uid, draft.site_uids)
    uids = _item_uids(finder, plan, draft)
    items = finder.find(InspectionItem.uid, [uid for uid in uids if uid])
    partners = finder.find(Organisation.code, draft.partner_codes)
    faults = [
        *_unknown("scenario_code", draft.scenario_code, scenario),
        *_unknown("town_code", draft.town_code, town),
        *_unknown("skill_code", draft.skill_code, skill),
        *(fault for uid in draft.site_uids for fault in _site_faults(uid, sites.get(uid), organisation)),
        *(fault for uid in uids for fault in _item_faults(plan, uid, items)),
        *(fault for code in draft.partner_codes for fault in _partner_faults(code, partners, organisation)),
        *_window_faults(plan, draft),
    ]
    if faults:
        raise InvalidError(*faults)
    return TaskParts(
        scenario=scenario,
        town_id=town.id if town else _own_town(organisation, draft),
        skill_id=skill.id if skill else None,
        sites=tuple(sites[uid] for uid in dict.fromkeys(draft.site_uids)),
        items=tuple(items[uid] if uid else None for uid in uids),
        partners=tuple(partners[code] for code in dict.fromkeys(draft.partner_codes)),
    )


def _item_uids(finder: Finder, plan: Plan, draft: TaskDraft) -> list[str | None]:
    """The item of each line: the one it points at, else the own item of exactly this name, whichever way it came."""
    if all(one.item_uid for one in draft.items):
        return [one.item_uid for one in draft.items]
    own = finder.own_items(plan.organisation_id)
    named = [own.get(normal(one.text)) for one in draft.items]
    return [one.item_uid or (item.uid if item else None) for one, item in zip(draft.items, named, strict=True)]


def asking_organisations_of(session: Session, tasks: Sequence[PlanTask]) -> dict[int | None, tuple[Asking, ...]]:
    """Return {task key: organisations for which it asks}; two queries however many tasks there are.

    A task's own plan's organisation comes first, then by key the partners that countersigned.
    A partner that agreed brings what it said it would, else what the task needs; skills are those of the plan's own
    items and asked of nobody else. A township asks for sites of its own town only (R08).
    """
    plan_ids = sorted({task.plan_id for task in tasks})
    bodies = sa.select(col(Plan.id), col(Plan.organisation_id)).where(col(Plan.id).in_(plan_ids))
    owners: dict[int, int] = dict(session.execute(bodies).all())  # type: ignore[arg-type]
    agreed: dict[int, list[tuple[PlanDecision, int | None]]] = {}
    for task_id, decision, kind, town_id in session.execute(_agreed_partners(plan_ids)):
        own_town = town_id if kind is OrganisationKind.TOWNSHIP else None
        agreed.setdefault(task_id, []).append((decision, own_town))
    return {
        task.id: (
            Asking(
                organisation_id=owners[task.plan_id],
                quarters=task.quarters,
                inspectors=task.inspectors,
                skill_id=task.skill_id,
                town_id=None,
            ),
            *(_asking_partner(task, *one) for one in agreed.get(task.id or 0, ())),
        )
        for task in tasks
    }


def _agreed_partners(plan_ids: Sequence[int]) -> Any:
    return (
        sa.select(col(PlanTask.id), PlanDecision, col(Organisation.kind), col(Organisation.town_id))
        .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
        .join(PlanTaskPartner, col(PlanTaskPartner.task_id) == col(PlanTask.id))
        .join(
            PlanDecision,
            sa.and_(
                col(PlanDecision.plan_id) == col(Plan.id),
                col(PlanDecision.submission) == col(Plan.submission),
                col(PlanDecision.organisation_id) == col(PlanTaskPartner.organisation_id),
            ),
        )
        .join(Organisation, col(Organisation.id) == col(PlanDecision.organisation_id))
        .where(col(Plan.id).in_(plan_ids), col(PlanTask.joint))
        .where(col(PlanDecision.stage) == PlanStage.COUNTERSIGN, col(PlanDecision.verdict) == Verdict.AGREED)
        .order_by(col(PlanTask.id), col(PlanDecision.organisation_id))
    )


def _asking_partner(task: PlanTask, decision: PlanDecision, town_id: int | None) -> Asking:
    return Asking(
        organisation_id=decision.organisation_id,
        quarters=decision.quarters or task.quarters,
        inspectors=decision.inspectors or task.inspectors,
        skill_id=None,
        town_id=town_id,
    )


def fingerprint(draft: TaskDraft) -> str:
    """Return what tells one task from another: SHA-256 over what is inspected, where, when, how much and with whom.

    The number in the sheet is no part of it: the same task stays the same when rows are put in between.
    """
    said = draft.model_dump(
        mode="json",
        include={
            "name", "target_text", "scenario_code", "town_code", "first_date", "last_date", "ratio",
            "quantity", "ratio_by_class", "notice_mode",
        },
    )  # fmt: skip
    said["sites"] = sorted(set(draft.site_uids))
    said["items"] = [one.text for one in draft.items]
    said["partners"] = sorted(set(draft.partner_codes))
    return audit.sha256(audit.canonical_json(said))


def _columns(draft: TaskDraft, parts: TaskParts) -> dict[str, Any]:
    items = [item for item in parts.items if item is not None]
    skilled = sorted((item for item in items if item.skill_id), key=lambda item: (-item.quarters, item.code))
    said = draft.model_dump(
        include={
            "number", "name", "target_text", "targeting", "first_date", "last_date", "ratio", "quantity", "priority",
            "joint", "separate_reason", "notice_mode", "explanation", "hours", "equipment", "assistants", "together",
            "sequence_note", "lead_wish", "offsite", "onsite_reason", "minimum_yearly", "cap_clause",
        },
    )  # fmt: skip
    by_class = draft.ratio_by_class
    return said | {
        "scenario_id": parts.scenario.id if parts.scenario else None,
        "town_id": parts.town_id,
        "ratio_by_class": {str(key): by_class[key] for key in sorted(by_class)} if by_class else None,
        "quarters": draft.quarters or max((item.quarters for item in items), default=1),
        "inspectors": draft.inspectors or max((item.inspectors for item in items), default=2),
        "skill_id": parts.skill_id or (skilled[0].skill_id if skilled else None),
        "fingerprint": fingerprint(draft),
    }


def _own_town(organisation: Organisation, draft: TaskDraft) -> int | None:
    # R08: a township inspects on its own ground.
    drawn = draft.targeting is Targeting.DRAWN
    return organisation.town_id if drawn and organisation.kind is OrganisationKind.TOWNSHIP else None


def _site_faults(uid: str, site: Site | None, organisation: Organisation) -> list[Fault]:
    if site is None:
        return [Fault(field="site_uids", code="unknown_choice", params=(("value", uid),))]
    if site.status is not RecordStatus.ACTIVE:
        return [Fault(field="site_uids", code="site_closed", params=(("name", site.name),))]
    if organisation.kind is OrganisationKind.TOWNSHIP and site.town_id != organisation.town_id:
        return [Fault(field="site_uids", code="outside_territory", params=(("name", site.name),))]
    return []


def _item_faults(plan: Plan, uid: str | None, items: dict[str, InspectionItem]) -> list[Fault]:
    if uid is None:
        return []
    item = items.get(uid)
    if item is None or item.status is not RecordStatus.ACTIVE:
        return [Fault(field="items", code="unknown_choice", params=(("value", uid),))]
    if item.organisation_id != plan.organisation_id:
        return [Fault(field="items", code="foreign_item", params=(("name", item.name),))]
    if item.listed is ItemList.UNDISTURBED and plan.kind not in TRIGGERED:
        return [Fault(field="items", code="undisturbed_item", params=(("name", item.name),))]
    return []


def _partner_faults(code: str, partners: dict[str, Organisation], organisation: Organisation) -> list[Fault]:
    if code not in partners:
        return [Fault(field="partner_codes", code="unknown_choice", params=(("value", code),))]
    if partners[code].id == organisation.id:
        return [Fault(field="partner_codes", code="own_organisation", params=(("name", organisation.name),))]
    return []


def _window_faults(plan: Plan, draft: TaskDraft) -> list[Fault]:
    if plan.period_first <= draft.first_date and draft.last_date <= plan.period_last:
        return []
    period = (("first", plan.period_first.isoformat()), ("last", plan.period_last.isoformat()))
    return [Fault(field="first_date", code="outside_period", params=period)]


def _unknown(field: str, code: str | None, row: SQLModel | None) -> list[Fault]:
    return [Fault(field=field, code="unknown_choice", params=(("value", code),))] if code and row is None else []


def _next_position(session: Session, plan: Plan) -> int:
    last = session.exec(select(sa.func.max(PlanTask.position)).where(PlanTask.plan_id == plan.id)).one()
    return (last or 0) + 1


def _refuse_duplicate(session: Session, plan: Plan, task: PlanTask) -> None:
    same = select(PlanTask.uid).where(PlanTask.plan_id == plan.id, PlanTask.fingerprint == task.fingerprint)
    if session.exec(same.where(PlanTask.uid != task.uid)).first():
        raise InvalidError(Fault(field="name", code="duplicate_task"))


def _require_task_of(plan: Plan, task: PlanTask) -> None:
    if task.plan_id != plan.id:
        raise NotFoundError("plan_task", task.uid)


def _require_not_taken(task: PlanTask) -> None:
    if task.round_id is not None:
        raise InvalidError(Fault(field="name", code="task_taken", params=(("name", task.name),)))


def _save(session: Session, plan: Plan, tasks: Sequence[PlanTask]) -> None:
    # A change of a task is a change of the plan: its version rises even when none of its own columns changed.
    flag_modified(plan, "title")
    session.add(plan)
    session.add_all(tasks)
    session.flush()


def _add_parts(session: Session, found: Sequence[tuple[PlanTask, TaskDraft, TaskParts]]) -> None:
    """Write items, partners and sites of stored tasks; one statement a table, however many tasks a sheet has."""
    items = [
        {"task_id": task.id, "position": position, "text": said.text, "item_id": item.id if item else None}
        for task, draft, parts in found
        for position, (said, item) in enumerate(zip(draft.items, parts.items, strict=True))
    ]
    partners = [{"task_id": task.id, "organisation_id": one.id} for task, _, parts in found for one in parts.partners]
    sites = [{"task_id": task.id, "site_id": one.id} for task, _, parts in found for one in parts.sites]
    written: tuple[tuple[Any, list[dict[str, Any]]], ...] = (
        (PlanTaskItem, items), (PlanTaskPartner, partners), (PlanTarget, sites)
    )  # fmt: skip
    for table, rows in written:
        if rows:
            session.execute(sa.insert(table), rows)


def _remove_parts(session: Session, task: PlanTask) -> None:
    for table in (PlanTaskItem, PlanTaskPartner, PlanTarget):
        session.execute(sa.delete(table).where(col(table.task_id) == task.id))
