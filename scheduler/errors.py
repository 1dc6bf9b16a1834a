"""Errors of the application layer: a stable code and parameters; the web and the command line find the words.

DomainError
├── NotPermittedError     the actor may not do this (a foreign object is reported as not found instead)
├── TransitionError       the thing is not in a state from which this can be done
├── ConflictError         somebody else was faster, or the draft is another one by now
├── LimitError            too much was asked for at once; later it may be asked again
├── RuleError             a hard rule forbids it; `violations` name rule, subject and figures
├── NeedsReasonError      it may be done, but somebody has to say why; `findings` say against what
└── InvalidError          what was typed or sent cannot be taken; `faults` name field and code
NotFoundError, StaleError   from data.errors, re-exported
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.errors import NotFoundError, StaleError


class DomainError(Exception):
    """Root of the tree. `code` is stable; `params` are plain values for the message."""

    code = "domain_error"

    def __init__(self, code: str | None = None, **params: object) -> None:
        self.code = code or self.code
        self.params = params
        super().__init__(self.code, params)


class NotPermittedError(DomainError):
    code = "not_permitted"


class TransitionError(DomainError):
    """Params: entity, status (where it is), event (what was tried)."""

    code = "illegal_transition"


class ConflictError(DomainError):
    code = "conflict"


class LimitError(DomainError):
    """Params: most, and what the words need."""

    code = "too_many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with an input: the field it stands in (dotted path), a stable code, and values for the words."""

    field: str
    code: str
    params: tuple[tuple[str, object], ...] = ()


def path_of(*steps: str) -> str:
    """Return the dotted path of a fault's field; a dot inside a step, as in the name of a sheet, is escaped."""
    return ".".join(one.replace("\\", "\\\\").replace(".", "\\.") for one in steps)


def steps_of(path: str) -> tuple[str, ...]:
    """Return the steps of a dotted path, as `path_of` joined them; empty ones are left out."""
    found = re.findall(r"((?:[^.\\]|\\.)+)", path)
    return tuple(re.sub(r"\\(.)", r"\1", one) for one in found)


class InvalidError(DomainError):
    """Params: none beyond `faults`, one for each field that cannot be taken."""

    code = "invalid"

    def __init__(self, *faults: Fault) -> None:
        super().__init__(self.code)
        self.faults = faults


class RuleError(DomainError):
    """A hard rule forbids it. `violations`: rule id, subject and figures, one a broken rule."""

    code = "rule_broken"

    def __init__(self, violations: tuple[tuple[str, str, str], ...]) -> None:
        super().__init__(self.code, count=len(violations))
        self.violations = violations


class NeedsReasonError(DomainError):
    """Only a soft rule is against it. `findings`: code of the sentence and its values, one a finding."""

    code = "needs_reason"

    def __init__(self, findings: tuple[tuple[str, tuple[tuple[str, object], ...]], ...]) -> None:
        super().__init__(self.code, count=len(findings))
        self.findings = findings


__all__ = [
    "ConflictError",
    "DomainError",
    "Fault",
    "InvalidError",
    "LimitError",
    "NeedsReasonError",
    "NotFoundError",
    "NotPermittedError",
    "RuleError",
    "StaleError",
    "TransitionError",
    "path_of",
    "steps_of",
]
