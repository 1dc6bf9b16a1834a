"""The specification as code: is a plan valid, and what does it cost?

Owns the judgement of plans and of answer folders, by the rules in `solver.rules` alone. Knows no model, no search
and no solver; people's own changes and machine plans are judged alike.
"""

from __future__ import annotations

import math
from itertools import islice
from pathlib import Path
from typing import Any, Final

from solver.answer_folders import RESULT_JSON, load_answer
from solver.folder_faults import Fault, FaultLog, FaultRule
from solver.plan import Plan, SolveStatus, Verdict, Violation
from solver.problem import Problem
from solver.rules import HARD_RULES, ROSTER_RULES, SOFT_RULES
from solver.rules.plan_columns import readable

SCORE_DIGITS: Final = 6
MOST_PER_RULE: Final = 1000
"""Violations listed of one rule, so that a plan that breaks a rule a million times is still judged in seconds."""

_FIGURE_TOLERANCE: Final = 1e-6
"""Figures of result.json agree with ours when they are equal to six decimals; half a unit either way when rounded."""
_STATUSES: Final = frozenset(str(status) for status in SolveStatus)


def check(problem: Problem, plan: Plan, *, roster: bool = True, most_per_rule: int = MOST_PER_RULE) -> Verdict:
    """Judge a plan: hard rules 1 to 9, and the score by term, rounded to six decimals.

    `roster=False` leaves rule 9 out, for a plan that has not been staffed yet. At most `most_per_rule` violations of
    one rule are listed. Indices out of range are violations, too; the rest of such a plan is still judged.
    About R log R.
    """
    found = list(islice(HARD_RULES["plan_columns"](problem, plan), most_per_rule))
    if found:
        plan = readable(problem, plan)
    for rule, violations in HARD_RULES.items():
        if rule != "plan_columns" and (roster or rule not in ROSTER_RULES):
            found.extend(islice(violations(problem, plan), most_per_rule))
    score, parts = score_by_term(problem, plan)
    return Verdict(violations=tuple(found), score=score, parts=parts)


def score_by_term(problem: Problem, plan: Plan) -> tuple[float, dict[str, float]]:
    """(score, cost of each term), both to six decimals, of a plan whose indices are in range."""
    costs = {term: cost(problem, plan) for term, cost in SOFT_RULES.items()}
    parts = {term: round(value, SCORE_DIGITS) for term, value in costs.items()}
    return round(math.fsum(costs.values()), SCORE_DIGITS), parts


def check_folder(problem: Problem, folder: Path) -> Verdict:
    """Judge an answer folder as files: what is wrong with the tables, then the plan, then the figures claimed.

    Violations of the files have the fault's rule code, `table:line` as subject and `column=value` as detail; a figure
    of result.json that does not agree is `result_figures`. An answer without a plan scores infinity.
    """
    log = FaultLog()
    plan, document = load_answer(problem, Path(folder), log)
    faults = log.faults()
    if any(fault.rule in (FaultRule.PLAN_MISSING, FaultRule.FOLDER_MISSING) for fault in faults):
        wrong = [] if document is not None and not _has_figures(document) else [_of_fault(fault) for fault in faults]
        return Verdict(violations=tuple(wrong), score=math.inf, parts={})
    verdict = check(problem, plan)
    claims = [] if document is None else _check_figures(document, verdict)
    files = [_of_fault(fault) for fault in faults]
    return Verdict(violations=(*files, *verdict.violations, *claims), score=verdict.score, parts=verdict.parts)


def _has_figures(document: dict[str, Any]) -> bool:
    return document.get("score") is not None


def _of_fault(fault: Fault) -> Violation:
    return Violation(rule=fault.rule, subject=f"{fault.table}:{fault.line}", detail=f"{fault.column}={fault.value}")


def _check_figures(document: dict[str, Any], verdict: Verdict) -> list[Violation]:
    """Figures of result.json that are missing, or differ from what the tables say."""
    score, bound = _number(document.get("score")), _number(document.get("bound"))
    wrong = [_figure("status", document.get("status"), "known")] if document.get("status") not in _STATUSES else []
    wrong += _compare("score", score, verdict.score)
    claimed = document.get("parts")
    parts = claimed if isinstance(claimed, dict) else {}
    for term, value in verdict.parts.items():
        wrong += _compare(f"parts.{term}", _number(parts.get(term)), value)
    wrong += [_figure(f"parts.{term}", parts[term], None) for term in parts if term not in verdict.parts]
    if bound is None:
        # a solve may end before anything is proven; then it may not speak of a gap, either
        return wrong + ([_figure("gap", document["gap"], None)] if document.get("gap") is not None else [])
    if bound > verdict.score + _FIGURE_TOLERANCE:
        wrong.append(_figure("bound", bound, verdict.score))
    wrong += _compare("gap", _number(document.get("gap")), (verdict.score - bound) / max(1.0, abs(verdict.score)))
    if document.get("status") == SolveStatus.OPTIMAL and verdict.score - bound > _FIGURE_TOLERANCE:
        wrong.append(_figure("status", SolveStatus.OPTIMAL, SolveStatus.FEASIBLE))
    return wrong


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _compare(name: str, claimed: float | None, recomputed: float) -> list[Violation]:
    if claimed is not None and abs(claimed - recomputed) <= _FIGURE_TOLERANCE:
        return []
    return [_figure(name, claimed, recomputed)]


def _figure(name: str, claimed: Any, recomputed: Any) -> Violation:
    return Violation(
        rule="result_figures", subject=f"{RESULT_JSON}:{name}", detail=f"claimed={claimed} found={recomputed}"
    )
