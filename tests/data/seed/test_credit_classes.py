"""Class histories: fixed shares now, the same shares in every month before, and few moves."""

from collections import Counter
from datetime import date
from itertools import pairwise
from random import Random

import pytest

from data.enums import CreditClass
from data.seed.credit_classes import MIGRATION, SHARES, draw_class, months_back, walk_back

FIRMS = 6_000


@pytest.fixture(scope="module")
def histories() -> list[tuple[CreditClass, ...]]:
    rng = Random(3)
    return [tuple(walk_back(rng, draw_class(rng, 0))) for _ in range(FIRMS)]


@pytest.mark.parametrize(
    ("month", "tolerance"), [(0, 0.02), (6, 0.05), (11, 0.1)], ids=["now", "half a year ago", "eleven months ago"]
)
def test_shares_hold_now_and_drift_little(
    histories: list[tuple[CreditClass, ...]], month: int, tolerance: float
) -> None:
    shares = Counter(history[month] for history in histories)

    for credit_class, share in SHARES.items():
        assert shares[credit_class] / FIRMS == pytest.approx(share, abs=tolerance)


def test_classes_move_to_neighbours_only_and_seldom(histories: list[tuple[CreditClass, ...]]) -> None:
    moves = [(before, after) for history in histories for after, before in pairwise(history) if before is not after]

    assert set(moves) <= set(MIGRATION)
    assert 0.01 < len(moves) / (FIRMS * 11) < 0.04


def test_tilt_makes_risky_classes_commoner() -> None:
    rng = Random(4)
    risky = Counter(draw_class(rng, 5) in {CreditClass.C, CreditClass.D} for _ in range(FIRMS))

    assert risky[True] / FIRMS == pytest.approx(0.20, abs=0.02)


def test_months_go_back_over_the_turn_of_the_year() -> None:
    months = months_back(date(2026, 2, 17))

    assert months[0] == date(2026, 2, 1)
    assert months[2] == date(2025, 12, 1)
    assert months[-1] == date(2025, 3, 1)
    assert len(set(months)) == 12
