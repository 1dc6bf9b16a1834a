"""Staffed days, cut again: not by day but by department, for the draw.

Owns that second cut. Knows no model and no draw.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from solver.plan import Plan
from solver.problem import Ints, Problem
from solver.rostering.day import DayAnswer, DayTask
from solver.rostering.fairness import Crew, DepartmentTask


def department_tasks(
    problem: Problem, plan: Plan, tasks: list[DayTask], days: list[DayAnswer], seed: int
) -> Iterator[DepartmentTask]:
    """Yield the staffed requests of each department over all days, in order of departments.

    `tasks` and `days` are parallel, by day. Departments without a staffed request have no task.
    """
    parts: dict[int, list[_Part]] = defaultdict(list)
    for task, answer in zip(tasks, days, strict=True):
        crews = _crews(answer)
        staffed = np.isin(task.request, answer.crew[:, 0])
        for department in np.unique(task.department[staffed]):
            keep = np.flatnonzero(staffed & (task.department == department))
            parts[int(department)].append(_Part(task, answer, int(department), keep, crews))
    for department in sorted(parts):
        yield _department_task(problem, plan, parts[department], seed)


def _crews(answer: DayAnswer) -> dict[int, list[int]]:
    crews: dict[int, list[int]] = defaultdict(list)
    for request, officer in answer.crew.tolist():
        crews[request].append(officer)
    return crews


class _Part:
    """The requests `keep` of one department on one day, with local numbers of their own."""

    def __init__(
        self, task: DayTask, answer: DayAnswer, department: int, keep: Ints, crews: dict[int, list[int]]
    ) -> None:
        visits = np.unique(task.visit_of[keep])
        officers = np.flatnonzero(task.officer_department == department)
        recused = task.recused[np.isin(task.recused[:, 0], visits) & np.isin(task.recused[:, 1], officers)]
        self.starts = answer.start[visits]
        self.task = DayTask(
            day=task.day,
            visit=task.visit[visits],
            site=task.site[visits],
            longest=task.longest[visits],
            lon=task.lon[visits],
            lat=task.lat[visits],
            request=task.request[keep],
            visit_of=np.searchsorted(visits, task.visit_of[keep]),
            department=task.department[keep],
            quarters=task.quarters[keep],
            inspectors=task.inspectors[keep],
            skill=task.skill[keep],
            priority=task.priority[keep],
            officer=task.officer[officers],
            officer_department=task.officer_department[officers],
            skills=task.skills[officers],
            recused=np.column_stack([np.searchsorted(visits, recused[:, 0]), np.searchsorted(officers, recused[:, 1])]),
            max_hop_km=task.max_hop_km,
        )
        local = {officer: number for number, officer in enumerate(self.task.officer.tolist())}
        self.crews: tuple[Crew, ...] = tuple(tuple(local[o] for o in crews[r]) for r in self.task.request.tolist())


def _department_task(problem: Problem, plan: Plan, parts: list[_Part], seed: int) -> DepartmentTask:
    assert problem.inspectors is not None  # noqa: S101 -- parts exist only where there are officers
    request_ids, officer_ids = problem.requests.ids, problem.inspectors.ids
    return DepartmentTask(
        seed=seed,
        tasks=tuple(part.task for part in parts),
        starts=tuple(part.starts for part in parts),
        crews=tuple(part.crews for part in parts),
        sites=tuple(plan.visit_enterprise[part.task.visit] for part in parts),
        request_ids=tuple(tuple(map(str, request_ids[part.task.request])) for part in parts),
        officer_ids=tuple(tuple(map(str, officer_ids[part.task.officer])) for part in parts),
    )
