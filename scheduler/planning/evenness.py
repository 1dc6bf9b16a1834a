"""How many of a department's people planned visits may take on a day: what spreads a round over its period.

The score knows no evenness: without a bound a department would do its month on the first morning, because trips are
shared and waiting earns nothing. The bound is a capacity of the planning problem, so it is a hard rule that the
checker knows and that explanations name. Reads nothing and writes nothing.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from solver.problem import QUARTERS_PER_DAY, Ints, Requests

EVENNESS: Final = 1.5
"""Times the load of a day if every request were spread evenly over its window. Measured on the sample month: the
number of visits stays the same, the fullest day has a third of the visits it would have."""
SMALLEST_SHARE: Final = 0.01
"""A reserve of everything leaves no room for anybody, but is no reason to divide by zero."""
LEAST_PEOPLE: Final = 4
"""Two crews may always go out: who has little to do may do it in one outing."""


def even_capacity(requests: Requests, present: Ints, *, reserve: float) -> Ints:
    """Return capacity rows [D x T, 3] (department, day, people), never above `present` [D, T].

    Every department-day has room for the largest single request of the department, `reserve` taken off.
    """
    departments, days = present.shape
    wanted = np.ceil(EVENNESS * _even_load(requests, departments, days) / QUARTERS_PER_DAY)
    largest = np.ceil(_largest(requests, departments)[:, None] / max(1 - reserve, SMALLEST_SHARE))
    people = np.minimum(np.maximum(wanted, largest), present)
    department, day = np.indices((departments, days)).reshape(2, -1)
    return np.column_stack([department, day, people.astype(np.int64).ravel()])


def _even_load(requests: Requests, departments: int, days: int) -> np.ndarray:
    """People-quarters of each department-day, [D, T], with every request spread over its whole window."""
    edges = np.zeros((departments, days + 1))
    share = requests.load / (requests.last_day - requests.first_day + 1)
    np.add.at(edges, (requests.department, requests.first_day), share)
    np.add.at(edges, (requests.department, requests.last_day + 1), -share)
    return edges.cumsum(axis=1)[:, :days]


def _largest(requests: Requests, departments: int) -> Ints:
    """People that the largest single request of each department needs, [D]; two crews at least."""
    largest = np.full(departments, LEAST_PEOPLE, dtype=np.int64)
    np.maximum.at(largest, requests.department, requests.inspectors)
    return largest
