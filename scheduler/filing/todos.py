"""A line of the desk (待办): what waits, and where it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

# Nothing the person does makes these lines go: others act, or their day comes.
_WATCHED: Final = frozenset(
    {"round_filing", "round_solving", "round_proposed", "round_awaited", "release_ahead", "visit_ahead"}
    | {"visit_announced", "warning_open", "review_idle_elsewhere"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """One line: `kind` is a stable code; the route takes `uid` unless it is None, and `narrowed` as its filters;
    `due` is when it has to be done.
    """

    kind: str
    count: int
    route_name: str
    uid: str | None = None
    due: datetime | None = None
    params: dict[str, Any] = field(default_factory=dict)
    narrowed: dict[str, str] = field(default_factory=dict)

    @property
    def watched(self) -> bool:
        """Whether the line only says what goes on, and is not closed by doing something."""
        return self.kind in _WATCHED
