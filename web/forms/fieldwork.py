"""What is sent from the field: plain forms whose fields are named after the items. Knows no page.

A form of a page and a request of the queue in the browser hold the same fields; the key that makes both count once
comes as a header, or in the form where there is no script.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeVar

from data.enums import ItemMeasure, ItemOutcome, UncheckedReason
from scheduler.clock import DISTRICT_ZONE
from scheduler.errors import Fault, InvalidError
from scheduler.fieldwork.item_results import Finding

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What every entry has: its key, and when the device says that it was made."""

    key: str
    device_at: datetime | None


def sent(form: Mapping[str, str], header: str) -> Sent:
    """Read the key, the one of the header first, and the time of the device; one that cannot be read is none."""
    return Sent(key=header or form.get("key", ""), device_at=_instant(form.get("device_at", "")))


def typed_arrival(form: Mapping[str, str]) -> datetime | None:
    """The local time that was typed for an arrival. Raises InvalidError for anything that is no time."""
    text = form.get("arrived_at", "").strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=DISTRICT_ZONE)
    except ValueError as error:
        raise InvalidError(Fault(field="arrived_at", code="date_parsing")) from error


def findings_of(form: Mapping[str, str]) -> list[Finding]:
    """Read one finding for each item with an outcome. Raises InvalidError "unknown_choice", "date_parsing"."""
    keys = [name.removeprefix("outcome-") for name, value in form.items() if name.startswith("outcome-") and value]
    return [
        Finding(
            key=key,
            outcome=_choice(ItemOutcome, form, "outcome", key) or ItemOutcome.CONFORMS,
            measure=_choice(ItemMeasure, form, "measure", key),
            unchecked_reason=_choice(UncheckedReason, form, "unchecked", key),
            text=form.get(f"text-{key}", "").replace("\x00", ""),
            mend_by=_day(form, key),
            version=int(text) if (text := form.get(f"version-{key}", "0")).isdecimal() and len(text) < 10 else 0,
        )
        for key in keys
    ]


def _choice(kind: type[E], form: Mapping[str, str], name: str, key: str) -> E | None:
    value = form.get(f"{name}-{key}", "")
    if not value:
        return None
    try:
        return kind(value)
    except ValueError as error:
        raise InvalidError(Fault(field=f"{key}.{name}", code="unknown_choice")) from error


def _day(form: Mapping[str, str], key: str) -> date | None:
    text = form.get(f"mend-{key}", "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidError(Fault(field=f"{key}.mend_by", code="date_parsing")) from error


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None
