"""A plan as the rules look at it: all that they ask about, loaded once. Values and rows; reads nothing itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from data.enums import CreditClass, NoticeMode, PlanKind, Targeting
from data.models import InspectionItem, Organisation, Plan, PlanTask, RequirementConflict, Scenario
from scheduler.filing.caps.plan_caps import CapLine
from scheduler.workdays import WorkCalendar

TRIGGERED = frozenset({PlanKind.CASE, PlanKind.REVIEW})


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPicture:
    """An item of a task as written. `item` None: not in the catalogue; `last_used`: by a plan that was filed."""

    text: str
    item: InspectionItem | None
    last_used: date | None = None
    conflicts: tuple[RequirementConflict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTarget:
    """A site that a task names. `credit_class`: the one that counts, `field_class` when a field's authority gave it.

    `visits`: (organisation id, day) of the last year, oldest first; `wanted_by`: other bodies whose plans name it for
    the same days; `recused`: ids of the officers who must not go there.
    """

    site_id: int
    uid: str
    name: str
    enterprise_id: int
    town_id: int
    scenario_id: int | None
    scenario_code: str
    credit_class: CreditClass
    field_class: bool
    class_month: date
    whitelisted: bool
    visits: tuple[tuple[int, date], ...] = ()
    wanted_by: tuple[str, ...] = ()
    recused: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPicture:
    """`roster`: sites of the class that the task is about; `random_by`: bodies with a random plan over that class."""

    row: PlanTask
    scenario: Scenario | None
    items: tuple[ItemPicture, ...] = ()
    sites: tuple[SiteTarget, ...] = ()
    partners: tuple[Organisation, ...] = ()
    roster: int = 0
    random_by: tuple[str, ...] = ()

    @property
    def drawn(self) -> bool:
        return self.row.targeting is Targeting.DRAWN

    @property
    def announced(self) -> bool:
        return self.row.notice_mode is NoticeMode.ANNOUNCED

    @property
    def planned(self) -> int:
        """How many sites it will come to; a ratio of its roster where it draws."""
        if not self.drawn:
            return len(self.sites)
        return self.row.quantity or round((self.row.ratio or 0.0) * self.roster)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerPicture:
    officer_id: int
    certificate_until: date
    reviewed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPicture:
    """`today`: the date of judging; `present`: the date that it really is.

    `officers`: the body's own in service; `special_plans`: its others of the year; `mend_by`: the last day that was
    set for what a re-inspection looks at, None where all of it has ended.
    """

    plan: Plan
    organisation: Organisation
    today: date
    present: date
    calendar: WorkCalendar
    tasks: tuple[TaskPicture, ...] = ()
    officers: tuple[OfficerPicture, ...] = ()
    special_plans: int = 0
    mend_by: date | None = None
    trigger: str = ""
    clue_number: str = ""
    caps: tuple[CapLine, ...] = field(default=())

    @property
    def triggered(self) -> bool:
        return self.plan.kind in TRIGGERED

    def named(self) -> Iterator[tuple[TaskPicture, SiteTarget]]:
        """Every task with every site that it names."""
        return ((task, site) for task in self.tasks for site in task.sites)

    def listed(self) -> Iterator[tuple[TaskPicture, ItemPicture]]:
        """Every task with every item that it checks."""
        return ((task, item) for task in self.tasks for item in task.items)

    def only(self, scenario_ids: frozenset[int | None]) -> PlanPicture:
        """The same plan with the tasks of some scenarios: for rules that hold for a field."""
        return replace(self, tasks=tuple(task for task in self.tasks if task.row.scenario_id in scenario_ids))
