"""Fingerprints of a draft by site, and which of its visits an answer leaves as they were."""

from __future__ import annotations

import pytest

from scheduler.planning.answers import Answer, AnswerDuty, AnswerVisit
from scheduler.planning.parts import parts_of, unchanged_requests

EARLY, LATE = "2026-03-10", "2026-03-24"


def _visit(day: str, *requests: str, site: str = "site") -> AnswerVisit:
    return AnswerVisit(
        site=site, day=day, start_quarter=0, quarters=1, unannounced=False, lead_organisation="A01", lead="",
        requests=list(requests),
    )  # fmt: skip


def _answer(*visits: AnswerVisit, **crew: str) -> Answer:
    """Visits to which one officer goes for each request: "anna" unless said otherwise."""
    asked = [uid for one in visits for uid in one["requests"]]
    roster = [AnswerDuty(request=uid, officer=crew.get(uid, "anna"), lead=1) for uid in asked]
    return Answer(visits=list(visits), unscheduled=[], roster=roster)


BEFORE = _answer(_visit(EARLY, "fire"), _visit(LATE, "food", "trade"), _visit(EARLY, "tax", site="other"))


@pytest.mark.parametrize(
    ("now", "same"),
    [
        (BEFORE, {"fire", "food", "trade", "tax"}),
        (_answer(_visit(EARLY, "fire"), _visit("2026-03-25", "food", "trade")), {"fire"}),
        (_answer(_visit(EARLY, "fire"), _visit(LATE, "trade", "food"), food="bert"), {"fire"}),
        (_answer(_visit(EARLY, "fire", site="other"), _visit(LATE, "food", "trade")), {"food", "trade"}),
        (_answer(_visit(EARLY, "fire", "food", "trade")), set()),
    ],
    ids=["nothing changed", "second visit moved", "other officer", "other site", "visits joined"],
)
def test_unchanged_visits_are_told_one_by_one_also_where_the_site_has_another(now: Answer, same: set[str]) -> None:
    assert unchanged_requests(now, parts_of(BEFORE)) == same


def test_part_of_a_site_changes_with_any_of_its_visits_and_no_other_does() -> None:
    now = _answer(_visit(EARLY, "fire"), _visit(LATE, "food"), _visit(EARLY, "tax", site="other"))
    before, after = parts_of(BEFORE), parts_of(now)
    assert before.keys() == after.keys() == {"site", "other"}
    assert (before["site"] == after["site"], before["other"] == after["other"]) == (False, True)
