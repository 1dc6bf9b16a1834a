"""Plain CP-SAT: the whole programme at once, default settings on two workers."""

from __future__ import annotations

from math import isinf

import numpy as np
from ortools.sat.python import cp_model

from solver.problem import Problem
from tests.benchmarks.rivals.attempt import Attempt
from tests.benchmarks.rivals.formulation import Formulation, size

MOST_VARIABLES = 3_000_000
WORKERS = 2
UNBOUNDED = 2**40


def plan(problem: Problem, seconds: float, seed: int) -> Attempt:
    """Solve for `seconds` (building the model not counted)."""
    if size(problem) > MOST_VARIABLES:
        return Attempt(plan=None, note=f"not built: about {size(problem):,} variables")
    formulation = Formulation(problem)
    programme = formulation.programme
    model = cp_model.CpModel()
    variables = [model.new_bool_var("") for _ in programme.cost]
    for terms, low, high in programme.rows:
        weights = [weight for weight, _ in terms]
        row = cp_model.LinearExpr.weighted_sum([variables[v] for _, v in terms], weights)
        ends = (-UNBOUNDED if isinf(low) else int(low), UNBOUNDED if isinf(high) else int(high))
        model.add_linear_constraint(row, *ends)
    model.minimize(cp_model.LinearExpr.weighted_sum(variables, programme.cost))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = WORKERS
    solver.parameters.random_seed = seed
    status = solver.solve(model)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return Attempt(plan=None, note=solver.status_name(status).lower())
    values = np.array([solver.boolean_value(variable) for variable in variables], dtype=np.float64)
    return Attempt(plan=formulation.plan(values), bound=programme.constant + solver.best_objective_bound)
