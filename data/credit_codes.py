"""Unified social credit codes (统一社会信用代码, GB 32100-2015): their form and their check sign. Knows no registry."""

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CODE_LENGTH: Final = 18
CODE_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))


def code_check(head: str) -> str:
    """Return the check sign of GB 32100 for seventeen signs."""
    total = sum(ALPHABET.index(sign) * weight for sign, weight in zip(head, CODE_WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def credit_code_fault(text: str) -> str | None:
    """Say what is wrong with a code: "credit_code_length", "credit_code_sign", "credit_code_check"; None if nothing."""
    if len(text) != CODE_LENGTH:
        return "credit_code_length"
    if any(sign not in ALPHABET for sign in text):
        return "credit_code_sign"
    return None if code_check(text[:-1]) == text[-1] else "credit_code_check"
