"""What a warning is: its kind, the rule behind it, its rows, and what every check looks at. Knows no check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final, TypeAlias

from sqlmodel import Session

from data.enums import OrganisationKind
from data.models import Rule
from scheduler.workdays import WorkCalendar

YEAR: Final = timedelta(days=365)
RECENT: Final = timedelta(days=90)
"""What is older can hardly be followed up by asking the departments; their records stay in the registry."""


class WarningKind(StrEnum):
    """The warnings, in the order of the page."""

    REPEATED_VISITS = "repeated_visits"
    UNCAPPED_OFTEN = "uncapped_often"
    MERGE_MISSED = "merge_missed"
    SAME_OFFICER = "same_officer"
    SPECIAL_QUOTA = "special_quota"
    ANNUAL_PLAN = "annual_plan"
    BACK_FILING = "back_filing"
    OFF_PLAN = "off_plan"
    PARTNERS_SILENT = "partners_silent"
    RESULTS_LATE = "results_late"
    ORDERS_LATE = "orders_late"


class Hindrance(StrEnum):
    """What is stored of why two visits that could have met did not."""

    LOCKED = "locked"
    PINNED = "pinned"
    TOO_MANY = "too_many"
    UNKNOWN = "unknown"


class Urgency(StrEnum):
    """Whether a day is near or gone."""

    REMINDER = "reminder"
    OVERDUE = "overdue"


Cell: TypeAlias = str | int | date | StrEnum | tuple[str, ...] | None
Figures: TypeAlias = tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningRow:
    """One case: a cell for each column of the warning. The first one leads to `uid` on `route_name`; "" nowhere."""

    cells: tuple[Cell, ...]
    route_name: str = ""
    uid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OversightWarning:
    """One kind of warning as it stands: `count` cases, of which `rows` are described; `figures` for its sentence."""

    kind: WarningKind
    rule_id: str
    source: str
    columns: tuple[str, ...]
    figures: Figures
    count: int
    rows: tuple[WarningRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What all checks go by: the day in the district, the working calendar, the versions of rules in force."""

    today: date
    calendar: WorkCalendar
    rules: tuple[Rule, ...]

    def rule(self, code: str, kind: OrganisationKind | None = None) -> Rule | None:
        """The version for a kind of body, else the general one; None when the rule is switched off."""
        scopes = {one.organisation_kind: one for one in self.rules if one.code == code and one.scenario_id is None}
        return scopes.get(kind) or scopes.get(None)

    def figure(self, code: str, name: str, kind: OrganisationKind | None = None) -> int | None:
        """A parameter of a rule; None when the rule is switched off."""
        found = self.rule(code, kind)
        return None if found is None else int(found.parameters[name])

    def figures(self, code: str, *names: str) -> Figures:
        """The general parameters of a rule by name, for the sentence of a warning."""
        return tuple((name, self.figure(code, name)) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The code of a warning. `find` returns one hit a case, the gravest first; `describe` makes rows of some hits.

    Finding is cheap and done for every page; describing asks for names and is done for the rows that are shown.
    `source`: where the rule comes from when it is no row of the table of rules.
    """

    kind: WarningKind
    rule_id: str
    columns: tuple[str, ...]
    find: Callable[[Session, Scene], Sequence[Any]]
    describe: Callable[[Session, Scene, Sequence[Any]], tuple[WarningRow, ...]]
    figures: Callable[[Scene], Figures]
    source: str = ""
