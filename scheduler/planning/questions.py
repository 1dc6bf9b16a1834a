"""What a solve run may ask besides the round as it is: other prices, other quiet days, fewer officers, few changes.

Owns the questions as they are stored with a run, and the factors behind the sliders. Knows no row and no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from scheduler.errors import Fault, InvalidError

FACTORS: Final[Mapping[int, float]] = {-2: 0.25, -1: 0.5, 0: 1.0, 1: 2.0, 2: 4.0, 3: 8.0}
"""Place of a slider -> what the round's own price is multiplied by; each step doubles."""
LEAST_SLIDER: Final = min(FACTORS)
MOST_SLIDER: Final = max(FACTORS)
LONGEST_SECONDS: Final = 3600
LARGEST_SEED: Final = 2**31 - 1
MOST_CHANGES: Final = 5000
MOST_CLOSURES: Final = 20
MOST_SITES: Final = 200
FEWEST_PERCENT: Final = 10

Q = TypeVar("Q", bound="Strict")
Slider = Annotated[int, Field(ge=LEAST_SLIDER, le=MOST_SLIDER)]
Code = Annotated[str, Field(max_length=64)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QuietDays(Strict):
    """Sites closed for a period. Of the three ways to name them one at least; together they narrow each other.

    `town`: its code; `scenario`: code of a one-thing scenario, its sites; `sites`: uids.
    """

    first: date
    last: date
    town: Code = ""
    scenario: Code = ""
    sites: Annotated[tuple[Code, ...], Field(max_length=MOST_SITES)] = ()

    @model_validator(mode="after")
    def _has_order(self) -> Self:
        if self.last < self.first:
            raise PydanticCustomError("period_backwards", "")
        return self


class WhatIf(Strict):
    """A question that never touches the draft.

    Sliders are places in FACTORS: `fewer_visits` for the price of a visit, `shorter_trips` for that of a trip,
    `risk_earlier` for that of a day of delay of classes C and D, `fewer_changes` for that of another day than in the
    draft. `officers_percent`: how many of each body's officers there are; `absent_bodies`: codes of bodies that send
    nobody.
    """

    fewer_visits: Slider = 0
    shorter_trips: Slider = 0
    risk_earlier: Slider = 0
    fewer_changes: Slider = 0
    quiet_days: Annotated[tuple[QuietDays, ...], Field(max_length=MOST_CLOSURES)] = ()
    officers_percent: Annotated[int, Field(ge=FEWEST_PERCENT, le=100)] = 100
    absent_bodies: Annotated[tuple[Code, ...], Field(max_length=100)] = ()

    @property
    def assumes(self) -> bool:
        """Whether it was solved under days or people that are not the real ones."""
        return bool(self.quiet_days or self.absent_bodies or self.officers_percent < 100)

    @property
    def sliders(self) -> tuple[tuple[str, int, float], ...]:
        """(slider, place, factor) of those that are not in the middle."""
        names = ("fewer_visits", "shorter_trips", "risk_earlier", "fewer_changes")
        return tuple((name, getattr(self, name), FACTORS[getattr(self, name)]) for name in names if getattr(self, name))


class Resolve(Strict):
    """A new solve around the draft in which at most `budget` visits change."""

    budget: Annotated[int, Field(ge=0, le=MOST_CHANGES)]


def what_if_of(values: Mapping[str, Any]) -> WhatIf:
    """Read a question from plain values. Raises InvalidError with the place of each fault."""
    return _read(WhatIf, values)


def resolve_of(values: Mapping[str, Any]) -> Resolve:
    """Read a budget from plain values. Raises InvalidError with the place of each fault."""
    return _read(Resolve, values)


def _read(kind: type[Q], values: Mapping[str, Any]) -> Q:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise InvalidError(*(_fault(one) for one in error.errors())) from error


def _fault(one: Any) -> Fault:
    place = ".".join(str(step) for step in one["loc"])
    params = tuple(sorted((str(name), value) for name, value in one.get("ctx", {}).items() if name != "error"))
    return Fault(field=place, code=one["type"], params=params)
