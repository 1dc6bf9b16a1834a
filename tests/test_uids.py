"""The ids that tests draw: the same at every run, other ones for another test, seed or process."""

from __future__ import annotations

import os

import pytest

from data.models.columns import new_uid
from tests.uids import Uids


@pytest.fixture(scope="module")
def shared() -> str:
    return new_uid()


def _drawn(uids: Uids, maker: str, number: int = 3) -> list[str]:
    with uids.made_by(maker):
        return [uids.uuid4().hex for _ in range(number)]


def test_ids_are_the_same_for_the_same_test_and_seed() -> None:
    assert _drawn(Uids("1"), "a") == _drawn(Uids("1"), "a")


def test_ids_differ_by_test_seed_and_number() -> None:
    drawn = [*_drawn(Uids("1"), "a"), *_drawn(Uids("1"), "b"), *_drawn(Uids("2"), "a")]
    assert len(set(drawn)) == 9


def test_ids_go_on_after_something_shared_was_made() -> None:
    uids = Uids()
    with uids.made_by("test"):
        first = uids.uuid4()
        _drawn(uids, "fixture")
        assert uids.uuid4() not in {first}
    assert _drawn(uids, "test", 2)[0] == first.hex


def test_rows_of_a_test_have_the_ids_of_the_test(request: pytest.FixtureRequest) -> None:
    assert new_uid() == _drawn(Uids(), request.node.nodeid, 1)[0]


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_is_shared_does_not_move_the_ids_of_a_test(shared: str, request: pytest.FixtureRequest, turn: str) -> None:
    """Only the first of two tests makes what they share."""
    assert new_uid() == _drawn(Uids(), request.node.nodeid, 1)[0] != shared


def test_another_process_draws_other_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one does that was forked off, with the same seed and the same number drawn."""
    at_home, forked = Uids(), Uids()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    drawn = forked.uuid4()
    monkeypatch.undo()
    assert at_home.uuid4() == Uids().uuid4() != drawn
