"""Many notices in one file: set in runs of a hundred, each in a process of its own, and joined.

Knows sealed visits and no order; who may have what is decided before.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from scheduler.publishing.documents.apart import Batch, join_apart, typeset_apart
from scheduler.publishing.documents.issuing import Office
from scheduler.publishing.documents.notices import notice_content
from scheduler.publishing.documents.sealed import SealedVisit
from scheduler.publishing.openings import Opening

T = TypeVar("T")
AT_ONCE: Final = 100
"""Notices of a run: 300 MB and three seconds; fewer would pay the start of a run too often."""


def split(whole: Sequence[T], at_once: int = AT_ONCE) -> list[Sequence[T]]:
    """The parts that runs set, in order."""
    return [whole[start : start + at_once] for start in range(0, len(whole), at_once)]


def notice_batch(
    office: Office, visits: Sequence[SealedVisit], openings: Mapping[str, Opening], *, english: bool
) -> Batch:
    """What one run sets: each notice on a sheet of its own. `openings`: by visit, where there is one."""
    papers = [notice_content(one, base_url=office.base_url, opening=openings.get(one.uid)) for one in visits]
    content = {"foot": "", "english": english, "duplex": True, "papers": papers}
    return Batch(template="notice", content=content)


def print_whole(office: Office, visits: Sequence[SealedVisit], target: Path, *, english: bool = False) -> None:
    """All notices into `target` at once, for whoever can wait. Raises TemplateError, PressDiedError."""
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        parts = []
        for place, part in enumerate(split(visits)):
            parts.append(Path(folder) / part_name(place))
            typeset_apart(office.press, notice_batch(office, part, {}, english=english), parts[-1])
        join_apart(parts, target)


def part_name(place: int) -> str:
    """The file of a part; the names sort as the parts do."""
    return f"part-{place:04d}.pdf"
