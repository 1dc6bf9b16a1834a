"""Whether an answer can be the draft now: completed, staffed around what stays, and judged on the rows as they are."""

from __future__ import annotations

from collections.abc import Collection

from scheduler.errors import ConflictError, RuleError
from scheduler.planning.answers import NOT_PLACED, Answer, AnswerLeftOut, answer_of, plan_of
from scheduler.planning.parts import mixed
from scheduler.planning.snapshot import Snapshot
from solver.checker import check
from solver.resolving.around import staff_around
from solver.resolving.pieces import pieces_of, plan_of_pieces


def fitting(snapshot: Snapshot, answer: Answer) -> Answer:
    """Return the answer completed for the requests there are now.

    Raises ConflictError "proposal_outdated" (it has requests that are gone), RuleError (it breaks hard rules by now).
    """
    now = {str(uid) for uid in snapshot.problem.requests.ids} | {one.request for one in snapshot.left_out}
    placed = {uid for visit in answer["visits"] for uid in visit["requests"]}
    if placed - now:
        raise ConflictError("proposal_outdated", gone=len(placed - now))
    verdict = check(snapshot.problem, plan_of(snapshot, answer))
    if not verdict.valid:
        raise RuleError(tuple((v.rule, v.subject, v.detail) for v in verdict.violations))
    given = [row for row in answer["unscheduled"] if row["request"] in now]
    missing = now - placed - {row["request"] for row in given}
    added = [AnswerLeftOut(request=uid, reason=NOT_PLACED, detail="") for uid in sorted(missing)]
    return Answer(visits=answer["visits"], unscheduled=given + added, roster=answer["roster"])


def staffed_part(snapshot: Snapshot, answer: Answer, sites: Collection[str], *, seed: int) -> Answer:
    """Give the visits at `sites` people who are free where those they have are taken by visits elsewhere.

    Where somebody is missing the answer comes back as it was, for the checker to say what is wrong.
    """
    problem = snapshot.problem
    pieces = pieces_of(plan_of(snapshot, answer))
    chosen = {place for place, uid in enumerate(problem.enterprises.ids) if str(uid) in sites}
    kept = [piece for enterprise, visits in pieces.items() if enterprise not in chosen for piece in visits]
    asking = [piece for enterprise, visits in pieces.items() if enterprise in chosen for piece in visits]
    if problem.inspectors is None or not asking:
        return answer
    found = staff_around(problem, kept, asking, seed=seed)
    if found is None or list(found) == asking:
        return answer
    by_enterprise = {
        piece.enterprise: tuple(sorted(p for p in found if p.enterprise == piece.enterprise)) for piece in found
    }
    staffed = answer_of(snapshot, plan_of_pieces(problem, {**pieces, **by_enterprise}, {}, staffed=True))
    return mixed(answer, Answer(visits=staffed["visits"], unscheduled=[], roster=staffed["roster"]), sites)
