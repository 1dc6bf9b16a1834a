"""Codes of the sample obey the standard, checked by a rule written apart from the one that makes them."""

from random import Random

import pytest

from data.credit_codes import code_check
from data.seed.credit_codes import PREFIXES, make_code, organisation_check, random_body

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def is_valid(code: str) -> bool:
    """All eighteen signs, each times a power of three, add up to a multiple of 31."""
    values = [SIGNS.index(sign) for sign in code]
    return (sum(value * 3**place for place, value in enumerate(values[:17])) + values[17]) % 31 == 0


@pytest.mark.parametrize(
    "code", ["91350100M000100Y43", "91110000802100433B", "91330100799655058B", "91440300708461136T"]
)
def test_check_signs_of_published_codes_are_found(code: str) -> None:
    assert is_valid(code)
    assert code_check(code[:17]) == code[17]
    assert organisation_check(code[8:16]) == code[16]


@pytest.mark.parametrize("form", sorted(PREFIXES))
def test_made_codes_are_valid_and_of_the_district(form: str) -> None:
    rng = Random(form)
    codes = [make_code(form, random_body(rng)) for _ in range(300)]

    assert all(len(code) == 18 and is_valid(code) for code in codes)
    assert {code[:8] for code in codes} == {PREFIXES[form] + "320904"}
    assert {code[8:11] for code in codes} == {"MA0"}


def test_any_wrong_sign_breaks_a_code() -> None:
    code = make_code("company", "MA012345")
    broken = [code[:at] + sign + code[at + 1 :] for at in range(18) for sign in SIGNS if sign != code[at]]

    assert not any(is_valid(one) for one in broken)
