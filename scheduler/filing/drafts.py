"""What a person or a program may say of a plan and of a task: the input models at the border. Knows no table.

Everything not named here is refused: nobody sets a status, an owner or a version by adding a field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from data.enums import CreditClass, NoticeMode, PlanKind, PlanSpan, PlanTrigger, Targeting, VisitHours
from scheduler.errors import Fault, InvalidError

LONGEST_TEXT: Final = 4000
LONGEST_PERIOD_DAYS: Final = 366
MOST_SITES: Final = 2000
MOST_ITEMS: Final = 100
_ISO_DATE: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _storable(text: str) -> str:
    # PostgreSQL takes no NUL, UTF-8 no half of a surrogate pair.
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise PydanticCustomError("bad_characters", "bad characters")
    return text


def _iso_date(value: object) -> object:
    # Left to itself pydantic reads 0, and "0" too, as the first of January 1970.
    if isinstance(value, str) and not _ISO_DATE.fullmatch(value.strip()):
        raise PydanticCustomError("date_parsing", "not a date")
    if isinstance(value, date | str):
        return value
    raise PydanticCustomError("date_type", "not a date")


def _not_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("int_type", "not a number")
    return value


IsoDate = Annotated[date, BeforeValidator(_iso_date)]
Whole = Annotated[int, BeforeValidator(_not_boolean)]
Ratio = Annotated[float, BeforeValidator(_not_boolean), Field(gt=0, le=1, allow_inf_nan=False)]
ShortText = Annotated[str, AfterValidator(_storable), Field(max_length=200)]
LongText = Annotated[str, AfterValidator(_storable), Field(max_length=LONGEST_TEXT)]
Named = Annotated[str, AfterValidator(_storable), Field(max_length=80)]
Code = Annotated[str, AfterValidator(_storable), Field(min_length=1, max_length=40)]


class Draft(BaseModel):
    """What all drafts have in common: no unknown fields, no stray blanks, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class PlanDraft(Draft):
    """A plan as its clerk writes it; both dates are included.

    `review_of`: "plan:UID" or "visit:UID" of what a follow-up follows. What a kind needs besides (the trigger of a
    case, the reason of an emergency) may come later: `plans.submission_faults` asks for it.
    """

    title: Annotated[ShortText, Field(min_length=1)]
    kind: PlanKind
    period_first: IsoDate
    period_last: IsoDate
    round_uid: Code | None = None
    span: PlanSpan = PlanSpan.SINGLE
    trigger: PlanTrigger | None = None
    clue_number: Named = ""
    review_of: Code | None = None
    emergency: bool = False
    emergency_reason: LongText = ""
    inspected_on: IsoDate | None = None
    directed: bool = False
    publish_drawn: bool = True
    document_number: Named = ""
    basis: LongText = ""
    lead_office: Named = ""
    contact_name: Annotated[str, AfterValidator(_storable), Field(max_length=40)] = ""
    contact_phone: Annotated[str, AfterValidator(_storable), Field(max_length=24)] = ""

    @model_validator(mode="after")
    def _period_in_order(self) -> Self:
        if self.period_last < self.period_first:
            raise PydanticCustomError("period_backwards", "period_last")
        if (self.period_last - self.period_first).days >= LONGEST_PERIOD_DAYS:
            raise PydanticCustomError("period_too_long", "period_last")
        return self


class ItemDraft(Draft):
    """An item as written, and its uid where it is one of the catalogue."""

    text: Annotated[LongText, Field(min_length=1)]
    item_uid: Code | None = None


class TaskDraft(Draft):
    """A task of a plan.

    Drawn: a class of sites (`scenario_code`, `town_code` or both) with `ratio`, `quantity` or `ratio_by_class`.
    Named: `site_uids`. `quarters`, `inspectors` and `skill_code` left out are taken from the items.
    """

    number: Annotated[str, AfterValidator(_storable), Field(max_length=40)] = ""
    name: Annotated[LongText, Field(min_length=1)]
    target_text: LongText = ""
    scenario_code: Code | None = None
    town_code: Code | None = None
    targeting: Targeting
    site_uids: Annotated[tuple[Code, ...], Field(max_length=MOST_SITES)] = ()
    first_date: IsoDate
    last_date: IsoDate
    ratio: Ratio | None = None
    quantity: Annotated[Whole, Field(ge=1, le=100_000)] | None = None
    ratio_by_class: dict[CreditClass, Ratio] | None = None
    quarters: Literal[1, 2, 4] | None = None
    inspectors: Annotated[Whole, Field(ge=2, le=20)] | None = None
    assistants: Annotated[Whole, Field(ge=0, le=20)] = 0
    priority: Annotated[Whole, Field(ge=1, le=9)] = 5
    joint: bool = True
    separate_reason: LongText = ""
    notice_mode: NoticeMode = NoticeMode.ANNOUNCED
    skill_code: Code | None = None
    items: Annotated[tuple[ItemDraft, ...], Field(max_length=MOST_ITEMS)] = ()
    partner_codes: Annotated[tuple[Code, ...], Field(max_length=30)] = ()
    explanation: LongText = ""
    hours: VisitHours = VisitHours.ANY
    equipment: ShortText = ""
    together: bool = False
    sequence_note: ShortText = ""
    lead_wish: bool = False
    offsite: bool = False
    onsite_reason: LongText = ""
    minimum_yearly: Annotated[Whole, Field(ge=1, le=366)] | None = None
    cap_clause: ShortText = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.last_date < self.first_date:
            raise PydanticCustomError("period_backwards", "last_date")
        if self.targeting is Targeting.NAMED:
            if not self.site_uids:
                raise PydanticCustomError("no_sites", "site_uids")
        elif self.scenario_code is None and self.town_code is None:
            raise PydanticCustomError("no_class_of_sites", "scenario_code")
        elif self.ratio is None and self.quantity is None and not self.ratio_by_class:
            raise PydanticCustomError("no_ratio_or_quantity", "ratio")
        if not self.joint and not self.separate_reason:
            raise PydanticCustomError("reason_needed", "separate_reason")
        return self


D = TypeVar("D", bound=Draft)

_SIMPLER: Final = {
    "missing": "required",
    "string_too_short": "required",
    "too_short": "required",
    "string_too_long": "too_long",
    "string_unicode": "bad_characters",
}


def read_draft(kind: type[D], values: Mapping[str, Any]) -> D:
    """Build a draft from untrusted values. Raises InvalidError, one fault a field: pydantic's codes or ours."""
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        raise InvalidError(*faults_of(error)) from error


def faults_of(error: ValidationError) -> tuple[Fault, ...]:
    """Return what a model refused, one fault a field, in our codes."""
    return tuple(_fault(dict(one)) for one in error.errors(include_url=False, include_input=False))


def _fault(error: dict[str, Any]) -> Fault:
    # A rule over several fields has no place of its own: it names the field to mend in its message.
    path = ".".join(str(part) for part in error["loc"]) or str(error["msg"])
    limits = {key: value for key, value in (error.get("ctx") or {}).items() if isinstance(value, int | float | str)}
    code = _SIMPLER.get(error["type"], error["type"])
    return Fault(field=path, code=code, params=tuple(sorted(limits.items())))
