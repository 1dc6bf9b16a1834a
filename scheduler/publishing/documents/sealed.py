"""A released visit as papers read it: its sealed body with typed accessors. Knows no draft and no paper.

Bodies of releases made before a field was added lack it; every accessor says what stands there then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session

from data.models import ReleaseVisit
from scheduler.clock import DISTRICT_ZONE
from scheduler.looks import remember_looks
from scheduler.publishing.visibility import changed_at

NUMBER_DIGITS: Final = 8
GROUP: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedVisit:
    """One row of a release. `public`, `context`, `internal`: the parts of its body; `sealed_at`: when it last changed.

    `off_plan`: in no release, opened on the spot before any plan was filed.
    `internal` may only go onto papers for officials.
    """

    uid: str
    sequence: int
    hidden: bool
    cancelled: bool
    sealed_at: datetime
    public: Mapping[str, Any]
    context: Mapping[str, Any]
    internal: Mapping[str, Any]
    off_plan: bool = False

    @property
    def starts_at(self) -> datetime:
        """Local start."""
        text = f"{self.public['date']}T{self.public['starts']}"
        return datetime.fromisoformat(text).replace(tzinfo=DISTRICT_ZONE)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.public["minutes"])

    @property
    def joint(self) -> bool:
        return len(self.public["departments"]) > 1

    @property
    def departments(self) -> Sequence[Mapping[str, Any]]:
        return list(self.public["departments"])

    @property
    def number(self) -> str:
        """The number of its papers: follows from the visit's random id, so that no gap tells of other visits."""
        digest = hashlib.sha256(self.uid.encode("ascii")).digest()
        digits = str(int.from_bytes(digest[:8], "big"))[-NUMBER_DIGITS:].rjust(NUMBER_DIGITS, "0")
        return f"〔{self.public['date'][:4]}〕{digits[:GROUP]}-{digits[GROUP:]}号"

    def plans_of(self, code: str) -> list[Mapping[str, Any]]:
        """The plans of one department behind this visit; none in bodies that do not keep them."""
        return [line for line in self.context.get("plans", ()) if line["department"] == code]

    def visits_of(self, code: str) -> int:
        return next((one["visits"] for one in self._frequency() if one["code"] == code), 0)

    def cap_of(self, code: str) -> int | None:
        return next((one.get("cap") for one in self._frequency() if one["code"] == code), None)

    def _frequency(self) -> Sequence[Mapping[str, Any]]:
        return list(self.public["frequency"]["by_department"])


def sealed_visits(session: Session, rows: Sequence[ReleaseVisit]) -> list[SealedVisit]:
    """Read released rows, in their order; one query for the times of their releases."""
    remember_looks(session, [row.visit_uid for row in rows if row.hidden])
    times = changed_at(session, rows)
    return [_sealed(row, times[row.visit_uid]) for row in rows]


def _sealed(row: ReleaseVisit, sealed_at: datetime) -> SealedVisit:
    body = json.loads(row.body)
    return SealedVisit(
        uid=row.visit_uid,
        sequence=row.sequence,
        hidden=row.hidden,
        cancelled=row.cancelled,
        sealed_at=sealed_at.astimezone(DISTRICT_ZONE),
        public=body["public"],
        context=body["context"],
        internal=body["internal"],
        off_plan=not row.release_id,
    )
