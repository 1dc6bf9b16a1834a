"""Times and figures in a row under review: the window of a task, its ratio, number and ratios by credit class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from data.enums import CreditClass
from data.sheets.measures import Asked, Column, read_measure
from data.sheets.periods import read_period
from scheduler.filing.fields import FieldReview, Json, ReadField, ReadingContext

_TWO_DATES: Final = re.compile(r"(\d{4}-\d{2}-\d{2})\D+(\d{4}-\d{2}-\d{2})")
_LOST_MONTH_SIGN: Final = re.compile(r"(20\d{2})(\d{1,2})(?:月)?")
_LOST_DASH: Final = re.compile(r"(\d{1,2})月(\d{1,2})月?")
_LOST_DAY_SIGN: Final = re.compile(r"(\d{1,2})(\d{2})日(前?)")
_BARE_FIGURE: Final = re.compile(r"\d+(?:\.\d+)?(?:-\d+(?:\.\d+)?)?")


def read_window(context: ReadingContext, period: Json | None, codes: Sequence[str]) -> ReadField:
    """Read when: the part of the period that lies in the plan's; an open end is the plan's.

    Faults: the reader's own codes; "period_missing", "period_open" (no dates), "outside_period".
    """
    text = str((period or {}).get("text") or "")
    review = FieldReview(text=text, proposal=context.whole_period)
    first, last = (_date(period, name) for name in ("first", "last"))
    if codes:
        proposal = _period_proposal(context, text, codes)
        return ReadField(review=replace(review, fault_code=codes[0], proposal=proposal))
    if first is None and last is None:
        return ReadField(review=replace(review, fault_code="period_open" if text else "period_missing"))
    begin, end = max(first or context.first, context.first), min(last or context.last, context.last)
    if begin > end:
        params = (("first", context.first.isoformat()), ("last", context.last.isoformat()))
        return ReadField(review=replace(review, fault_code="outside_period", params=params))
    cut = (first is not None and first < begin) or (last is not None and last > end)
    review = FieldReview(text=text, value=f"{begin}至{end}", hint_code="period_cut" if cut else None)
    return ReadField(review=review, draft={"first_date": begin, "last_date": end})


def read_typed_window(context: ReadingContext, text: str) -> ReadField:
    """Read a period that a person typed: two dates, or anything that the sheet reader knows."""
    dates = _TWO_DATES.fullmatch(text.strip())
    typed = f"{dates[1]}至{dates[2]}" if dates else text
    reading = read_period(typed, year=context.first.year)
    read = read_window(context, reading.period.as_json() | {"text": text}, reading.codes)
    return read if text.strip() else ReadField(review=replace(read.review, fault_code="period_missing"))


def _period_proposal(context: ReadingContext, text: str, codes: Sequence[str]) -> str:
    year = str(context.first.year)
    tries = []
    month, day, dash = (form.fullmatch(text) for form in (_LOST_MONTH_SIGN, _LOST_DAY_SIGN, _LOST_DASH))
    if month:
        tries += [f"{month[1]}年{int(month[2])}月", f"{year}年{int(month[2])}月"]
    if day:
        tries.append(f"{int(day[1])}月{int(day[2])}日{day[3]}")
    if dash:
        tries.append(f"{dash[1]}月至{dash[2]}月")
    if "stale_year" in codes or "year_ahead" in codes:
        tries.append(re.sub(r"20\d{2}", year, text))
    return next((one for one in tries if _would_mend(context, one)), context.whole_period)


def _would_mend(context: ReadingContext, text: str) -> bool:
    return read_typed_window(context, text).review.fault_code is None


def read_figure(name: str, figure: Json | None, codes: Sequence[str]) -> ReadField:
    """Read a ratio or a quantity: its lower bound, which satisfies the whole of it, else its upper one."""
    text = str((figure or {}).get("text") or "")
    review = FieldReview(text=text)
    if codes:
        return ReadField(review=replace(review, fault_code=codes[0], proposal=_with_unit(name, text, codes)))
    low, high = (figure or {}).get("min"), (figure or {}).get("max")
    taken = low if low is not None else high
    if taken is None:
        return ReadField(review=review)
    if taken <= 0:
        return ReadField(review=replace(review, fault_code=f"{name}_zero"))
    shown = f"{round(taken * 100, 6):g}%" if name == "ratio" else str(taken)
    hint = f"{name}_range" if None not in {low, high} and low != high else None
    return ReadField(review=replace(review, value=shown, hint_code=hint), draft={name: taken})


def read_typed_figure(name: str, text: str) -> ReadField:
    """Read a ratio or a quantity that a person typed; an empty one is none."""
    if not text.strip():
        return ReadField(review=FieldReview())
    asked = Asked.RATIO if name == "ratio" else Asked.QUANTITY
    measure = read_measure(text, Column(asked=asked))
    figure = measure.ratio if name == "ratio" else measure.quantity
    codes = measure.codes or (() if figure is not None else (f"{name}_not_understood",))
    read = read_figure(name, figure.as_json() if figure else None, codes)
    return replace(read, review=replace(read.review, text=text))


def _with_unit(name: str, text: str, codes: Sequence[str]) -> str | None:
    missing = name == "ratio" and "ratio_unit_missing" in codes and _BARE_FIGURE.fullmatch(text)
    return f"{text}%" if missing else None


def read_classes(by_class: Json, codes: Sequence[str]) -> ReadField:
    """Read the ratios by credit class; what else is said of a class stays in the source."""
    ratios: dict[str, float] = {}
    texts = []
    for name in sorted(by_class):
        ratio = by_class[name].get("ratio")
        if not ratio:
            continue
        texts.append(str(ratio["text"]) if name in str(ratio["text"]) else f"{name} {ratio['text']}")
        taken = ratio["min"] if ratio["min"] is not None else ratio["max"]
        if taken and name in set(CreditClass):
            ratios[name] = taken
    review = FieldReview(
        text="；".join(texts), value="；".join(f"{name} {round(ratio * 100, 6):g}%" for name, ratio in ratios.items())
    )
    if codes:
        return ReadField(review=replace(review, fault_code=codes[0]))
    return ReadField(review=review, draft={"ratio_by_class": ratios} if ratios else {})


def read_typed_classes(text: str) -> ReadField:
    """Read ratios by class that a person typed: `A 5%；B 20%`."""
    if not text.strip():
        return ReadField(review=FieldReview())
    measure = read_measure(text, Column(asked=Asked.CLASSES | Asked.RATIO))
    codes = measure.codes or (() if measure.by_class else ("class_not_understood",))
    read = read_classes({name: one.as_json() for name, one in measure.by_class.items()}, codes)
    return replace(read, review=replace(read.review, text=text))


def _date(period: Json | None, name: str) -> date | None:
    value = (period or {}).get(name)
    return date.fromisoformat(value) if value else None
