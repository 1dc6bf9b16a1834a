"""An edit that was refused, in the form that it was sent from: what is wrong, at which field, and what was typed.

Knows the words of faults and of rules, and no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from scheduler.errors import ConflictError, InvalidError, RuleError
from web import phrases


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """`faults`: (field, sentence); the field is empty where it is no fault of a field. `broken`: hard rules are."""

    kind: str
    faults: tuple[tuple[str, str], ...]
    typed: MultiDict[str, str]
    broken: bool = False

    def fault(self, kind: str, name: str) -> str:
        """What is wrong with a field of the form of this kind; empty where nothing is."""
        return next((text for field, text in self.faults if field == name and kind == self.kind), "")

    def value(self, kind: str, name: str, usual: str = "") -> str:
        """What was typed into a field of the form of this kind, else what usually stands there."""
        return self.typed.get(name, usual) if kind == self.kind else usual

    def ticked(self, kind: str, name: str, value: str, *, usual: bool = False) -> bool:
        """Whether a box of the form of this kind was ticked, else whether it usually is."""
        return value in self.typed.getlist(name) if kind == self.kind else usual

    def about(self, kind: str, name: str, value: str) -> bool:
        """Whether this one of several forms of a kind was sent: the one that names `value`."""
        return kind == self.kind and self.typed.get(name) == value


NOTHING_WRONG = Again(kind="", faults=(), typed=MultiDict())


def again_from(
    error: InvalidError | RuleError | ConflictError, typed: MultiDict[str, str], names: Mapping[str, str]
) -> Again:
    """Put a refusal into words; `names` of the subjects of broken rules, by uid."""
    if isinstance(error, InvalidError):
        faults = tuple((one.field, phrases.fault(one.code, dict(one.params))) for one in error.faults)
    elif isinstance(error, ConflictError):
        faults = (("", phrases.refusal(error.code, error.params)),)
    else:
        found = (phrases.violation(rule, names.get(uid, uid), detail) for rule, uid, detail in error.violations)
        faults = tuple(("", text) for text in dict.fromkeys(found))
    return Again(kind=typed.get("kind", ""), faults=faults, typed=typed, broken=isinstance(error, RuleError))
