"""Inspections that go over a cap because somebody gave a reason: told with the draft, judged where they were filed.

Caps are kept by the ledger and judged at filing (R30 to R35, R39). What was let through there reaches an approver as an
exception with its reason, and is never counted as a conflict that could still be mended on the board.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select

from data.models import Organisation, Plan, Round, RuleOverride
from scheduler.planning.editing.states import VisitState

CAP_RULES: Final = frozenset({"R30", "R31", "R32", "R33", "R34", "R35", "R39"})
"""The rules of filing that count how often an enterprise is visited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapException:
    """One reason given against a cap. `subject`: uid of the site, or the code of the body where it is for a whole plan
    or task; `visits`: uids of the visits of the draft at that site."""

    rule: str
    subject: str
    body: str
    reason: str
    visits: tuple[str, ...]


def cap_exceptions(session: Session, round_: Round, draft: Mapping[str, VisitState]) -> tuple[CapException, ...]:
    """The exceptions of the plans of a round, by rule, body and site."""
    statement = (
        select(RuleOverride, Organisation)
        .join(Plan, col(Plan.id) == col(RuleOverride.plan_id))
        .join(Organisation, col(Organisation.id) == col(Plan.organisation_id))
        .where(Plan.round_id == round_.id, col(RuleOverride.rule).in_(CAP_RULES))
        .order_by(col(RuleOverride.rule), col(Organisation.code), col(RuleOverride.target), col(RuleOverride.id))
    )
    at_site: dict[str, list[str]] = {}
    for uid in sorted(draft):
        at_site.setdefault(draft[uid].site, []).append(uid)
    found = []
    for row, body in session.exec(statement):
        # A target is a task, or a task and a site.
        site = row.target.partition("/")[2]
        found.append(
            CapException(
                rule=row.rule,
                subject=site or body.code,
                body=body.short_name,
                reason=row.reason,
                visits=tuple(at_site.get(site, ())),
            )
        )
    return tuple(found)
