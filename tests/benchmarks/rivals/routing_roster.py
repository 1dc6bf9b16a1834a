"""The roster of one day as a routing problem, by the routing solver of OR-Tools.

It can be stated exactly: an officer is a vehicle, a request for n people is n nodes that begin together with all
other nodes of their visit, noon is one unit of time in which nobody works, and a far hop takes one unit, so that far
visits never adjoin in a half-day but may on either side of noon. Each person missing costs the priority of the
request, and a request with anybody missing counts as left out: asked to send all or nobody, the insertion heuristics
of the solver, which place one node at a time, send nobody at all. (PyJobShop
is not here: it has no crews of n out of m like people, only modes, and every possible crew would be a mode.)
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from solver.problem import NONE
from solver.rostering.day import DayTask
from solver.rostering.geography import distances_km

STARTS: Final = {1: [0, 1, 3, 4], 2: [0, 3], 4: [0]}
DURATION: Final = {1: 1, 2: 2, 4: 5}
DAY_END: Final = 5
PENALTY: Final = 1000


def priority_left_out(task: DayTask, seconds: float) -> int | None:
    """Return the priority that the best roster found leaves out, None if none was found in time."""
    return _Routing(task).solve(seconds)


class _Routing:
    def __init__(self, task: DayTask) -> None:
        self.task = task
        self.nodes = [(r, copy) for r, people in enumerate(task.inspectors.tolist()) for copy in range(people)]
        self.manager = pywrapcp.RoutingIndexManager(len(self.nodes) + 1, len(task.officer), 0)
        self.routing = pywrapcp.RoutingModel(self.manager)
        callback = self.routing.RegisterTransitMatrix(self._transits())
        self.routing.AddDimension(callback, DAY_END, DAY_END, False, "time")
        self.time = self.routing.GetDimensionOrDie("time")
        for place, (request, copy) in enumerate(self.nodes):
            self._add_node(self.manager.NodeToIndex(place + 1), request, copy)
        self._synchronise()

    def _transits(self) -> list[list[int]]:
        """Minutes are quarters here: work at a node, and one more where the next one is far."""
        task = self.task
        visit = task.visit_of[[r for r, _ in self.nodes]]
        work = np.array([DURATION[int(task.quarters[r])] for r, _ in self.nodes])
        far = np.zeros((len(visit), len(visit)), dtype=np.int64)
        if task.max_hop_km is not None:
            far = (distances_km(task.lon, task.lat) > task.max_hop_km).astype(np.int64)[np.ix_(visit, visit)]
        matrix = np.zeros((len(visit) + 1, len(visit) + 1), dtype=np.int64)
        matrix[1:, 1:] = work[:, None] + far
        matrix[1:, 0] = work
        rows: list[list[int]] = matrix.tolist()
        return rows

    def _add_node(self, index: int, request: int, copy: int) -> None:
        task = self.task
        self.time.CumulVar(index).SetValues(STARTS[int(task.longest[task.visit_of[request]])])
        able = task.officer_department == task.department[request]
        able[task.recused[task.recused[:, 0] == task.visit_of[request], 1]] = False
        if copy == 0 and task.skill[request] != NONE:
            able = able & task.skills[:, task.skill[request]]
        penalty = PENALTY * int(task.priority[request])
        self.routing.AddDisjunction([index], penalty)
        # -1 stands for no vehicle, a request left out
        self.routing.VehicleVar(index).SetValues([-1, *np.flatnonzero(able).tolist()])

    def _synchronise(self) -> None:
        solver = self.routing.solver()
        first_of_visit: dict[int, int] = {}
        for place, (request, _) in enumerate(self.nodes):
            index = self.manager.NodeToIndex(place + 1)
            visit = int(self.task.visit_of[request])
            start = first_of_visit.setdefault(visit, index)
            if index != start:
                solver.Add(self.time.CumulVar(index) == self.time.CumulVar(start))

    def solve(self, seconds: float) -> int | None:
        parameters: Any = pywrapcp.DefaultRoutingSearchParameters()
        parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
        parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        parameters.time_limit.FromMilliseconds(int(1000 * seconds))
        answer = self.routing.SolveWithParameters(parameters)
        if answer is None:
            return None
        left = {r for place, (r, _) in enumerate(self.nodes) if not self._active(answer, place)}
        return sum(int(self.task.priority[r]) for r in left)

    def _active(self, answer: Any, place: int) -> bool:
        return bool(answer.Value(self.routing.ActiveVar(self.manager.NodeToIndex(place + 1))))
