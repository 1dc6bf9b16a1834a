"""N4: what was merged names what it was merged into, what was split off names where it came from, in one message."""

from __future__ import annotations

from datetime import date

import pytest

from data.enums import RecipientKind
from scheduler.publishing.differences import Change
from scheduler.publishing.references import References
from scheduler.publishing.sealing import SealedVisit

FIRM = (RecipientKind.ENTERPRISE, 7)
BODY = (RecipientKind.ORGANISATION, 3)


def _visit(uid: str, requests: str, *, had: str = "", cancelled: bool = False, hidden: bool = False) -> SealedVisit:
    document = {
        "visit": uid,
        "public": {"date": "2026-03-09", "starts": "09:00"},
        "internal": {"requests": [{"request": one} for one in requests]},
    }
    return SealedVisit(
        visit_uid=uid, enterprise_id=7, day=date(2026, 3, 9), hidden=hidden, revealed=False, cancelled=cancelled,
        sequence=0, changed_in=2, public_hash="", roster_hash="", document=document, had=frozenset(had),
    )  # fmt: skip


def test_merged_visit_names_the_one_that_took_its_requests() -> None:
    stays, goes = _visit("a", "xyz", had="x"), _visit("b", "yz", had="yz", cancelled=True)
    references = References([stays, goes], {"a": {FIRM, BODY}, "b": set()})
    assert references.of(goes, FIRM, Change.CANCELLED) == {
        "relation": "merged_into", "visit": "a", "date": "2026-03-09", "starts": "09:00",
    }  # fmt: skip
    assert references.of(stays, FIRM, Change.CHANGED) is None


def test_split_visit_names_the_one_it_came_from() -> None:
    stays, new = _visit("a", "x", had="xy"), _visit("b", "y")
    found = References([stays, new], {"a": {FIRM}, "b": {FIRM}}).of(new, FIRM, Change.NEW)
    assert found is not None
    assert (found["relation"], found["visit"]) == ("split_from", "a")


def test_visit_that_simply_came_or_went_names_nothing() -> None:
    new, gone = _visit("a", "x"), _visit("b", "y", had="y", cancelled=True)
    references = References([new, gone], {"a": {FIRM}, "b": set()})
    assert references.of(new, FIRM, Change.NEW) is None
    assert references.of(gone, FIRM, Change.CANCELLED) is None


@pytest.mark.parametrize("case", ["hidden", "not its own"])
def test_nobody_learns_of_a_visit_that_is_not_its_own_or_hidden(case: str) -> None:
    stays = _visit("a", "xy", had="x", hidden=case == "hidden")
    goes = _visit("b", "y", had="y", cancelled=True)
    there = {FIRM} if case == "hidden" else {BODY}
    references = References([stays, goes], {"a": there, "b": set()})
    assert references.of(goes, FIRM, Change.CANCELLED) is None
