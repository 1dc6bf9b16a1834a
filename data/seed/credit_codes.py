"""Unified social credit codes (GB 32100-2015) for the sample: valid in form, all in one block known at sight."""

from random import Random
from typing import Final

from data.credit_codes import ALPHABET, code_check

ORGANISATION_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
DISTRICT: Final = "320904"
# Every body begins alike, so that a code of the sample can be told from others without looking it up.
BODY_PREFIX: Final = "MA0"

# Registering authority and kind of body, the first two signs of a code.
PREFIXES: Final = {"company": "91", "shop": "92", "coop": "93", "institution": "52"}


def make_code(form: str, body: str) -> str:
    """Return the 18-sign code of a body. `form`: a key of PREFIXES; `body`: eight signs of GB 11714."""
    head = PREFIXES[form] + DISTRICT + body + organisation_check(body)
    return head + code_check(head)


def random_body(rng: Random) -> str:
    """Return eight signs: the sample's prefix and five random ones (28 million bodies)."""
    return BODY_PREFIX + "".join(rng.choices(ALPHABET, k=5))


def organisation_check(body: str) -> str:
    """Return the check sign of GB 11714 for eight signs."""
    rest = (
        11 - sum(ORGANISATION_ALPHABET.index(sign) * w for sign, w in zip(body, ORGANISATION_WEIGHTS, strict=True)) % 11
    )
    return {10: "X", 11: "0"}.get(rest, str(rest))
